/// What a set of responses looks like from outside, without a judge: how long, how often ended, how repetitive, how
/// alike. A policy that learns the wrong thing shows it here first.
#pragma once
#include <srlm/core/conversation.hpp>
#include <srlm/core/error.hpp>
#include <srlm/eval/self_bleu.hpp>
#include <srlm/eval/text_search.hpp>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace srlm {

/// Counts, one a response. The median of an even number is the mean of the two in the middle.
struct Spread {
  double mean = 0, median = 0;
  std::size_t least = 0, most = 0;
};

inline Spread spread_of(std::vector<std::size_t> counts) {
  if (counts.empty()) {
    return {};
  }
  std::sort(counts.begin(), counts.end());
  double sum = 0;
  for (std::size_t const count : counts) {
    sum += static_cast<double>(count);
  }
  std::size_t const half = counts.size() / 2;
  double const lower = static_cast<double>(counts[(counts.size() - 1) / 2]), upper = static_cast<double>(counts[half]);
  return {sum / static_cast<double>(counts.size()), (lower + upper) / 2, counts.front(), counts.back()};
}

/// Words are what stands between white space, as it stands; a character is a code point.
struct TextHealth {
  std::size_t responses = 0;
  double ended = 0; ///< share that the model ended itself
  double blank = 0; ///< share that says nothing
  Spread characters, words;
  std::optional<Spread> tokens; ///< where every response has its tokens

  /// Of n = 1, 2, 3, 4: 1 - distinct runs of n words / all runs of n words of a response, the mean over the responses
  /// that have such runs (Welleck et al. 2019, arXiv 1908.04319, for n = 4).
  std::array<double, 4> repetition = {};
  Spread longest_run; ///< words in which one unit follows itself, see longest_repeated_run

  /// Of n = 1, 2, 3: distinct runs of n words / all of them, over all responses together (Li et al. 2015, arXiv
  /// 1510.03055). Falls with the number of words: compare sets of like size.
  std::array<double, 3> distinct = {};
  std::optional<double> self_bleu; ///< see self_bleu; where there are two responses
};

/// Cost: that of sorting all words a few times. Throws: Error for no responses.
inline TextHealth text_health(std::span<Response const> responses) {
  require(!responses.empty(), "text_health", "no responses", "at least one");
  auto const share = [&](std::size_t count) {
    return static_cast<double>(count) / static_cast<double>(responses.size());
  };
  text::WordNumbers numbers;
  std::vector<text::WordIds> texts;
  std::vector<std::size_t> characters, words, tokens, runs;
  std::size_t ended = 0, blank = 0;
  for (Response const& response : responses) {
    texts.push_back(numbers(response.text));
    characters.push_back(text::count_characters(response.text));
    words.push_back(texts.back().size());
    runs.push_back(text::longest_repeated_run(texts.back()));
    if (response.tokens.size() > 0) {
      tokens.push_back(response.tokens.size());
    }
    ended += response.finished ? 1 : 0;
    blank += texts.back().empty() ? 1 : 0;
  }
  TextHealth health;
  health.responses = responses.size();
  health.ended = share(ended);
  health.blank = share(blank);
  health.characters = spread_of(characters);
  health.words = spread_of(words);
  health.longest_run = spread_of(runs);
  health.self_bleu = text::self_bleu(texts);
  if (tokens.size() == responses.size()) {
    health.tokens = spread_of(tokens);
  }
  for (std::size_t n = 1; n <= 4; ++n) {
    std::vector<text::Ngram> all;
    double repeated = 0;
    std::size_t with_runs = 0;
    for (text::WordIds const& text : texts) {
      std::vector<text::Ngram> const own = text::ngrams(text, n);
      if (!own.empty()) {
        repeated += 1 - static_cast<double>(text::count_distinct(own)) / static_cast<double>(own.size());
        ++with_runs;
        all.insert(all.end(), own.begin(), own.end());
      }
    }
    health.repetition[n - 1] = with_runs == 0 ? 0 : repeated / static_cast<double>(with_runs);
    if (n <= health.distinct.size() && !all.empty()) {
      std::size_t const count = all.size();
      health.distinct[n - 1] = static_cast<double>(text::count_distinct(std::move(all))) / static_cast<double>(count);
    }
  }
  return health;
}

} // namespace srlm
