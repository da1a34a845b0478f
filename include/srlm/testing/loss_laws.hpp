/// The semantic half of PreferenceLoss and BatchPreferenceLoss, executed.
#pragma once
#include <srlm/concepts/preference_loss.hpp>
#include <srlm/testing/violation.hpp>
#include <cmath>
#include <span>

namespace srlm::testing {

/// The derivatives are those of the value, at every point given (kinks left out by the caller); nothing overflows; the
/// order of a batch's pairs carries no meaning. The points are one batch for a loss over batches. A loss that declares
/// a part of itself constant (`detached`) is spared the derivatives: test it against its value with that part fixed.
template <TrainableLoss L>
std::vector<Violation> loss_laws(L const& loss, std::span<PairLogProbs const> points, double tolerance = 1e-5) {
  Findings findings(tolerance);
  auto const losses = [&](std::span<PairLogProbs const> pairs) {
    std::vector<PairLoss> out(pairs.size());
    pair_losses(loss, pairs, std::span(out));
    return out;
  };
  std::vector<PairLogProbs> moved(points.begin(), points.end());
  std::vector<PairLoss> const here = losses(points);
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto const slope = [&](double PairLogProbs::*which) {
      double const h = 1e-4;
      moved[i].*which += h;
      std::vector<PairLoss> const up = losses(moved);
      moved[i].*which -= 2 * h;
      std::vector<PairLoss> const down = losses(moved);
      moved[i] = points[i];
      double rise = 0; // pair by pair, since the sums are large
      for (std::size_t k = 0; k < up.size(); ++k) {
        rise += up[k].value - down[k].value;
      }
      return rise / (2 * h);
    };
    auto const error = [](double given, double measured) {
      return std::abs(given - measured) / (1 + std::abs(measured));
    };
    if constexpr (!requires { requires L::detached; }) {
      findings.expect("d_chosen is the derivative by the chosen log-probability",
                      error(here[i].d_chosen, slope(&PairLogProbs::chosen)));
      findings.expect("d_rejected is the derivative by the rejected log-probability",
                      error(here[i].d_rejected, slope(&PairLogProbs::rejected)));
    }
    for (auto which : {&PairLogProbs::chosen, &PairLogProbs::reference_chosen}) {
      moved[i].*which -= 1e4;
      for (PairLoss const& l : losses(moved)) {
        findings.expect_true("no overflow far from the reference",
                             std::isfinite(l.value) && std::isfinite(l.d_chosen) && std::isfinite(l.d_rejected));
      }
      moved[i] = points[i];
    }
  }
  std::vector<PairLogProbs> const reversed(points.rbegin(), points.rend());
  std::vector<PairLoss> const back = losses(reversed);
  for (std::size_t i = 0; i < points.size(); ++i) {
    PairLoss const& other = back[points.size() - 1 - i];
    findings.expect("a pair's loss does not depend on its place in the batch",
                    std::abs(other.value - here[i].value) / (1 + std::abs(here[i].value)));
  }
  return std::move(findings).take();
}

} // namespace srlm::testing
