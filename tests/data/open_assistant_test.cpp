/// Open Assistant's trees in both shapes: what they give, what is left out and why, what contradicts itself, and the
/// published validation file counted by other means.
#include "data/conversations.hpp"
#include "data/scratch_file.hpp"
#include "support/catch.hpp"

#include <srlm/data/seed_file.hpp>

#include <functional>
#include <set>

using namespace srlm;
using Catch::Matchers::ContainsSubstring;
using io::Json;

namespace {

/// A line of the flat shape; more: fields that differ from those of a usable message.
std::string line(std::string const& id, std::string const& parent, bool user, Json const& more = Json::object()) {
  Json row = {{"message_id", id},
              {"parent_id", parent.empty() ? Json(nullptr) : Json(parent)},
              {"text", "text of " + id},
              {"role", user ? "prompter" : "assistant"},
              {"lang", "en"},
              {"deleted", false},
              {"review_result", true},
              {"rank", nullptr},
              {"message_tree_id", "r"},
              {"tree_state", "ready_for_export"},
              {"labels", {{"name", {"quality"}}, {"value", {0.5}}}}};
  row.update(more);
  return row.dump() + "\n";
}

std::string line(std::string const& id, std::string const& parent, bool user, int rank) {
  return line(id, parent, user, Json{{"rank", rank}});
}

///   r ─┬─ a (rank 1) ─── c ─┬─ e (rank 0)
///      ├─ b (rank 0) ─── d  └─ f (rank 1)
///      └─ g (rank 2)
std::string const tree = line("r", "", true) + line("a", "r", false, 1) + line("b", "r", false, 0) +
                         line("c", "a", true) + line("d", "b", true) + line("e", "c", false, 0) +
                         line("f", "c", false, 1) + line("g", "r", false, 2);

struct Outcome {
  DataReport report;
  std::vector<SeedExample> seeds;
  std::vector<PreferenceRow> pairs;
  std::vector<Conversation> conversations;
};

template <class To>
std::vector<To> made(std::string const& path, DataOptions const& options, DataReport& report) {
  std::vector<To> rows;
  report = {};
  for (auto& [row, where] : rows_as<To>(read_data(path, options, report), options, report)) {
    rows.push_back(std::move(row));
  }
  return rows;
}

Outcome outcome(std::string const& content, DataOptions const& options = {}) {
  ScratchFile const file(content);
  Outcome o;
  o.conversations = made<Conversation>(file.path(), options, o.report);
  o.pairs = made<PreferenceRow>(file.path(), options, o.report);
  o.seeds = made<SeedExample>(file.path(), options, o.report);
  return o;
}

std::size_t left_out(Outcome const& o, std::string const& cause) {
  auto const found = o.report.left_out.find(cause);
  return found == o.report.left_out.end() ? 0 : found->second;
}

/// "r a c e": the last word of each message.
std::string path_of(Conversation const& conversation) {
  std::string path;
  for (auto const& message : conversation) {
    path += (path.empty() ? "" : " ") + message.content.substr(message.content.rfind(' ') + 1);
  }
  return path;
}

std::set<std::string> paths(std::vector<Conversation> const& conversations) {
  std::set<std::string> all;
  for (Conversation const& c : conversations) {
    all.insert(path_of(c));
  }
  return all;
}

std::set<std::string> pairs(std::vector<PreferenceRow> const& rows) {
  std::set<std::string> all;
  for (PreferenceRow const& row : rows) {
    all.insert(path_of(row.prompt) + ": " + row.chosen.substr(8) + ">" + row.rejected.substr(8));
  }
  return all;
}

} // namespace

TEST_CASE("a tree gives a seed of its first turn, pairs of ranked siblings and conversations") {
  Outcome const o = outcome(tree);
  REQUIRE(o.seeds.size() == 1);
  CHECK(o.seeds[0] == SeedExample{"text of r", {{"text of a", 1}, {"text of b", 0}, {"text of g", 2}}});
  CHECK(left_out(o, "later_turn") == 4);
  CHECK(pairs(o.pairs) == std::set<std::string>{"r: b>a", "r: b>g", "r: a>g", "r a c: e>f"});
  CHECK(o.pairs.size() == 4);
  CHECK(paths(o.conversations) == std::set<std::string>{"r a c e", "r a c f", "r b", "r g"});
  CHECK(o.conversations.size() == 4);
  for (Conversation const& c : o.conversations) {
    CHECK_NOTHROW(check_conversation(c, "f:1"));
  }
  DataOptions best;
  best.trees.pairs = RankedPairs::best_worst;
  best.trees.paths = TreePaths::best;
  Outcome const b = outcome(tree, best);
  CHECK(pairs(b.pairs) == std::set<std::string>{"r: b>g", "r a c: e>f"});
  CHECK(paths(b.conversations) == std::set<std::string>{"r b"}); // the best answer, which nobody went on from
  std::string const answered = tree + line("h", "d", false);
  CHECK(paths(outcome(answered, best).conversations) == std::set<std::string>{"r b d h"});
}

