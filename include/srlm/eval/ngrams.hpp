/// Runs of n words: what repetition, diversity and likeness of texts are counted by.
#pragma once
#include <srlm/eval/letters.hpp>
#include <algorithm> // max, sort, unique
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace srlm::text {

using WordIds = std::vector<std::uint32_t>;

/// Texts as numbers of their words: what stands between white space, as it stands. Equal words have equal numbers.
class WordNumbers {
 public:
  WordIds operator()(std::string_view text) {
    WordIds ids;
    for (std::string_view const word : split_at_space(text)) {
      auto const next = static_cast<std::uint32_t>(numbers_.size());
      ids.push_back(numbers_.emplace(word, next).first->second);
    }
    return ids;
  }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

/// Up to four words; the places behind them hold one number that no word has.
using Ngram = std::array<std::uint32_t, 4>;

/// The runs of n words, 1 to 4, in order: |words| - n + 1 of them, or none.
inline std::vector<Ngram> ngrams(std::span<std::uint32_t const> words, std::size_t n) {
  std::vector<Ngram> runs;
  for (std::size_t i = 0; i + n <= words.size(); ++i) {
    Ngram run;
    run.fill(UINT32_MAX);
    std::copy_n(words.begin() + static_cast<std::ptrdiff_t>(i), n, run.begin());
    runs.push_back(run);
  }
  return runs;
}

/// How many differ.
inline std::size_t count_distinct(std::vector<Ngram> runs) {
  std::sort(runs.begin(), runs.end());
  return static_cast<std::size_t>(std::unique(runs.begin(), runs.end()) - runs.begin());
}

/// The longest stretch of words in which some unit of 1 to 64 words follows itself; 0 where none does. "no no no" is 3,
/// "he said he said he" is 5. Cost: 64 |words|.
inline std::size_t longest_repeated_run(std::span<std::uint32_t const> words) {
  constexpr std::size_t longest_unit = 64;
  std::size_t longest = 0;
  for (std::size_t unit = 1; unit <= longest_unit && 2 * unit <= words.size(); ++unit) {
    std::size_t again = 0; // words so far that equal the one a unit before
    for (std::size_t i = unit; i < words.size(); ++i) {
      again = words[i] == words[i - unit] ? again + 1 : 0;
      if (again >= unit) {
        longest = std::max(longest, again + unit);
      }
    }
  }
  return longest;
}

} // namespace srlm::text
