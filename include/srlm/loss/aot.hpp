/// Alignment via optimal transport: the policy's margins as a distribution should dominate the reference's.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>
#include <algorithm> // sort, stable_sort
#include <numeric>   // iota
#include <vector>

namespace srlm {

/// -log sigmoid(beta (a_i - b_i)), where a are the policy's log p_w - log p_l of the batch and b the reference's, each
/// sorted by itself. The pair that holds place i of a gets the derivative.
struct AotLoss {
  static constexpr std::string_view name = "aot";
  static constexpr std::string_view source = "Melnyk et al. 2024, arXiv 2406.05882";
  double beta = 0.1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &AotLoss::beta, above(0), "strength of the reference"));

  void operator()(std::span<PairLogProbs const> pairs, std::span<PairLoss> out) const {
    std::vector<double> reference;
    for (PairLogProbs const& p : pairs) {
      reference.push_back(p.reference_chosen - p.reference_rejected);
    }
    std::sort(reference.begin(), reference.end());
    std::vector<std::size_t> order(pairs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    auto const gap = [&](std::size_t i) { return pairs[i].chosen - pairs[i].rejected; };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return gap(i) < gap(j); });
    for (std::size_t place = 0; place < order.size(); ++place) {
      double const x = beta * (gap(order[place]) - reference[place]);
      out[order[place]] = loss::of_difference(loss::softplus(-x), -beta * loss::sigmoid(-x));
    }
  }
};
static_assert(BatchPreferenceLoss<AotLoss>);

} // namespace srlm