TEST_CASE("the order of the lines does not matter, and both shapes say the same") {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < tree.size();) {
    std::size_t const end = tree.find('\n', at) + 1;
    lines.push_back(tree.substr(at, end - at));
    at = end;
  }
  std::string backwards;
  for (auto it = lines.rbegin(); it != lines.rend(); ++it) {
    backwards += *it;
  }
  Outcome const o = outcome(tree), r = outcome(backwards);
  CHECK(pairs(r.pairs) == pairs(o.pairs));
  CHECK(paths(r.conversations) == paths(o.conversations));
  ScratchFile const file(tree);
  DataReport report;
  auto const trees = made<OpenAssistantTree>(file.path(), {}, report);
  REQUIRE(trees.size() == 1);
  CHECK(trees[0].messages.size() == 8);
  std::string nested = OpenAssistantTreesFormat::write(trees[0], "f:1").dump(2), flat;
  for (auto const& json : OpenAssistantFormat::write_lines(trees[0])) {
    flat += json.dump() + "\n";
  }
  for (std::string const& content : {nested.substr(0, 0) + "[" + nested + "]", flat}) {
    ScratchFile const again(content);
    CHECK(made<OpenAssistantTree>(again.path(), {}, report) == trees); // with labels and all
  }
  Json json = Json::parse(nested); // as it is published: replies without the ids of their parents
  std::function<void(Json&)> const strip = [&](Json& message) {
    message.erase("parent_id");
    for (Json& reply : message.at("replies")) {
      strip(reply);
    }
  };
  strip(json.at("prompt"));
  ScratchFile const published(json.dump());
  CHECK(made<OpenAssistantTree>(published.path(), {}, report) == trees);
}

TEST_CASE("messages that are deleted, failed, of another language, unranked or alone are left out and counted") {
  struct Case {
    std::string content, cause;
    std::size_t count, seeds, answers;
  };
  std::string const root = line("r", "", true), a = line("a", "r", false, 0), b = line("b", "r", false, 1);
  for (Case const& c : std::vector<Case>{
           {root + a + line("b", "r", false, Json{{"rank", 1}, {"deleted", true}}), "deleted", 1, 1, 1},
           {root + a + line("b", "r", false, Json{{"rank", 1}, {"review_result", false}}), "review_failed", 1, 1, 1},
           {root + a + line("b", "r", false, Json{{"rank", 1}, {"review_result", nullptr}}), "review_failed", 0, 1, 2},
           {root + a + line("b", "r", false, Json{{"rank", 1}, {"lang", "de"}}), "other_language", 1, 1, 1},
           {root + a + line("b", "r", false, Json{{"rank", 1}, {"text", " "}}), "blank", 1, 1, 1},
           {root + a + line("b", "r", false), "unranked", 1, 1, 1},
           {root + a + line("b", "r", false, Json{{"rank", 1}, {"text", "text of a"}}), "same_text", 1, 1, 1},
           {root + line("a", "r", false), "prompt_without_ranked_replies", 1, 0, 0},
           {line("r", "", true, Json{{"deleted", true}}) + a + b, "below_left_out", 2, 0, 0},
           {line("r", "", true, Json{{"lang", "es"}}) + a + b, "other_language", 1, 0, 0},
           {line("r", "", true, Json{{"tree_state", "aborted_low_grade"}}) + a + b, "tree_not_ready", 3, 0, 0},
           {root + a + b + line("c", "gone", true) + line("d", "c", false, 0), "parent_missing", 2, 1, 2},
           {root + a + b + line("r2", "", true, Json{{"text", "text  of r"}, {"message_tree_id", "r2"}}) +
                line("a2", "r2", false, Json{{"rank", 0}, {"message_tree_id", "r2"}}),
            "repeated_prompt", 1, 1, 2}}) {
    INFO(c.cause << "\n" << c.content);
    Outcome const o = outcome(c.content);
    CHECK(left_out(o, c.cause) == c.count);
    REQUIRE(o.seeds.size() == c.seeds);
    CHECK((c.seeds == 0 || o.seeds[0].answers.size() == c.answers));
    CHECK(o.report.bad.empty());
  }
  DataOptions every;
  every.trees.language = "";
  CHECK(outcome(line("r", "", true, Json{{"lang", "es"}}) + a + b, every).seeds.size() == 1);
  every.trees.language = "es";
  CHECK(outcome(root + a + b, every).seeds.empty());
}

