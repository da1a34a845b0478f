/// Sums of whole spans in a backend's memory: what ranks and their lanes do with gradients.
#pragma once
#include <srlm/concepts/tensor_backend.hpp>

namespace srlm {

/// Memory whose gradients can be summed.
template <class B>
concept GradientBackend = MemoryBackend<B> && requires(B& b, MatrixView<B> m) {
  b.add(m, m); // x, y: y += x
};

/// to += from. In rows, because that is what a backend shares out among its threads.
template <GradientBackend B>
void add_spans(B& backend, typename B::template span<float> from, typename B::template span<float> to) {
  constexpr std::size_t columns = 4096;
  std::size_t const rows = from.size() / columns, rest = from.size() % columns;
  if (rows > 0) {
    backend.add(matrix<B>(from, rows, columns), matrix<B>(to, rows, columns));
  }
  if (rest > 0) {
    backend.add(matrix<B>(from.subspan(rows * columns), 1, rest), matrix<B>(to.subspan(rows * columns), 1, rest));
  }
}

} // namespace srlm
