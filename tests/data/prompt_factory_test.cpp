#include "judge/scripted_model.hpp"
#include "support/catch.hpp"

#include <srlm/data/fixed_prompts.hpp>
#include <srlm/data/prompt_factory.hpp>

#include <set>

using namespace srlm;

static_assert(PromptSource<PromptFactory, ScriptedModel> && PromptSource<FixedPrompts, ScriptedModel>);

namespace {

/// Words that no two numbers share.
std::string task(std::string const& kind, std::uint64_t n) {
  std::string text = "Task";
  for (int i = 0; i < 5; ++i) {
    text += " " + kind + std::to_string(n) + std::string(1, static_cast<char>('a' + i));
  }
  return text;
}

std::vector<std::string> seeds(std::size_t n) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < n; ++i) {
    all.push_back(task("seed", i));
  }
  return all;
}

std::string fresh(std::string const&, Seed seed) { return task("fresh", seed.value % 100000); }

std::vector<std::string> texts(std::vector<Prompt> const& prompts) {
  std::vector<std::string> all;
  for (Prompt const& prompt : prompts) {
    all.push_back(prompt.text);
  }
  return all;
}

std::size_t count_of(std::string const& text, std::string const& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++n;
  }
  return n;
}

} // namespace

TEST_CASE("the factory gives new prompts with the ids that the model reads") {
  ScriptedModel model{fresh};
  PromptFactory factory{seeds(10)};
  auto const prompts = factory.next(model, 5, Seed{1});
  REQUIRE(prompts.size() == 5);
  for (Prompt const& prompt : prompts) {
    CHECK(prompt.tokens == ByteTokenizer{}.encode_prompt(prompt.text));
  }
  CHECK(factory.stats().accepted == 5);
  CHECK(factory.stats().requests == 5);
}

TEST_CASE("eight examples: six seeds and two of its own once it has them, seeds before") {
  ScriptedModel model{fresh};
  PromptFactory factory{seeds(20)};
  factory.next(model, 1, Seed{1});
  CHECK(count_of(model.questions[0], "Task seed") == 8);
  CHECK(count_of(model.questions[0], "Task fresh") == 0);
  factory.next(model, 1, Seed{2});
  CHECK(count_of(model.questions[1], "Task seed") == 7);
  CHECK(count_of(model.questions[1], "Task fresh") == 1);
  factory.next(model, 4, Seed{3});
  auto const later = factory.next(model, 1, Seed{4});
  CHECK(count_of(model.questions.back(), "Task seed") == 6);
  CHECK(count_of(model.questions.back(), "Task fresh") == 2);
  CHECK(model.questions.back().ends_with("\n9."));
}

TEST_CASE("with fewer seeds than examples each seed is shown once") {
  ScriptedModel model{fresh};
  PromptFactory factory{seeds(3)};
  factory.next(model, 1, Seed{1});
  CHECK(count_of(model.questions[0], "Task seed") == 3);
  CHECK(model.questions[0].ends_with("\n4."));
}

TEST_CASE("examples are on one line and end without a colon, in an order that the seed decides") {
  PromptFactory const factory{seeds(2)};
  std::vector<std::string> const examples = {"Translate:\n  this text: "};
  CHECK(count_of(factory.request(examples), "1. Translate: this text\n2.") == 1);
  ScriptedModel model{fresh};
  PromptFactory one{seeds(8)}, two{seeds(8)};
  one.next(model, 1, Seed{1});
  two.next(model, 1, Seed{2});
  CHECK(model.questions[0] != model.questions[1]);
}

TEST_CASE("P14: no generated prompt equals a seed, though the model repeats them") {
  ScriptedModel echo{[](std::string const& question, Seed seed) { return question + " " + fresh("", seed); }};
  PromptFactory factory{seeds(10)};
  for (Prompt const& prompt : factory.next(echo, 10, Seed{1})) {
    CHECK(prompt.text.find("seed") == std::string::npos);
  }
  ScriptedModel list{[](std::string const&, Seed) {
    return task("seed", 0) + "\n10. " + task("seed", 1) + "\n11. " + task("seed", 2) + "!";
  }};
  PromptFactory second{seeds(10)};
  CHECK(second.next(list, 3, Seed{1}).empty());
  CHECK(second.stats().refused_for(PromptRefusal::duplicate) == 24); // 3 x 4 requests, two in each
  CHECK(second.stats().refused_for(PromptRefusal::too_similar) == 12);
}

TEST_CASE("P14: the request's own words do not grow from call to call") {
  ScriptedModel model{[](std::string const&, Seed) { return std::string("no"); }};
  PromptFactory factory{seeds(8)};
  factory.next(model, 3, Seed{1});
  std::set<std::size_t> sizes;
  for (std::string const& question : model.questions) {
    sizes.insert(question.size());
  }
  CHECK(sizes.size() == 1);
}

TEST_CASE("a model that writes nothing new ends the work, and the refusals are counted") {
  ScriptedModel model{
      [](std::string const&, Seed) { return task("fresh", 1) + "\n10. too short\n11. Draw me a sheep"; }};
  PromptFactory factory{seeds(8), {.requests_per_prompt = 3}};
  auto const prompts = factory.next(model, 4, Seed{1});
  CHECK(texts(prompts) == std::vector<std::string>{task("fresh", 1)});
  CHECK(factory.stats().requests == 12);
  CHECK(factory.stats().tasks == 36);
  CHECK(factory.stats().accepted == 1);
  CHECK(factory.stats().refused_for(PromptRefusal::duplicate) == 11);
  CHECK(factory.stats().refused_for(PromptRefusal::too_short) == 12);
  CHECK(factory.stats().refused_for(PromptRefusal::keyword) == 12);
}