TEST_CASE("lines that contradict each other are errors that name both, or are counted") {
  struct Case {
    std::string bad;
    RowFault fault;
    std::string part;
  };
  for (Case const& c : std::vector<Case>{
           {line("a", "r", false, 3), RowFault::repeated, ".jsonl:9: the field \"message_id\": got the id of"},
           {line("x", "a", false), RowFault::roles, ".jsonl:9: the field \"role\": got a reply of the assistant"},
           {line("x", "r", true), RowFault::roles, "a reply of the prompter to its own kind"},
           {line("x", "", false), RowFault::roles, "begins with the assistant"},
           {line("x", "a", true, Json{{"role", "system"}}), RowFault::roles, "\"system\""},
           {line("x", "a", true, Json{{"message_tree_id", "s"}}), RowFault::tree, "the tree of its parent, \"r\""},
           {line("x", "x", true), RowFault::roles, ".jsonl:9"},
           {line("x", "a", true, Json{{"rank", -1}}), RowFault::field, "\"rank\""},
           {line("x", "a", true, Json{{"rank", 0.5}}), RowFault::field, "\"rank\""},
           {line("x", "a", true, Json{{"text", 5}}), RowFault::field, "\"text\""},
           {line("x", "a", true, Json{{"deleted", "no"}}), RowFault::field, "\"deleted\""},
           {line("", "a", true), RowFault::field, "\"message_id\""},
           {"{\"message_id\":\"x\",\"text\":\"t\"}\n", RowFault::field, "\"role\" is missing"}}) {
    INFO(c.bad);
    ScratchFile const file(tree + c.bad);
    DataReport report;
    try {
      read_data(file.path(), {}, report);
      FAIL_CHECK("was read");
    } catch (BadRow const& error) {
      CHECK_THAT(error.what(), ContainsSubstring(c.part));
      CHECK_THAT(error.what(), ContainsSubstring(".jsonl:9"));
      CHECK(name(error.fault()) == name(c.fault));
    }
    DataReport counted;
    DataOptions const skip{.skip_bad = true};
    auto const trees = made<OpenAssistantTree>(file.path(), skip, counted);
    REQUIRE(trees.size() == 1);
    CHECK(trees[0].messages.size() == 8);
    CHECK(counted.bad == std::map<RowFault, std::size_t>{{c.fault, 1}});
  }
  ScratchFile const circle(tree + line("x", "y", true) + line("y", "x", false) + line("z", "x", false));
  DataReport report;
  CHECK_THROWS_WITH(read_data(circle.path(), {}, report),
                    ContainsSubstring(".jsonl:9") && ContainsSubstring("each other's parents"));
  DataReport counted;
  DataOptions const skip{.skip_bad = true};
  CHECK(made<OpenAssistantTree>(circle.path(), skip, counted).size() == 1);
  CHECK(counted.bad == std::map<RowFault, std::size_t>{{RowFault::tree, 3}});
  ScratchFile const below(tree + line("a", "r", false, 3) + line("x", "a", false) + line("y", "x", true));
  CHECK(made<OpenAssistantTree>(below.path(), skip, counted).at(0).messages.size() == 8);
  CHECK(counted.left_out.at("parent_refused") == 1);
}

TEST_CASE("a nested tree that contradicts itself is an error with the line and the message") {
  std::string const good =
      R"({"message_tree_id":"r","tree_state":"ready_for_export","prompt":{"message_id":"r","role":"prompter","text":"q",)"
      R"("lang":"en","replies":[{"message_id":"a","role":"assistant","text":"x","lang":"en","rank":0,"replies":[]},)"
      R"({"message_id":"b","role":"assistant","text":"y","lang":"en","rank":1}]}})";
  Outcome const o = outcome(good);
  REQUIRE(o.seeds.size() == 1);
  CHECK(o.seeds[0].answers == std::vector<RankedAnswer>{{"x", 0}, {"y", 1}});
  for (auto const& [from, to, part] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {R"("message_id":"b")", R"("message_id":"a")", "message 3: the field \"message_id\""},
           {R"("message_id":"b","role":"assistant")", R"("message_id":"b","role":"prompter")", "its own kind"},
           {R"("message_id":"b",)", R"("message_id":"b","parent_id":"a",)", "message above it, \"r\""},
           {R"("message_id":"b",)", R"()", "\"message_id\" is missing"},
           {R"("replies":[])", R"("replies":{})", "an array"},
           {R"("role":"prompter")", R"("role":"assistant")", "begins with the assistant"}}) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    INFO(bad);
    ScratchFile const file(good + "\n" + bad);
    DataReport report;
    CHECK_THROWS_WITH(read_data(file.path(), {}, report), ContainsSubstring(".jsonl:2") && ContainsSubstring(part));
  }
}

