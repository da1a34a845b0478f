/// ROUGE-L (Lin 2004): how alike two texts are, by their longest common subsequence of words. Self-Instruct drops new
/// instructions that are too like one it has (Wang et al. 2022, section 2.2).
#pragma once
#include <srlm/data/ascii.hpp>
#include <algorithm> // max, min
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace srlm {

/// The text's words: lower case, split at everything that is not a-z or 0-9.
inline std::vector<std::string> rouge_words(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (char const c : text) {
    bool const belongs = ascii::is_letter(c) || ascii::is_digit(c);
    if (belongs && !inside) {
      words.emplace_back();
    }
    if (belongs) {
      words.back() += ascii::lower(c);
    }
    inside = belongs;
  }
  return words;
}

/// F1 of the longest common subsequence: 2 LCS / (|a| + |b|), in [0, 1]; 0 if either is empty.
/// Cost: |a| |b| comparisons of words.
template <class Words>
double rouge_l_of_words(Words const& a, Words const& b) {
  if (a.empty() || b.empty()) {
    return 0;
  }
  std::vector<std::size_t> row(b.size() + 1, 0); // row[j]: LCS of a's words so far and b's first j
  for (auto const& word : a) {
    std::size_t diagonal = 0;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const above = row[j];
      row[j] = word == b[j - 1] ? diagonal + 1 : std::max(above, row[j - 1]);
      diagonal = above;
    }
  }
  return 2.0 * static_cast<double>(row.back()) / static_cast<double>(a.size() + b.size());
}

inline double rouge_l_f1(std::string_view a, std::string_view b) {
  return rouge_l_of_words(rouge_words(a), rouge_words(b));
}

/// Whether the F1 is above the limit. Texts whose lengths alone rule it out are not compared word by word.
template <class Words>
bool rouge_l_exceeds(Words const& a, Words const& b, double limit) {
  std::size_t const shorter = std::min(a.size(), b.size()), both = a.size() + b.size();
  return 2.0 * static_cast<double>(shorter) > limit * static_cast<double>(both) - 1e-9 &&
         rouge_l_of_words(a, b) > limit;
}

} // namespace srlm
