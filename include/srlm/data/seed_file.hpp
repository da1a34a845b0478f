/// Reads seed examples from JSON Lines. A line is {"prompt", "answers": [{"text", "rank"}, ...], "split", "topic"}, or
/// {"prompt", "response"}, which is a seed with one answer.
#pragma once
#include <srlm/data/ascii.hpp>
#include <srlm/data/seed_examples.hpp>
#include <srlm/io/jsonl.hpp>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace srlm {

namespace detail {

inline std::string required_text(io::Json const& object, std::string const& key, std::string const& where) {
  std::string text = io::required_string(object, key, where);
  if (ascii::trimmed(text).empty()) {
    throw Error(where + ": the field \"" + key + "\"", "a blank text", "one that is not blank");
  }
  return text;
}

inline RankedAnswer ranked_answer(io::Json const& object, std::string const& where) {
  RankedAnswer answer{required_text(object, "text", where), 0};
  std::int64_t const rank = io::required_integer(object, "rank", where);
  if (rank < 0 || rank > std::numeric_limits<int>::max()) {
    throw Error(where + ": the field \"rank\"", std::to_string(rank), "0 for the best answer, 1 for the next, ...");
  }
  answer.rank = static_cast<int>(rank);
  return answer;
}

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

inline SeedExample seed_example(io::Json const& object, std::string const& where) {
  SeedExample seed;
  seed.prompt = required_text(object, "prompt", where);
  bool const one_answer = io::optional_field(object, "response", where) != nullptr;
  if (one_answer && io::optional_field(object, "answers", where) != nullptr) {
    throw Error(where, "both \"answers\" and \"response\"", "one of them");
  }
  if (one_answer) {
    seed.answers.push_back({required_text(object, "response", where), 0});
  } else {
    for (io::Json const& answer : io::required_array(object, "answers", where)) {
      std::string const place = where + ": answer " + std::to_string(seed.answers.size() + 1);
      seed.answers.push_back(ranked_answer(answer, place));
      for (std::size_t i = 0; i + 1 < seed.answers.size(); ++i) {
        if (seed.answers[i].text == seed.answers.back().text) {
          throw Error(place, "the same text as answer " + std::to_string(i + 1), "different answers");
        }
      }
    }
    if (seed.answers.empty()) {
      throw Error(where + ": the field \"answers\"", "an empty list", "at least one answer");
    }
  }
  seed.held_out = is_held_out(object, one_answer, where);
  seed.topic = io::optional_string(object, "topic", where).value_or("");
  return seed;
}

} // namespace detail

/// All seeds of a file, in order. "split" ("train" or "held_out") may be missing only beside "response"; "topic" may be
/// missing; other fields are ignored.
/// Throws: Error "file:line: ..." for a missing, blank or mistyped field, for equal answers, and for a prompt that an
/// earlier line has (both lines are named); Error for a file without a seed.
inline std::vector<SeedExample> read_seeds(std::string const& path) {
  std::vector<SeedExample> seeds;
  std::map<std::string, std::size_t> line_of;
  io::read_jsonl(path, [&](io::Json const& object, std::size_t line) {
    std::string const where = path + ":" + std::to_string(line);
    SeedExample seed = detail::seed_example(object, where);
    auto const [known, is_first] = line_of.emplace(ascii::collapsed(seed.prompt), line);
    if (!is_first) {
      throw Error(where, "the prompt of line " + std::to_string(known->second), "each prompt once");
    }
    seeds.push_back(std::move(seed));
  });
  if (seeds.empty()) {
    throw Error(path, "no seeds", "at least one line {\"prompt\": ..., \"answers\": [...], ...}");
  }
  return seeds;
}

} // namespace srlm
