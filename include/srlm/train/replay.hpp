/// Replay: each preference step also learns a little of the seed rows (IFT and EFT) again, so that the skill of judging
/// need not be lost while the answers improve.
#pragma once
#include <srlm/core/seed.hpp>
#include <srlm/train/likelihood.hpp>
#include <utility> // move

namespace srlm {

/// weight: of the token-mean loss of the rows beside the preference loss.
struct ReplayOptions {
  double weight = 0.5;
  std::size_t rows = 16; ///< drawn anew for each step
  std::size_t micro_batch = 4;
};

/// A part of a PreferenceTrainer.
class Replay {
 public:
  static constexpr bool is_replay = true;

  /// Throws: Error for no rows, or a weight that is not a positive number.
  explicit Replay(std::vector<SupervisedExample> rows, ReplayOptions options = {})
      : rows_(std::move(rows)), options_(options) {
    require(!rows_.empty(), "replay", "no rows", "seed rows to learn again");
    require(options_.weight > 0 && std::isfinite(options_.weight), "replay: weight", "a weight that is not above 0",
            "a number above 0");
    require(options_.rows > 0 && options_.micro_batch > 0, "replay", "0 rows a step", "at least 1");
  }

  /// Adds its gradient. Returns the rows' loss, unweighted.
  template <DifferentiableLogProbModel M>
  double learn(M& model, std::size_t step, Seed seed) const {
    std::vector<std::size_t> drawn;
    for (std::size_t i = 0; i < options_.rows; ++i) {
      drawn.push_back(seed.fork(step).below(rows_.size(), i));
    }
    return learn_likelihood(model, rows_, drawn, options_.micro_batch, options_.weight).loss;
  }

 private:
  std::vector<SupervisedExample> rows_;
  ReplayOptions options_;
};

} // namespace srlm