TEST_CASE("one reply may hold several prompts, but never more come out than were asked for") {
  ScriptedModel model{[](std::string const&, Seed seed) {
    return task("a", seed.value) + "\n10. " + task("b", seed.value) + "\n11. " + task("c", seed.value);
  }};
  PromptFactory factory{seeds(8)};
  CHECK(factory.next(model, 2, Seed{1}).size() == 2);
  CHECK(factory.next(model, 7, Seed{2}).size() == 7);
  CHECK(factory.next(model, 0, Seed{3}).empty());
  CHECK(factory.stats().accepted == 9);
}

TEST_CASE("P4: the last task of a reply that was cut off is no prompt") {
  ScriptedModel model{[](std::string const&, Seed seed) { return fresh("", seed) + "\n10. " + std::string(300, 'x'); }};
  PromptFactory factory{seeds(8), {.sampling = {0.6f, 0.9f, 250}}};
  CHECK(factory.next(model, 2, Seed{1}).size() == 2);
  CHECK(factory.stats().refused_for(PromptRefusal::unfinished) == 2);
  ScriptedModel endless{[](std::string const&, Seed) { return "Name a fruit that " + std::string(300, 'x'); }};
  CHECK(factory.next(endless, 1, Seed{2}).empty());
}

TEST_CASE("the same policy, number, seed and past give the same prompts") {
  ScriptedModel model{fresh};
  PromptFactory one{seeds(12)}, two{seeds(12)}, other{seeds(12)};
  auto const a = texts(one.next(model, 6, Seed{5}));
  CHECK(a == texts(two.next(model, 6, Seed{5})));
  CHECK(a != texts(other.next(model, 6, Seed{6})));
  CHECK(texts(one.next(model, 6, Seed{7})) == texts(two.next(model, 6, Seed{7})));
}

TEST_CASE("a factory that remembers what a killed run was given goes on in the same words") {
  ScriptedModel model{[](std::string const& question, Seed seed) { // depends on the examples that it is shown
    return task("q" + std::to_string(std::hash<std::string>{}(question) % 10000) + "x", seed.value % 10000);
  }};
  PromptFactory whole{seeds(12)}, resumed{seeds(12)}, forgetful{seeds(12)};
  auto const first = whole.next(model, 4, Seed{1});
  REQUIRE(first.size() == 4);
  resumed.remember(first);
  auto const second = texts(whole.next(model, 4, Seed{2}));
  CHECK(texts(resumed.next(model, 4, Seed{2})) == second);
  CHECK(texts(forgetful.next(model, 4, Seed{2})) != second);
  ScriptedModel repeat{[&](std::string const&, Seed) { return first[0].text; }};
  CHECK(resumed.next(repeat, 1, Seed{3}).empty());
}

TEST_CASE("held-out instructions are neither shown nor given") {
  std::vector<SeedExample> examples;
  for (std::size_t i = 0; i < 8; ++i) {
    examples.push_back({task("seed", i), {{"a", 0}}, i >= 4, ""});
  }
  ScriptedModel model{[](std::string const&, Seed) { return task("seed", 6); }};
  PromptFactory factory{std::span<SeedExample const>(examples)};
  CHECK(factory.next(model, 1, Seed{1}).empty());
  CHECK(factory.stats().refused_for(PromptRefusal::duplicate) == 4);
  CHECK(count_of(model.questions[0], "seed6") == 0);
  CHECK(count_of(model.questions[0], "Task seed") == 4);
}

TEST_CASE("a short context gets fewer examples, and one without room for any is an error") {
  BoundedModel model{{fresh}};
  std::size_t const two =
      ByteTokenizer{}
          .encode_prompt(PromptFactory{seeds(8)}.request(std::vector<std::string>{seeds(1)[0], seeds(1)[0]}))
          .size();
  PromptFactory factory{seeds(8), {.sampling = {0.6f, 0.9f, 100}}};
  model.context = two + 100;
  CHECK(factory.next(model, 1, Seed{1}).size() == 1);
  CHECK(count_of(model.questions[0], "Task seed") == 2);
  CHECK(factory.stats().refused_for(PromptRefusal::prompt_too_long) == 6);
  model.context = 120;
  CHECK_THROWS_AS(factory.next(model, 1, Seed{2}), Error);
}

TEST_CASE("a factory without seeds or without work to do is refused") {
  CHECK_THROWS_AS((PromptFactory{std::vector<std::string>{}}), Error);
  CHECK_THROWS_AS((PromptFactory{seeds(1), {.seed_examples = 0}}), Error);
  CHECK_THROWS_AS((PromptFactory{seeds(1), {.requests_per_prompt = 0}}), Error);
  CHECK_THROWS_AS((PromptFactory{seeds(1), {.sampling = {0.6f, 0.9f, 0}}}), Error);
}

TEST_CASE("fixed prompts come in order, again from the beginning, and go on behind what was remembered") {
  ScriptedModel model{fresh};
  FixedPrompts prompts{{"a", "b", "c"}};
  CHECK(texts(prompts.next(model, 4, Seed{})) == std::vector<std::string>{"a", "b", "c", "a"});
  CHECK(texts(prompts.next(model, 1, Seed{})) == std::vector<std::string>{"b"});
  FixedPrompts resumed{{"a", "b", "c"}};
  resumed.remember(prompts.next(model, 5, Seed{}));
  auto const next = resumed.next(model, 1, Seed{});
  CHECK(next[0].text == "c");
  CHECK(next[0].tokens == ByteTokenizer{}.encode_prompt("c"));
  CHECK_THROWS_AS(FixedPrompts{std::vector<std::string>{}}, Error);
}
