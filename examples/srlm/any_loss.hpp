/// A loss chosen at run time: one ordinary model of the loss concept for all of the list, so that training is compiled
/// once.
#pragma once
#include "settings.hpp"
#include <srlm/loss/losses.hpp>
#include <functional>

namespace srlm::cli {

/// A weighted sum of losses of the list.
class AnyLoss {
 public:
  double beta = 1; ///< of the first term, for the reported rewards

  template <TrainableLoss L>
  void add(double weight, L const& loss) {
    if constexpr (ScaledLoss<L>) {
      beta = terms_.empty() ? static_cast<double>(loss.beta) : beta;
    }
    if constexpr (TailWeighted<L>) {
      tail_weight_ = loss.tail_weight();
    }
    whole_batch_ = whole_batch_ || srlm::needs_whole_batch(loss);
    terms_.push_back({weight, [loss](std::span<PairLogProbs const> pairs, std::span<PairLoss> out) {
                        pair_losses(loss, pairs, out);
                      }});
  }

  void operator()(std::span<PairLogProbs const> pairs, std::span<PairLoss> out) const {
    std::fill(out.begin(), out.end(), PairLoss{0, 0, 0});
    std::vector<PairLoss> part(pairs.size());
    for (auto const& [weight, loss] : terms_) {
      loss(pairs, part);
      for (std::size_t i = 0; i < pairs.size(); ++i) {
        out[i] = loss::plus(out[i], weight, part[i]);
      }
    }
  }

  bool needs_whole_batch() const { return whole_batch_; }
  double tail_weight() const { return tail_weight_; }

 private:
  struct Term {
    double weight;
    std::function<void(std::span<PairLogProbs const>, std::span<PairLoss>)> loss;
  };

  std::vector<Term> terms_;
  bool whole_batch_ = false;
  double tail_weight_ = 1;
};
static_assert(BatchPreferenceLoss<AnyLoss> && ScaledLoss<AnyLoss> && TailWeighted<AnyLoss>);

/// --loss and --loss-weights, beside the parameters of all losses.
struct LossOptions {
  std::string text = "dpo", weights_text;
  Settings settings;

  /// The names as an option; a command may have them as its argument instead.
  void add_choice(CLI::App& app) {
    app.add_option("--loss", text, "one of " + joined(names_of(Losses{})) + "; several with commas: their sum")
        ->capture_default_str();
  }
  void add_parameters(CLI::App& app) {
    app.add_option("--loss-weights", weights_text,
                   "weights of the terms of a sum of losses, with commas; default: 1 each");
    settings.add_options(app, Losses{});
  }

  /// Whether one of the losses asks how far two rankings agree (CREAM).
  bool needs_consistency() const {
    auto const chosen = split(text);
    return std::find(chosen.begin(), chosen.end(), CreamLoss::name) != chosen.end();
  }

  /// Throws: CLI::ValidationError for an unknown loss, a parameter out of its range or of no use, or weights of another
  /// number than the losses.
  AnyLoss make() {
    std::vector<std::string> const chosen = text.empty() ? std::vector<std::string>{""} : split(text);
    std::vector<double> factors(chosen.size(), 1.0);
    if (!weights_text.empty()) {
      auto const given = split(weights_text);
      if (given.size() != chosen.size()) {
        throw CLI::ValidationError("--loss-weights", "got " + std::to_string(given.size()) + " weights for " +
                                                         std::to_string(chosen.size()) + " losses");
      }
      for (std::size_t i = 0; i < given.size(); ++i) {
        factors[i] = number_of("--loss-weights", given[i]);
      }
    }
    AnyLoss loss;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      with_part(Losses{}, "--loss", chosen[i], [&]<class L>(std::type_identity<L>) {
        if (TailWeighted<L> && chosen.size() > 1) {
          throw CLI::ValidationError("--loss", std::string(L::name) +
                                                   " reads answers in a way of its own and cannot be "
                                                   "part of a sum");
        }
        loss.add(factors[i], settings.make<L>());
      });
    }
    settings.refuse_unused(text);
    return loss;
  }
};

} // namespace srlm::cli
