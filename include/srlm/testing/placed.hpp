/// Numbers for the laws of a tensor backend, in its memory.
#pragma once
#include <srlm/testing/tensor_formulas.hpp>
#include <srlm/testing/violation.hpp>
#include <utility> // move

namespace srlm::testing {

/// A matrix in a backend's memory, with `gap` floats after each row that no operation may touch.
template <MemoryBackend B>
class Placed {
 public:
  /// Random numbers in [-1, 1).
  Placed(B& backend, std::size_t rows, std::size_t cols, std::uint64_t seed, std::size_t gap = 0)
      : Placed(backend, rows, cols, random_numbers(rows * (cols + gap), seed), gap) {}
  /// These numbers, gaps included.
  Placed(B& backend, std::size_t rows, std::size_t cols, std::vector<float> numbers, std::size_t gap = 0)
      : b_(&backend),
        rows_(rows),
        cols_(cols),
        stride_(cols + gap),
        given_(std::move(numbers)),
        buffer_(backend.template allocate<float>(given_.size())) {
    b_->upload(std::span<float const>(given_), buffer_.span());
  }

  MatrixView<B> view() const { return {buffer_.span(), rows_, cols_, stride_}; }
  /// All of them, of a matrix without gaps.
  typename B::template span<float> numbers() const { return buffer_.span(); }

  /// What was put there.
  Wide before() const { return {given_, rows_, cols_, stride_}; }
  /// What is there.
  Wide after() const { return {floats(), rows_, cols_, stride_}; }
  std::vector<float> floats() const {
    std::vector<float> now(given_.size());
    b_->download(buffer_.span(), std::span(now));
    return now;
  }

  void expect_gaps_kept(Findings& findings) const {
    std::vector<float> const now = floats();
    bool kept = true;
    for (std::size_t i = 0; i < now.size(); ++i) {
      kept = kept && (i % stride_ < cols_ || now[i] == given_[i]);
    }
    findings.expect_true("no operation writes between the rows of a matrix", kept);
  }

 private:
  B* b_;
  std::size_t rows_, cols_, stride_;
  std::vector<float> given_;
  BufferOf<B, float> buffer_;
};

/// Ids in a backend's memory.
template <MemoryBackend B>
BufferOf<B, std::int32_t> placed_ids(B& backend, std::vector<std::int32_t> const& ids) {
  auto buffer = backend.template allocate<std::int32_t>(ids.size());
  backend.upload(std::span<std::int32_t const>(ids), buffer.span());
  return buffer;
}

} // namespace srlm::testing
