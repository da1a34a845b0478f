/// DecodingBackend: a tensor backend that writes several tokens of every answer by itself, so that the host looks every
/// few steps only. What is between two looks is a window.
#pragma once
#include <srlm/concepts/tensor_backend.hpp>
#include <optional>

namespace srlm {

/// An answer as a window finds it. Its next token draws the first number of seed.fork(number).
struct DecodingRow {
  Token token;                          ///< the last one, whose keys are not yet in the pages ...
  std::int32_t position;                ///< ... and where they will be
  std::int32_t number = 0, at_most = 0; ///< tokens written before; how many more it may have, at least 1
  Seed seed = {};
};

/// What writes, over memory of its own. A step is the model's work on tokens(), positions() and plan(), of which each
/// of rows() is one; it ends with draw() for all of them. The same step, over the same memory, serves all windows: a
/// decoder may record its work and repeat it.
template <class D, class B>
concept DecoderFor = std::movable<D> && requires(D& d, std::span<DecodingRow const> rows, AttentionLayout const& layout,
                                                 std::size_t n, MatrixView<B> logits, void (*step)()) {
  d.begin(rows, layout, n);                                              // at most n steps; see DecodingBackend
  { d.tokens() } -> std::same_as<typename B::template span<Token>>;      // [R], at least as many as rows
  { d.positions() } -> std::same_as<typename B::template span<Token>>;   // [R]
  { d.row_numbers() } -> std::same_as<typename B::template span<Token>>; // [R]: 0, 1, 2, ...
  { d.plan() } -> std::convertible_to<typename B::AttentionPlan const&>;
  d.draw(logits, n);                                    // logits of rows n, n + 1, ...
  d.run(step);                                          // as many steps as begin() was told
  { d.written() } -> std::same_as<std::vector<Tokens>>; // in the window, for each row; waits
};

/// layout: a segment of one row for each, at the last position that the window may write, with the pages up to there. A
/// row stops at one of `ends`, which it writes too, or when it has at_most tokens; then it writes nothing more, neither
/// tokens nor keys. decoder() gives nothing where the backend, chosen at run time, cannot do it.
template <class B>
concept DecodingBackend = TensorBackend<B> && DecoderFor<typename B::Decoder, B> &&
    requires(B& b, AttentionShape const& shape, Sampling const& sampling, std::span<Token const> ends) {
  { b.decoder(shape, sampling, ends) } -> std::same_as<std::optional<typename B::Decoder>>;
};

} // namespace srlm
