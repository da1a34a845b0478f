/// VectorFunctions over Highway, for the instruction set that this file is included for: once for each of them, by
/// highway_vectors.hpp.
#include <hwy/highway.h> // first: it tells instruction sets apart
#if defined(SRLM_HIGHWAY_VECTORS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef SRLM_HIGHWAY_VECTORS_INL
#undef SRLM_HIGHWAY_VECTORS_INL
#else
#define SRLM_HIGHWAY_VECTORS_INL
#endif

#include <srlm/backend/vector_functions.hpp>
#include <hwy/contrib/math/math-inl.h>
#include <algorithm> // copy_n, fill_n
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace srlm::host {
namespace HWY_NAMESPACE {
namespace vectors {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, 16>;
using Vector = hn::Vec<Tag>;

/// Floats from i on of a row of n; what is missing is `fill`.
HWY_INLINE Vector load(float const* row, std::size_t i, std::size_t n, float fill = 0) {
  Tag const tag;
  std::size_t const lanes = hn::Lanes(tag);
  if (i + lanes <= n) {
    return hn::LoadU(tag, row + i);
  }
  HWY_ALIGN float last[16];
  std::fill_n(std::copy_n(row + i, i < n ? n - i : 0, last), i < n ? lanes - (n - i) : lanes, fill);
  return hn::Load(tag, last);
}
HWY_INLINE void store(Vector x, float* row, std::size_t i, std::size_t n) {
  Tag const tag;
  if (i + hn::Lanes(tag) <= n) {
    hn::StoreU(x, tag, row + i);
  } else {
    HWY_ALIGN float last[16];
    hn::Store(x, tag, last);
    std::copy_n(last, n - i, row + i);
  }
}
HWY_INLINE Vector of(float x) { return hn::Set(Tag(), x); }

/// The lanes' sum in their order, in double.
HWY_INLINE double sum_of(Vector x) {
  Tag const tag;
  HWY_ALIGN float lanes[16];
  hn::Store(x, tag, lanes);
  double sum = 0;
  for (std::size_t i = 0; i < hn::Lanes(tag); ++i) {
    sum += static_cast<double>(lanes[i]);
  }
  return sum;
}

/// work(i) for each vector of a row of n.
template <class Work>
HWY_INLINE void over(std::size_t n, Work const& work) {
  for (std::size_t i = 0; i < n; i += hn::Lanes(Tag())) {
    work(i);
  }
}

/// The sum of terms(i) over a row of n, in four sums that are added at the end.
template <class Terms>
HWY_INLINE double sum_over(std::size_t n, Terms const& terms) {
  std::size_t const lanes = hn::Lanes(Tag());
  Vector a = of(0), b = of(0), c = of(0), d = of(0);
  std::size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    a = hn::Add(a, terms(i));
    b = hn::Add(b, terms(i + lanes));
    c = hn::Add(c, terms(i + 2 * lanes));
    d = hn::Add(d, terms(i + 3 * lanes));
  }
  for (; i < n; i += lanes) {
    a = hn::Add(a, terms(i));
  }
  return sum_of(a) + sum_of(b) + sum_of(c) + sum_of(d);
}

/// exp(x); of what is no number, that.
HWY_INLINE Vector exponential(Vector x) {
  Tag const tag;
  return hn::IfThenElse(hn::Eq(x, x), hn::Exp(tag, hn::Min(x, of(104))), x);
}
HWY_INLINE Vector sigmoid(Vector x) { return hn::Div(of(1), hn::Add(of(1), exponential(hn::Neg(x)))); }

inline double sum_of_squares(float const* x, std::size_t n) {
  return sum_over(n, [=](std::size_t i) HWY_ATTR {
    Vector const v = load(x, i, n);
    return hn::Mul(v, v);
  });
}
inline double sum_of_products(float const* x, float const* y, std::size_t n) {
  return sum_over(n, [=](std::size_t i) HWY_ATTR { return hn::Mul(load(x, i, n), load(y, i, n)); });
}
inline double sum_of_triples(float const* x, float const* y, float const* z, std::size_t n) {
  return sum_over(
      n, [=](std::size_t i) HWY_ATTR { return hn::Mul(hn::Mul(load(x, i, n), load(y, i, n)), load(z, i, n)); });
}
inline void scale_product(float factor, float const* x, float const* y, float* out, std::size_t n) {
  over(n,
       [=](std::size_t i) HWY_ATTR { store(hn::Mul(hn::Mul(load(x, i, n), of(factor)), load(y, i, n)), out, i, n); });
}
inline void add_product(float factor, float const* x, float const* y, float* to, std::size_t n) {
  over(n, [=](std::size_t i) HWY_ATTR {
    store(hn::MulAdd(hn::Mul(load(x, i, n), load(y, i, n)), of(factor), load(to, i, n)), to, i, n);
  });
}
inline void add(float const* x, float* to, std::size_t n) {
  over(n, [=](std::size_t i) HWY_ATTR { store(hn::Add(load(to, i, n), load(x, i, n)), to, i, n); });
}
inline void add_norm_gradient(float s, float const* d, float const* g, float k, float const* x, float* to,
                              std::size_t n) {
  over(n, [=](std::size_t i) HWY_ATTR {
    Vector const gradient = hn::MulAdd(of(s), hn::Mul(load(d, i, n), load(g, i, n)), load(to, i, n));
    store(hn::NegMulAdd(of(k), load(x, i, n), gradient), to, i, n);
  });
}
inline void rotate(float* first, float* second, float const* cosine, float const* sine, float sign, std::size_t n) {
  over(n, [=](std::size_t i) HWY_ATTR {
    Vector const x = load(first, i, n), y = load(second, i, n), c = load(cosine, i, n),
                 s = hn::Mul(of(sign), load(sine, i, n));
    store(hn::NegMulAdd(y, s, hn::Mul(x, c)), first, i, n);
    store(hn::MulAdd(x, s, hn::Mul(y, c)), second, i, n);
  });
}
inline void swiglu(float const* gate, float const* up, float* out, std::size_t n) {
  over(n, [=](std::size_t i) HWY_ATTR {
    Vector const g = load(gate, i, n);
    store(hn::Mul(hn::Mul(g, sigmoid(g)), load(up, i, n)), out, i, n);
  });
}
inline void swiglu_backward(float const* gate, float const* up, float const* d_out, float* d_gate, float* d_up,
                            std::size_t n) {
  over(n, [=](std::size_t i) HWY_ATTR {
    Vector const g = load(gate, i, n), u = load(up, i, n), d = load(d_out, i, n), share = sigmoid(g),
                 slope = hn::MulAdd(g, hn::Sub(of(1), share), of(1));
    store(hn::Mul(hn::Mul(d, u), hn::Mul(share, slope)), d_gate, i, n);
    store(hn::Mul(d, hn::Mul(g, share)), d_up, i, n);
  });
}
inline float largest(float const* x, std::size_t n) {
  constexpr float lowest = -std::numeric_limits<float>::infinity();
  Vector most = of(lowest);
  over(n, [&](std::size_t i) HWY_ATTR { most = hn::Max(most, load(x, i, n, lowest)); });
  return hn::GetLane(hn::MaxOfLanes(Tag(), most));
}
inline double sum_of_exponentials(float const* x, float shift, std::size_t n) {
  constexpr float lowest = -std::numeric_limits<float>::infinity();
  return sum_over(n, [=](std::size_t i) HWY_ATTR { return exponential(hn::Sub(load(x, i, n, lowest), of(shift))); });
}
inline double exponentials(float const* x, float shift, float inverse, float factor, float* out, std::size_t n) {
  constexpr float lowest = -std::numeric_limits<float>::infinity();
  return sum_over(n, [=](std::size_t i) HWY_ATTR {
    Vector const e = hn::Mul(of(factor), exponential(hn::Mul(hn::Sub(load(x, i, n, lowest), of(shift)), of(inverse))));
    store(e, out, i, n);
    return e;
  });
}
inline void softmax_backward(float const* w, float dot, float* d, std::size_t n) {
  over(n, [=](std::size_t i) HWY_ATTR { store(hn::Mul(load(w, i, n), hn::Sub(load(d, i, n), of(dot))), d, i, n); });
}

/// Four rows by two vectors: each pair of loads serves all four. += factors[0], [stride], [2 stride], [3 stride] times
/// x and y. Not an array: vectors of some instruction sets have no size that the compiler knows.
HWY_INLINE void add_to_four(float const* factors, std::size_t stride, Vector x, Vector y, Vector& a0, Vector& a1,
                            Vector& b0, Vector& b1, Vector& c0, Vector& c1, Vector& d0, Vector& d1) {
  Vector const a = of(factors[0]), b = of(factors[stride]), c = of(factors[2 * stride]), d = of(factors[3 * stride]);
  a0 = hn::MulAdd(a, x, a0);
  a1 = hn::MulAdd(a, y, a1);
  b0 = hn::MulAdd(b, x, b0);
  b1 = hn::MulAdd(b, y, b1);
  c0 = hn::MulAdd(c, x, c0);
  c1 = hn::MulAdd(c, y, c1);
  d0 = hn::MulAdd(d, x, d0);
  d1 = hn::MulAdd(d, y, d1);
}

/// Two vectors of a row of n, of which the second may lie behind it.
HWY_INLINE Vector load_second(float const* row, std::size_t i, std::size_t n) {
  return i < n ? load(row, i, n) : of(0);
}
HWY_INLINE void store_two(Vector first, Vector second, float* row, std::size_t i, std::size_t n) {
  std::size_t const next = i + hn::Lanes(Tag());
  store(first, row, i, n);
  if (next < n) {
    store(second, row, next, n);
  }
}

inline void page_scores(float const* q, std::size_t depth, float const* keys, float* scores, std::size_t score_stride) {
  std::size_t const lanes = hn::Lanes(Tag());
  for (std::size_t j = 0; j < page_length; j += 2 * lanes) {
    Vector a0 = of(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
    for (std::size_t k = 0; k < depth; ++k) {
      float const* const key = keys + k * page_length;
      add_to_four(q + k, depth, load(key, j, page_length), load_second(key, j + lanes, page_length), a0, a1, b0, b1, c0,
                  c1, d0, d1);
    }
    store_two(a0, a1, scores, j, page_length);
    store_two(b0, b1, scores + score_stride, j, page_length);
    store_two(c0, c1, scores + 2 * score_stride, j, page_length);
    store_two(d0, d1, scores + 3 * score_stride, j, page_length);
  }
}
inline void add_weighted_values(float const* weights, std::size_t weight_stride, float const* values, std::size_t count,
                                std::size_t depth, float* out) {
  std::size_t const lanes = hn::Lanes(Tag());
  float *const b = out + depth, *const c = b + depth, *const d = c + depth;
  for (std::size_t i = 0; i < depth; i += 2 * lanes) {
    Vector a0 = load(out, i, depth), a1 = load_second(out, i + lanes, depth), b0 = load(b, i, depth),
           b1 = load_second(b, i + lanes, depth), c0 = load(c, i, depth), c1 = load_second(c, i + lanes, depth),
           d0 = load(d, i, depth), d1 = load_second(d, i + lanes, depth);
    for (std::size_t j = 0; j < count; ++j) {
      float const* const value = values + j * depth;
      add_to_four(weights + j, weight_stride, load(value, i, depth), load_second(value, i + lanes, depth), a0, a1, b0,
                  b1, c0, c1, d0, d1);
    }
    store_two(a0, a1, out, i, depth);
    store_two(b0, b1, b, i, depth);
    store_two(c0, c1, c, i, depth);
    store_two(d0, d1, d, i, depth);
  }
}

inline VectorFunctions vector_functions() {
  return {sum_of_squares,    sum_of_products,  sum_of_triples, scale_product,      add_product, add,
          add_norm_gradient, rotate,           swiglu,         swiglu_backward,    largest,     sum_of_exponentials,
          exponentials,      softmax_backward, page_scores,    add_weighted_values};
}

} // namespace vectors
using vectors::vector_functions;
} // namespace HWY_NAMESPACE
} // namespace srlm::host
HWY_AFTER_NAMESPACE();
#endif