TEST_CASE("a deep tree is written flat, and refused where JSON would be nested too deep") {
  std::string deep = line("m0", "", true);
  for (int i = 1; i < 5000; ++i) {
    deep += line("m" + std::to_string(i), "m" + std::to_string(i - 1), i % 2 == 0);
  }
  ScratchFile const file(deep);
  DataReport report;
  auto const trees = made<OpenAssistantTree>(file.path(), {}, report);
  REQUIRE(trees.at(0).messages.size() == 5000);
  CHECK(OpenAssistantFormat::write_lines(trees[0]).size() == 5000);
  try {
    OpenAssistantTreesFormat::write(trees[0], "f:1");
    FAIL_CHECK("was written");
  } catch (BadRow const& error) {
    CHECK(error.fault() == RowFault::no_place);
  }
  CHECK(made<Conversation>(file.path(), {}, report).size() == 1);
}

TEST_CASE("the published English validation messages give what an independent count gives") {
  std::string const path = std::string(SRLM_SHARED_DIR) + "/data/open-assistant/oasst1_en_validation.jsonl";
  if (!std::filesystem::exists(path)) {
    WARN("skipped: " << path << " is not here");
    return;
  }
  // Counted over the bare rows, from each message to its parents.
  std::map<std::string, Json> row_of;
  io::read_jsonl(path, [&](Json const& row, std::size_t) { row_of[row.at("message_id").get<std::string>()] = row; });
  std::size_t roots = 0, seeds = 0, answers = 0, pairs_count = 0, ends = 0;
  std::map<std::string, std::map<int, std::string>> ranked; // of usable parents: rank -> text
  std::set<std::string> has_answer, goes_on;
  std::vector<std::string> usable_answers;
  auto const parent = [&](Json const& row) {
    return row.at("parent_id").is_null() ? std::string() : row.at("parent_id").get<std::string>();
  };
  for (auto const& [id, row] : row_of) {
    roots += row.at("parent_id").is_null() ? 1 : 0;
    bool usable = true;
    for (Json const* at = &row; usable && at != nullptr;) {
      auto const above = row_of.find(parent(*at));
      usable = !at->at("deleted").get<bool>() && at->at("review_result") != Json(false) &&
               (parent(*at).empty() || above != row_of.end());
      at = above == row_of.end() ? nullptr : &above->second;
    }
    if (usable && row.at("role") == "assistant") {
      has_answer.insert(parent(row));
      usable_answers.push_back(id);
      if (!row.at("rank").is_null()) {
        std::string const text = row.at("text").get<std::string>();
        auto& siblings = ranked[parent(row)];
        auto const same =
            std::find_if(siblings.begin(), siblings.end(), [&](auto const& s) { return s.second == text; });
        if (same == siblings.end()) {
          siblings[row.at("rank").get<int>()] = text;
        } else if (same->first > row.at("rank").get<int>()) {
          siblings.erase(same);
          siblings[row.at("rank").get<int>()] = text;
        }
      }
    }
  }
  for (std::string const& prompt : has_answer) {
    goes_on.insert(parent(row_of.at(prompt)));
  }
  for (std::string const& id : usable_answers) {
    ends += goes_on.contains(id) ? 0 : 1;
  }
  for (auto const& [prompt, replies] : ranked) {
    pairs_count += replies.size() * (replies.size() - 1) / 2;
    if (row_of.at(prompt).at("parent_id").is_null()) {
      ++seeds;
      answers += replies.size();
    }
  }
  CHECK(row_of.size() == 2022);
  CHECK(roots == 188);
  CHECK(seeds > 180);

  DataReport report;
  auto const trees = made<OpenAssistantTree>(path, {}, report);
  CHECK(report.rows == 2022);
  CHECK(report.format == "open_assistant");
  CHECK(trees.size() == roots);
  std::size_t messages = report.left_out.at("parent_missing");
  for (auto const& one : trees) {
    messages += one.messages.size();
  }
  CHECK(messages == 2022); // nothing is lost
  auto const found = made<SeedExample>(path, {}, report);
  CHECK(found.size() == seeds);
  std::size_t found_answers = 0;
  for (SeedExample const& seed : found) {
    found_answers += seed.answers.size();
  }
  CHECK(found_answers == answers);
  CHECK(made<PreferenceRow>(path, {}, report).size() == pairs_count);
  CHECK(made<Conversation>(path, {}, report).size() == ends);
  CHECK(read_seeds(path).size() == seeds);
}
