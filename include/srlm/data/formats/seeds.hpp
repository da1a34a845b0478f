/// Seeds: prompts with ranked answers, from which a run starts. A line is {"prompt", "answers": [{"text", "rank"},
/// ...], "split", "topic"}, or {"prompt", "response"}, which is a seed with one answer.
#pragma once
#include <srlm/data/ascii.hpp>
#include <srlm/data/bad_row.hpp>
#include <srlm/data/seed_examples.hpp>
#include <srlm/io/json.hpp>
#include <array>
#include <limits>
#include <string>
#include <utility> // move

namespace srlm {

/// The text under a key. Throws: Error at where for a missing or mistyped field; BadRow with this fault for a blank
/// one.
inline std::string required_text(io::Json const& object, std::string const& key, RowFault if_blank,
                                 std::string const& where) {
  std::string text = io::required_string(object, key, where);
  if (ascii::trimmed(text).empty()) {
    throw BadRow(if_blank, where + ": the field \"" + key + "\"", "a blank text", "one that is not blank");
  }
  return text;
}

namespace detail {

inline bool is_held_out(io::Json const& object, bool optional, std::string const& where) {
  auto const split = io::optional_string(object, "split", where);
  if (!split && !optional) {
    throw Error(where + ": the field \"split\" is missing");
  }
  if (split && *split != "train" && *split != "held_out") {
    throw Error(where + ": the field \"split\"", '"' + *split + '"', "\"train\" or \"held_out\"");
  }
  return split && *split == "held_out";
}

} // namespace detail

/// Reads {"text", "rank"} as one more answer of the seed. Throws: Error at where for a missing, blank or mistyped
/// field, and for the text of an answer that is there.
inline void add_answer(SeedExample& seed, io::Json const& object, std::string const& where) {
  RankedAnswer answer{required_text(object, "text", RowFault::empty_answer, where), 0};
  std::int64_t const rank = io::required_integer(object, "rank", where);
  if (rank < 0 || rank > std::numeric_limits<int>::max()) {
    throw BadRow(RowFault::field, where + ": the field \"rank\"", std::to_string(rank),
                 "0 for the best answer, 1 for the next, ...");
  }
  answer.rank = static_cast<int>(rank);
  for (std::size_t i = 0; i < seed.answers.size(); ++i) {
    if (seed.answers[i].text == answer.text) {
      throw BadRow(RowFault::equal_answers, where, "the same text as answer " + std::to_string(i + 1),
                   "different answers");
    }
  }
  seed.answers.push_back(std::move(answer));
}

/// One seed. "split" ("train" or "held_out") may be missing only beside "response"; "topic" may be missing; other
/// fields are ignored. Throws: Error at where for a missing, blank or mistyped field, and for equal answers.
inline SeedExample read_seed(io::Json const& object, std::string const& where) {
  SeedExample seed;
  seed.prompt = required_text(object, "prompt", RowFault::no_prompt, where);
  bool const one_answer = io::optional_field(object, "response", where) != nullptr;
  if (one_answer && io::optional_field(object, "answers", where) != nullptr) {
    throw Error(where, "both \"answers\" and \"response\"", "one of them");
  }
  if (one_answer) {
    seed.answers.push_back({required_text(object, "response", RowFault::empty_answer, where), 0});
  } else {
    for (io::Json const& answer : io::required_array(object, "answers", where)) {
      add_answer(seed, answer, where + ": answer " + std::to_string(seed.answers.size() + 1));
    }
    if (seed.answers.empty()) {
      throw Error(where + ": the field \"answers\"", "an empty list", "at least one answer");
    }
  }
  seed.held_out = detail::is_held_out(object, one_answer, where);
  seed.topic = io::optional_string(object, "topic", where).value_or("");
  return seed;
}

/// The line that read_seed reads.
inline io::OrderedJson json_of(SeedExample const& seed) {
  io::OrderedJson answers = io::OrderedJson::array();
  for (RankedAnswer const& answer : seed.answers) {
    answers.push_back({{"text", answer.text}, {"rank", answer.rank}});
  }
  io::OrderedJson line{
      {"prompt", seed.prompt}, {"answers", std::move(answers)}, {"split", seed.held_out ? "held_out" : "train"}};
  if (!seed.topic.empty()) {
    line["topic"] = seed.topic;
  }
  return line;
}

struct SeedsFormat {
  static constexpr std::string_view name = "seeds";
  static constexpr std::string_view form = R"({"prompt", "answers": [{"text", "rank"}, ...], "split", "topic"})";
  static constexpr std::array<std::string_view, 5> fields = {"prompt", "answers", "response", "split", "topic"};
  static constexpr std::array<std::string_view, 2> inner_fields = {"text", "rank"}; ///< of each answer
  using Row = SeedExample;

  static bool recognises(io::Json const& object) { return object.contains("answers"); }

  /// Throws: as read_seed.
  static SeedExample read(io::Json const& object, std::string const& where) { return read_seed(object, where); }
  static io::OrderedJson write(SeedExample const& seed, std::string const&) { return json_of(seed); }
};

} // namespace srlm
