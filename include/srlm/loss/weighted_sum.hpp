/// A weighted sum of losses, of any kinds: DPO and a fifth of the likelihood, say.
#pragma once
#include <srlm/loss/log_ratios.hpp>
#include <tuple>
#include <utility> // move
#include <vector>

namespace srlm {

/// One term.
template <TrainableLoss L>
struct Weighted {
  double weight;
  L loss;

  Weighted(double w, L l) : weight(w), loss(std::move(l)) {}
};

/// sum_k weight_k * loss_k. WeightedSum sum(Weighted(1, DpoLoss{}), Weighted(0.2, LikelihoodLoss{})).
template <TrainableLoss... Ls>
class WeightedSum {
 public:
  explicit WeightedSum(Weighted<Ls>... terms) : terms_(std::move(terms)...) {}

  bool needs_whole_batch() const {
    return std::apply([](auto const&... term) { return (srlm::needs_whole_batch(term.loss) || ...); }, terms_);
  }

  PairLoss operator()(PairLogProbs const& p) const requires(PreferenceLoss<Ls>&&...) {
    PairLoss sum{0, 0, 0};
    std::apply([&](auto const&... term) { ((sum = loss::plus(sum, term.weight, term.loss(p))), ...); }, terms_);
    return sum;
  }

  void operator()(std::span<PairLogProbs const> pairs, std::span<PairLoss> out) const {
    std::vector<PairLoss> part(pairs.size());
    for (PairLoss& l : out) {
      l = {0, 0, 0};
    }
    auto const add = [&](auto const& term) {
      pair_losses(term.loss, pairs, std::span(part));
      for (std::size_t i = 0; i < pairs.size(); ++i) {
        out[i] = loss::plus(out[i], term.weight, part[i]);
      }
    };
    std::apply([&](auto const&... term) { (add(term), ...); }, terms_);
  }

 private:
  std::tuple<Weighted<Ls>...> terms_;
};

} // namespace srlm
