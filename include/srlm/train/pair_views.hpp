/// The sequences whose log-probabilities make up those of the answers of some pairs. Usually one an answer; where the
/// loss gives surplus length another weight (LD-DPO), the longer answer has two views with a shared prefix: its whole,
/// and its first tokens, as many as the shorter answer has.
#pragma once
#include <srlm/concepts/preference_loss.hpp>
#include <srlm/core/preference.hpp>
#include <srlm/core/sequence.hpp>
#include <algorithm> // min
#include <span>
#include <vector>

namespace srlm {

/// Chosen, rejected, chosen, ...: answers in the order of the pairs. The prompt of a pair is shared by all its views.
class PairViews {
 public:
  explicit PairViews(double tail_weight) : tail_weight_(tail_weight) {}

  void add(PreferencePair const& pair) {
    std::size_t const shared = std::min(pair.chosen.tokens.size(), pair.rejected.tokens.size());
    for (Response const* answer : {&pair.chosen, &pair.rejected}) {
      std::span<Token const> const tokens = answer->tokens;
      bool const is_split = tail_weight_ != 1 && tokens.size() > shared;
      add_view({pair.prompt.tokens, tokens}, is_split ? tail_weight_ : 1);
      if (is_split) {
        add_view({pair.prompt.tokens, tokens.first(shared)}, 1 - tail_weight_);
      }
      ++answers_;
    }
  }

  std::span<SequenceView const> sequences() const { return sequences_; }

  /// One number an answer, from one a sequence.
  std::vector<float> answers(std::span<float const> log_probs) const {
    std::vector<double> sums(answers_);
    for (std::size_t i = 0; i < sequences_.size(); ++i) {
      sums[answer_[i]] += share_[i] * static_cast<double>(log_probs[i]);
    }
    std::vector<float> out;
    for (double sum : sums) {
      out.push_back(static_cast<float>(sum));
    }
    return out;
  }

  /// The derivatives by the sequences, from those by the answers.
  std::vector<float> weights(std::span<double const> by_answer) const {
    std::vector<float> out;
    for (std::size_t i = 0; i < sequences_.size(); ++i) {
      out.push_back(static_cast<float>(share_[i] * by_answer[answer_[i]]));
    }
    return out;
  }

 private:
  void add_view(SequenceView const& view, double share) {
    sequences_.push_back(view);
    share_.push_back(share);
    answer_.push_back(answers_);
  }

  double tail_weight_;
  std::vector<SequenceView> sequences_;
  std::vector<double> share_;
  std::vector<std::size_t> answer_; ///< whose each sequence is
  std::size_t answers_ = 0;
};

/// What a loss sees of a pair. chosen, rejected: their log-probabilities under the policy.
inline PairLogProbs loss_input(PreferencePair const& pair, float chosen, float rejected, double consistency) {
  return {static_cast<double>(chosen),
          static_cast<double>(rejected),
          static_cast<double>(pair.reference_chosen),
          static_cast<double>(pair.reference_rejected),
          static_cast<double>(pair.chosen.tokens.size()),
          static_cast<double>(pair.rejected.tokens.size()),
          consistency};
}

template <TrainableLoss L>
double tail_weight_of(L const& loss) {
  if constexpr (TailWeighted<L>) {
    return loss.tail_weight();
  } else {
    return 1;
  }
}

} // namespace srlm
