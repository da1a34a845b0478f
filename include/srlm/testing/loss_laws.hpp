/// The semantic half of PreferenceLoss, executed.
#pragma once
#include <srlm/concepts/preference_loss.hpp>
#include <srlm/testing/violation.hpp>
#include <cmath>
#include <span>

namespace srlm::testing {

/// The derivatives are those of the value, at every point given (kinks left out by the caller); nothing overflows.
template <PreferenceLoss L>
std::vector<Violation> loss_laws(L const& loss, std::span<PairLogProbs const> points, double tolerance = 1e-5) {
  Findings findings(tolerance);
  for (PairLogProbs const& p : points) {
    PairLoss const here = loss(p);
    auto const slope = [&](double PairLogProbs::*which) {
      double const h = 1e-4;
      PairLogProbs up = p, down = p;
      up.*which += h;
      down.*which -= h;
      return (loss(up).value - loss(down).value) / (2 * h);
    };
    auto const error = [](double given, double measured) {
      return std::abs(given - measured) / (1 + std::abs(measured));
    };
    findings.expect("d_chosen is the derivative by the chosen log-probability",
                    error(here.d_chosen, slope(&PairLogProbs::chosen)));
    findings.expect("d_rejected is the derivative by the rejected log-probability",
                    error(here.d_rejected, slope(&PairLogProbs::rejected)));
    for (double shift : {-1e4, 1e4}) {
      PairLogProbs extreme = p;
      extreme.chosen += shift;
      PairLoss const l = loss(extreme);
      findings.expect_true("no overflow far from the reference",
                           std::isfinite(l.value) && std::isfinite(l.d_chosen) && std::isfinite(l.d_rejected));
    }
  }
  return std::move(findings).take();
}

} // namespace srlm::testing
