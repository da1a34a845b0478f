/// Preference pairs as JSON Lines in the form that TRL's DPOTrainer reads (columns prompt, chosen, rejected), with the
/// scores and the judge's reasons beside them.
#pragma once
#include <srlm/concepts/tokenizer.hpp>
#include <srlm/core/preference.hpp>
#include <srlm/data/data_file.hpp>
#include <srlm/io/jsonl.hpp>
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

/// A file of pairs in any of the preference formats (formats.hpp), and in those that give pairs; the tokenizer applies
/// the chat template. Throws: BadRow as "file:line: ..." for the first bad row; Error for a file without a pair.
template <Tokenizer T>
std::vector<PreferencePair> read_pairs(std::string const& path, T const& tokenizer) {
  DataReport report;
  DataOptions const options{.fallback = std::string(PreferenceFormat::name)};
  std::vector<PreferencePair> pairs;
  for (auto const& [row, where] : rows_as<PreferenceRow>(read_data(path, options, report), options, report)) {
    pairs.push_back(encode_preference(tokenizer, row));
  }
  if (pairs.empty()) {
    throw Error(path, "no pairs", "at least one line {\"prompt\": ..., \"chosen\": ..., \"rejected\": ...}");
  }
  return pairs;
}

} // namespace srlm
