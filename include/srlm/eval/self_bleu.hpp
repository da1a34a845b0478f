/// Self-BLEU (Zhu et al. 2018, arXiv 1802.01886): how alike the texts of a set are. High where a model says the same
/// each time.
#pragma once
#include <srlm/eval/ngrams.hpp>
#include <array>
#include <cmath> // exp, log
#include <cstddef>
#include <map>
#include <optional>
#include <utility> // pair
#include <vector>

namespace srlm::text {

namespace detail {

/// matches[i]: how many runs of text i stand in another text too, each at most as often as in one other text.
inline std::vector<std::size_t> matches_with_others(std::vector<WordIds> const& texts, std::size_t n) {
  std::vector<std::pair<Ngram, std::size_t>> runs; // with the text that has it
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (Ngram const& run : ngrams(texts[i], n)) {
      runs.emplace_back(run, i);
    }
  }
  std::sort(runs.begin(), runs.end());
  std::vector<std::size_t> matches(texts.size(), 0);
  for (std::size_t begin = 0; begin < runs.size();) {
    std::vector<std::pair<std::size_t, std::size_t>> counts; // of one run: (text, how often)
    std::size_t at = begin;
    for (; at < runs.size() && runs[at].first == runs[begin].first; ++at) {
      if (counts.empty() || counts.back().first != runs[at].second) {
        counts.emplace_back(runs[at].second, 0);
      }
      ++counts.back().second;
    }
    std::size_t most = 0, second = 0; // the two highest counts
    for (auto const& [text, count] : counts) {
      second = std::max(second, std::min(most, count));
      most = std::max(most, count);
    }
    for (auto const& [text, count] : counts) {
      matches[text] += std::min(count, count == most ? second : most);
    }
    begin = at;
  }
  return matches;
}

/// Of the lengths, one of them `own`, the nearest to `own` among the others; the shorter of two.
inline std::size_t nearest_other(std::map<std::size_t, std::size_t> const& lengths, std::size_t own) {
  auto const place = lengths.find(own);
  if (place->second > 1) {
    return own;
  }
  auto const above = std::next(place);
  if (place == lengths.begin()) {
    return above->first;
  }
  auto const below = std::prev(place);
  return above == lengths.end() || own - below->first <= above->first - own ? below->first : above->first;
}

} // namespace detail

/// The mean over the texts of BLEU-4 (Papineni et al. 2002) of each against all others as its references: the geometric
/// mean of four precisions with clipped counts, times the brevity penalty for the nearest length. A precision without a
/// match counts as 0.1 matches (smoothing method 1 of Chen and Cherry 2014), a text without one common word as 0.
/// nullopt for less than two texts. Cost: that of sorting all words four times.
inline std::optional<double> self_bleu(std::vector<WordIds> const& texts) {
  if (texts.size() < 2) {
    return std::nullopt;
  }
  std::map<std::size_t, std::size_t> lengths;
  std::array<std::vector<std::size_t>, 4> matches;
  for (WordIds const& words : texts) {
    ++lengths[words.size()];
  }
  for (std::size_t n = 1; n <= 4; ++n) {
    matches[n - 1] = detail::matches_with_others(texts, n);
  }
  double sum = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (matches[0][i] == 0) {
      continue;
    }
    std::size_t const length = texts[i].size();
    double log_mean = 0;
    for (std::size_t n = 1; n <= 4; ++n) {
      double const match = matches[n - 1][i] == 0 ? 0.1 : static_cast<double>(matches[n - 1][i]);
      double const all = length >= n ? static_cast<double>(length - n + 1) : 1;
      log_mean += std::log(match / all) / 4;
    }
    double const reference = static_cast<double>(detail::nearest_other(lengths, length));
    sum += std::exp(log_mean + std::min(0.0, 1 - reference / static_cast<double>(length)));
  }
  return sum / static_cast<double>(texts.size());
}

} // namespace srlm::text
