/// What judges that ask a model share: how verdicts become a score, what fits into the context, and how a model is
/// asked.
#pragma once
#include <srlm/concepts/generator.hpp>
#include <srlm/core/error.hpp>
#include <srlm/core/preference.hpp>
#include <algorithm> // find_if
#include <cmath>     // isfinite
#include <utility>   // move
#include <vector>

namespace srlm {

/// The mean of the usable verdicts; nullopt where there is none.
inline Score mean_score(std::vector<Verdict> const& verdicts) {
  double sum = 0;
  std::size_t usable = 0;
  for (Verdict const& verdict : verdicts) {
    if (verdict.score) {
      sum += static_cast<double>(*verdict.score);
      ++usable;
    }
  }
  return usable > 0 ? Score{static_cast<float>(sum / static_cast<double>(usable))} : std::nullopt;
}

/// Sets every group's scores from its verdicts.
inline void score_by_mean(std::span<JudgedGroup> groups) {
  for (JudgedGroup& group : groups) {
    group.scores.clear();
    for (std::vector<Verdict> const& verdicts : group.verdicts) {
      group.scores.push_back(mean_score(verdicts));
    }
  }
}

/// A rubric of the user's may be careless: a score is finite, and there is a cause exactly where there is none.
inline Verdict checked(Verdict verdict) {
  if (verdict.score && !std::isfinite(*verdict.score)) {
    verdict.score.reset();
  }
  if (verdict.score) {
    verdict.cause = VerdictCause::none;
  } else if (verdict.cause == VerdictCause::none) {
    verdict.cause = VerdictCause::no_score;
  }
  return verdict;
}

/// The verdict on a question that does not fit.
inline Verdict not_asked() { return {std::nullopt, VerdictCause::prompt_too_long, {}}; }

/// Whether a question of so many tokens leaves room for an answer of so many. A model that does not know its context
/// has room for all.
template <class G>
bool leaves_room(G const& model, std::size_t question, std::size_t answer) {
  if constexpr (ContextAware<G>) {
    std::size_t const context = model.context_length();
    return question <= context && answer <= context - question;
  } else {
    return true;
  }
}

/// The answers, one a request. Nothing is asked for no requests.
template <Generator G>
std::vector<Tokens> ask(G& model, std::span<GenerationRequest const> requests, Sampling const& sampling) {
  std::vector<Tokens> written = requests.empty() ? std::vector<Tokens>{} : model.generate(requests, sampling);
  require(written.size() == requests.size(), "judge", "another number of answers from generate()",
          "one a request, in order");
  return written;
}

/// Without the end of the turn and what follows it.
template <EndAwareTokenizer T>
Tokens without_end(T const& tokenizer, Tokens tokens) {
  tokens.erase(std::find_if(tokens.begin(), tokens.end(), [&](Token t) { return tokenizer.is_end(t); }), tokens.end());
  return tokens;
}

} // namespace srlm
