/// VectorFunctions over Eigen's arrays and the compilers' vectors, for the instruction set that the program is compiled
/// for.
#pragma once
#include <srlm/backend/adamw_element.hpp>
#include <srlm/backend/eigen_core.hpp>
#include <srlm/backend/lanes_attention.hpp>
#include <algorithm> // fill
#include <limits>

namespace srlm::host {
namespace eigen {

inline constexpr float lowest = -std::numeric_limits<float>::infinity();

/// work(i, load) for each block of a row of n, load(x) being its part of x.
template <class Work>
void over(std::size_t n, Work const& work) {
  for (std::size_t i = 0; i < n; i += block_length) {
    work(i, [=](float const* x) { return load_block(x, i, n); });
  }
}

inline double sum_of_squares(float const* x, std::size_t n) {
  Block sum = Block::Zero();
  over(n, [&](std::size_t, auto load) {
    Block const v = load(x);
    sum += v * v;
  });
  return sum_of(sum);
}
inline double sum_of_products(float const* x, float const* y, std::size_t n) {
  Block sum = Block::Zero();
  over(n, [&](std::size_t, auto load) { sum += load(x) * load(y); });
  return sum_of(sum);
}
inline double sum_of_triples(float const* x, float const* y, float const* z, std::size_t n) {
  Block sum = Block::Zero();
  over(n, [&](std::size_t, auto load) { sum += load(x) * load(y) * load(z); });
  return sum_of(sum);
}
inline void scale_product(float factor, float const* x, float const* y, float* out, std::size_t n) {
  over(n, [=](std::size_t i, auto load) { store_block(load(x) * factor * load(y), out, i, n); });
}
inline void add_product(float factor, float const* x, float const* y, float* to, std::size_t n) {
  over(n, [=](std::size_t i, auto load) { store_block(load(to) + load(x) * load(y) * factor, to, i, n); });
}
inline void add(float const* x, float* to, std::size_t n) {
  over(n, [=](std::size_t i, auto load) { store_block(load(to) + load(x), to, i, n); });
}
inline void add_norm_gradient(float s, float const* d, float const* g, float k, float const* x, float* to,
                              std::size_t n) {
  over(n, [=](std::size_t i, auto load) { store_block(load(to) + s * (load(d) * load(g)) - k * load(x), to, i, n); });
}
inline void rotate(float* first, float* second, float const* cosine, float const* sine, float sign, std::size_t n) {
  over(n, [=](std::size_t i, auto load) {
    Block const x = load(first), y = load(second), c = load(cosine), s = sign * load(sine);
    store_block(x * c - y * s, first, i, n);
    store_block(y * c + x * s, second, i, n);
  });
}
inline void swiglu(float const* gate, float const* up, float* out, std::size_t n) {
  over(n, [=](std::size_t i, auto load) {
    Block const g = load(gate);
    store_block(g / (1.0f + (-g).exp()) * load(up), out, i, n);
  });
}
inline void swiglu_backward(float const* gate, float const* up, float const* d_out, float* d_gate, float* d_up,
                            std::size_t n) {
  over(n, [=](std::size_t i, auto load) {
    Block const g = load(gate), u = load(up), d = load(d_out), sigma = 1.0f / (1.0f + (-g).exp());
    store_block(d * u * sigma * (1.0f + g * (1.0f - sigma)), d_gate, i, n);
    store_block(d * g * sigma, d_up, i, n);
  });
}
inline float largest(float const* x, std::size_t n) {
  Block tops = Block::Constant(lowest);
  for (std::size_t i = 0; i < n; i += block_length) {
    tops = tops.max(load_block(x, i, n, lowest));
  }
  return tops.maxCoeff();
}
/// What lies behind the last of n is not counted: exp(-inf) is not exactly 0 in every vector library.
inline void clear_behind(Block& block, std::size_t i, std::size_t n) {
  if (i + block_length > n) {
    std::fill(block.data() + (n - i), block.data() + block_length, 0.0f);
  }
}
inline double sum_of_exponentials(float const* x, float shift, std::size_t n) {
  Block sums = Block::Zero();
  over(n, [&](std::size_t i, auto load) {
    Block e = (load(x) - shift).exp();
    clear_behind(e, i, n);
    sums += e;
  });
  return sum_of(sums);
}
inline double exponentials(float const* x, float shift, float inverse, float factor, float* out, std::size_t n) {
  Block sums = Block::Zero();
  over(n, [&](std::size_t i, auto load) {
    Block e = factor * ((load(x) - shift) * inverse).exp();
    clear_behind(e, i, n);
    store_block(e, out, i, n);
    sums += e;
  });
  return sum_of(sums);
}
inline void softmax_backward(float const* w, float dot, float* d, std::size_t n) {
  over(n, [=](std::size_t i, auto load) { store_block(load(w) * (load(d) - dot), d, i, n); });
}
inline void adamw(AdamWFactors const& factors, float* value, float const* gradient, float* first, float* second,
                  std::size_t n) {
  over(n, [&](std::size_t i, auto load) {
    Block w = load(value), m = load(first), v = load(second);
    adamw_element(factors, w, load(gradient), m, v);
    store_block(w, value, i, n);
    store_block(m, first, i, n);
    store_block(v, second, i, n);
  });
}

} // namespace eigen

inline VectorFunctions const& eigen_vectors() {
  static constexpr VectorFunctions functions{eigen::sum_of_squares,
                                             eigen::sum_of_products,
                                             eigen::sum_of_triples,
                                             eigen::scale_product,
                                             eigen::add_product,
                                             eigen::add,
                                             eigen::add_norm_gradient,
                                             eigen::rotate,
                                             eigen::swiglu,
                                             eigen::swiglu_backward,
                                             eigen::largest,
                                             eigen::sum_of_exponentials,
                                             eigen::exponentials,
                                             eigen::softmax_backward,
                                             page_scores,
                                             add_weighted_values,
                                             eigen::adamw};
  return functions;
}

} // namespace srlm::host
