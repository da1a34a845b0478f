/// The one place where xtensor's arrays enter (its headers moved in version 0.26), and the few ways in which
/// XtensorBackend looks at memory: a span as an array, a row of a matrix as an array, a sum in double. Every kernel is
/// written row by row over these, so a row's result has no way to depend on the rows beside it.
#pragma once
#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xfixed.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/core/xnoalias.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xtensor.hpp>
#endif
#include <srlm/concepts/tensor_backend.hpp> // MatrixView
#include <array>
#include <cstddef>
#include <span>

namespace srlm::xtensor {

/// n values from `data` on as an array that writes through. The memory must outlive it.
template <class T>
auto array(T* data, std::size_t n) {
  return xt::adapt(data, n, xt::no_ownership(), std::array<std::size_t, 1>{n});
}

template <class T>
auto array(std::span<T> x) {
  return array(x.data(), x.size());
}

/// Row r of a matrix, or `count` of its columns from `first` on.
template <class B>
auto row(MatrixView<B> const& m, std::size_t r, std::size_t first, std::size_t count) {
  return array(m.data.data() + r * m.stride + first, count);
}

template <class B>
auto row(MatrixView<B> const& m, std::size_t r) {
  return row(m, r, 0, m.cols);
}

/// The values as doubles, for sums that must not lose what floats lose.
template <class E>
auto wide(E&& expression) {
  return xt::cast<double>(std::forward<E>(expression));
}

/// The sum of all values, first to last, in double.
template <class E>
double total(E&& expression) {
  return xt::sum<double>(std::forward<E>(expression), xt::evaluation_strategy::immediate)();
}

} // namespace srlm::xtensor
