/// Matrices in host memory, for tests of what the tensor policies promise beyond the laws.
#pragma once
#include <srlm/testing/tensor_formulas.hpp>

/// rows x cols random numbers in [-1, 1), `gap` unused floats after each row.
struct Host {
  std::vector<float> data;
  std::size_t rows, cols, stride;

  Host(std::size_t r, std::size_t c, std::uint64_t seed, std::size_t gap = 0)
      : data(srlm::testing::random_numbers(r * (c + gap), seed)), rows(r), cols(c), stride(c + gap) {}
  template <class B>
  srlm::MatrixView<B> view() {
    return {data, rows, cols, stride};
  }
  srlm::testing::Wide wide() const { return {data, rows, cols, stride}; }
};
