/// LogProbModel and DifferentiableLogProbModel: one scalar a sequence is the whole interface between loop and model.
#pragma once
#include <srlm/core/sequence.hpp>
#include <concepts>
#include <span>
#include <utility> // as_const, declval, move
#include <vector>

namespace srlm {

/// Can evaluate: log p(y | x) in nats, summed over the response tokens only. Semantics: dropout off.
template <class M>
concept LogProbModel = requires(M& m, std::span<SequenceView const> y_given_x) {
  { m.log_probs(y_given_x) } -> std::same_as<std::vector<float>>;
};

/// What forward() keeps for backward().
template <class M>
using TapeOf = decltype(std::declval<M&>().forward(std::declval<std::span<SequenceView const>>()));

/// Can learn: forward() keeps what backward() needs in a tape; backward() consumes the tape and adds
/// sum_i weight[i] * d log p(y_i | x_i) / d theta to the gradient. Semantics: forward(z).log_probs() equals
/// log_probs(z) bit for bit, so the first preference loss of a stage is exactly log 2.
template <class M>
concept DifferentiableLogProbModel = LogProbModel<M> &&
    requires(M& m, std::span<SequenceView const> y_given_x, TapeOf<M> tape, std::span<float const> weight) {
  { std::as_const(tape).log_probs() } -> std::convertible_to<std::span<float const>>;
  m.backward(std::move(tape), weight);
};

} // namespace srlm
