#include "support/catch.hpp"

#include <srlm/data/task_list.hpp>

using namespace srlm;

namespace {

using Tasks = std::vector<std::string>;

Tasks read(std::string_view reply, bool finished = true) { return read_task_list(reply, 9, finished).tasks; }

} // namespace

TEST_CASE("a reply that goes on behind '9.' gives its items") {
  CHECK(read(" Name a fruit.\n10. Name a river.\n11. Name a town.") ==
        Tasks{"Name a fruit.", "Name a river.", "Name a town."});
  CHECK(read("9. Name a fruit.\n10. Name a river.") == Tasks{"Name a fruit.", "Name a river."});
  CHECK(read("9) Name a fruit.\n\n10 . Name a river.\r\n") == Tasks{"Name a fruit.", "Name a river."});
  CHECK(read("Name a fruit.") == Tasks{"Name a fruit."});
}

TEST_CASE("a preamble is no task") {
  CHECK(read("Here are four tasks:\n\n9. Name a fruit.\n10. Name a river.") == Tasks{"Name a fruit.", "Name a river."});
  CHECK(read("Sure, here they are.\n\n9. Name a fruit.") == Tasks{"Name a fruit."});
  CHECK(read("Here are four tasks:\n1. Name a fruit.\n2. Name a river.") == Tasks{"Name a fruit.", "Name a river."});
}

TEST_CASE("an item ends at the next number or at a blank line, and answers are no tasks") {
  CHECK(read("Name a fruit,\nred and small.\n10. Name a river.") ==
        Tasks{"Name a fruit, red and small.", "Name a river."});
  CHECK(read("9. Name a fruit.\n\nA fruit is the apple.\nIt is red.\n\n10. Name a river.") ==
        Tasks{"Name a fruit.", "Name a river."});
  CHECK(read("How do I boil an egg?\n\n1. Boil water.\n2. Put it in.") == Tasks{"How do I boil an egg?"});
  CHECK(read("9. Boil an egg.\n1. Boil water.\n10. Eat it.") == Tasks{"Boil an egg."});
}

TEST_CASE("what a model says behind a task that is complete is no part of it") {
  CHECK(read("9. How do I boil an egg?\nThat is a classic question.\nBoil water.\n10. Name a river.") ==
        Tasks{"How do I boil an egg?", "Name a river."});
  CHECK(read("9. Translate \"Good day.\"\nIt means bonjour.") == Tasks{"Translate \"Good day.\""});
  CHECK(read("9. Summarise this text:\nThe bus is late.\nDone.") == Tasks{"Summarise this text: The bus is late."});
  CHECK(read("9. 9. Name a fruit.\n10. 10. Name a river.") == Tasks{"Name a fruit.", "Name a river."});
}

TEST_CASE("the last item of a reply that was cut off is dropped") {
  TaskList const cut = read_task_list("9. Name a fruit.\n10. Name a riv", 9, false);
  CHECK(cut.tasks == Tasks{"Name a fruit."});
  CHECK(cut.cut_off);
  CHECK(read("Name a fru", false).empty());
  TaskList const between = read_task_list("9. Name a fruit.\n\n", 9, false);
  CHECK(between.tasks == Tasks{"Name a fruit."});
  CHECK_FALSE(between.cut_off);
}

TEST_CASE("items are tidied: white space, bold marks, quotes, a capital first") {
  CHECK(read("9. **name  a\tfruit.**\n10. \"say hello to Bob\"") == Tasks{"Name a fruit.", "Say hello to Bob"});
  CHECK(read("9. \"Yes\" and no") == Tasks{"\"Yes\" and no"});
}

TEST_CASE("hostile replies give no tasks and no crash") {
  CHECK(read("").empty());
  CHECK(read("\n\n \n").empty());
  CHECK(read("9.\n10.\n11.") == Tasks{"", "", ""}); // refused later: too short
  CHECK(read("99999999999999999999. x y z").size() == 1);
  CHECK(read(":").empty());
  CHECK(read(std::string("9. a\0b", 6)) == Tasks{std::string("A\0b", 3)});
  CHECK(read("\xFF\xFE") == Tasks{"\xFF\xFE"});
  CHECK(read(std::string(100000, '9')).size() == 1);
}
