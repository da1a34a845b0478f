/// Preference pairs as JSON Lines in the form that TRL's DPOTrainer reads (columns prompt, chosen, rejected), with the
/// scores and the judge's reasons beside them.
#pragma once
#include <srlm/concepts/tokenizer.hpp>
#include <srlm/core/preference.hpp>
#include <srlm/data/ascii.hpp>
#include <srlm/io/jsonl.hpp>
#include <cmath> // isfinite
#include <span>
#include <string>
#include <vector>

namespace srlm {

/// Appends {"prompt", "chosen", "rejected", "chosen_score", "rejected_score", "chosen_rationales",
/// "rejected_rationales"}. Scores that are missing are null; rationales are what the judge wrote of each answer, one
/// text a vote.
inline void write_pair(io::JsonlWriter& file, PreferencePair const& pair,
                       std::span<std::string const> chosen_rationales = {},
                       std::span<std::string const> rejected_rationales = {}) {
  auto const score = [](Score s) { return s ? io::OrderedJson(*s) : io::OrderedJson(nullptr); };
  auto const texts = [](std::span<std::string const> all) {
    io::OrderedJson list = io::OrderedJson::array();
    for (std::string const& text : all) {
      list.push_back(text);
    }
    return list;
  };
  io::OrderedJson line;
  line["prompt"] = pair.prompt.text;
  line["chosen"] = pair.chosen.text;
  line["rejected"] = pair.rejected.text;
  line["chosen_score"] = score(pair.chosen_score);
  line["rejected_score"] = score(pair.rejected_score);
  line["chosen_rationales"] = texts(chosen_rationales);
  line["rejected_rationales"] = texts(rejected_rationales);
  file.append(line);
}

namespace detail {

/// Our name or the other one in use (score_chosen).
inline Score pair_score(io::Json const& object, char const* name, char const* other, std::string const& where) {
  auto value = io::optional_number(object, name, where);
  if (!value) {
    value = io::optional_number(object, other, where);
  }
  if (value && !std::isfinite(static_cast<float>(*value))) {
    throw Error(where + ": the field \"" + name + "\"", "a number too large", "a score");
  }
  return value ? Score{static_cast<float>(*value)} : std::nullopt;
}

inline std::string pair_text(io::Json const& object, char const* name, std::string const& where) {
  io::Json const& value = io::required_field(object, name, where);
  if (value.is_array()) {
    throw Error(where + ": the field \"" + name + "\"", "a list of messages",
                "a string: pairs of one turn, without the chat template");
  }
  return io::required_string(object, name, where);
}

} // namespace detail

/// One pair of strings; the tokenizer applies the chat template. Scores ("chosen_score" or "score_chosen", ...) may be
/// missing. Throws: Error at where for a missing or mistyped field, a blank prompt, or a chosen text equal to the
/// rejected one.
template <Tokenizer T>
PreferencePair read_pair(io::Json const& object, T const& tokenizer, std::string const& where) {
  PreferencePair pair;
  pair.prompt.text = detail::pair_text(object, "prompt", where);
  pair.chosen.text = detail::pair_text(object, "chosen", where);
  pair.rejected.text = detail::pair_text(object, "rejected", where);
  if (ascii::trimmed(pair.prompt.text).empty()) {
    throw Error(where + ": the field \"prompt\"", "a blank text", "one that is not blank");
  }
  if (pair.chosen.text == pair.rejected.text) {
    throw Error(where, "a chosen text that equals the rejected one", "two different answers");
  }
  pair.prompt.tokens = tokenizer.encode_prompt(pair.prompt.text);
  pair.chosen.tokens = tokenizer.encode_response(pair.chosen.text);
  pair.rejected.tokens = tokenizer.encode_response(pair.rejected.text);
  pair.chosen_score = detail::pair_score(object, "chosen_score", "score_chosen", where);
  pair.rejected_score = detail::pair_score(object, "rejected_score", "score_rejected", where);
  return pair;
}

/// A file of pairs, each as read_pair reads it. Throws: its Error as "file:line: ..."; Error for a file without a pair.
template <Tokenizer T>
std::vector<PreferencePair> read_pairs(std::string const& path, T const& tokenizer) {
  std::vector<PreferencePair> pairs;
  io::read_jsonl(path, [&](io::Json const& object, std::size_t line) {
    pairs.push_back(read_pair(object, tokenizer, path + ":" + std::to_string(line)));
  });
  if (pairs.empty()) {
    throw Error(path, "no pairs", "at least one line {\"prompt\": ..., \"chosen\": ..., \"rejected\": ...}");
  }
  return pairs;
}

} // namespace srlm
