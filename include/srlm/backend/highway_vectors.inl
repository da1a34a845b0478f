/// VectorFunctions over Highway, for the instruction set that this file is included for: once for each of them, by
/// highway_vectors.hpp.
#include <hwy/highway.h> // first: it tells instruction sets apart
#if defined(SRLM_HIGHWAY_VECTORS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef SRLM_HIGHWAY_VECTORS_INL
#undef SRLM_HIGHWAY_VECTORS_INL
#else
#define SRLM_HIGHWAY_VECTORS_INL
#endif

#include <srlm/backend/adamw_element.hpp>
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

/// Where a vector lies in a row: inside it, or at the end of its n floats.
struct Inside {};
struct End {
  std::size_t n;
};

/// A vector's floats from i on; what is missing at the end is `fill`.
HWY_INLINE Vector load(Inside, float const* row, std::size_t i, float = 0) { return hn::LoadU(Tag(), row + i); }
HWY_INLINE Vector load(End end, float const* row, std::size_t i, float fill = 0) {
  Tag const tag;
  HWY_ALIGN float last[16];
  std::fill_n(last, 16, fill);
  std::copy_n(row + i, end.n - i, last);
  return hn::Load(tag, last);
}
HWY_INLINE void store(Inside, Vector x, float* row, std::size_t i) { hn::StoreU(x, Tag(), row + i); }
HWY_INLINE void store(End end, Vector x, float* row, std::size_t i) {
  HWY_ALIGN float last[16];
  hn::Store(x, Tag(), last);
  std::copy_n(last, end.n - i, row + i);
}
HWY_INLINE Vector of(float x) { return hn::Set(Tag(), x); }

/// work(where, i) for each vector of a row of n.
template <class Work>
HWY_INLINE void over(std::size_t n, Work const& work) {
  std::size_t const lanes = hn::Lanes(Tag());
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    work(Inside{}, i);
  }
  if (i < n) {
    work(End{n}, i);
  }
}

/// The sum of terms(where, i) over a row of n, in four sums that are added at the end.
template <class Terms>
HWY_INLINE double sum_over(std::size_t n, Terms const& terms) {
  std::size_t const lanes = hn::Lanes(Tag());
  Vector a = of(0), b = of(0), c = of(0), d = of(0);
  std::size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    a = hn::Add(a, terms(Inside{}, i));
    b = hn::Add(b, terms(Inside{}, i + lanes));
    c = hn::Add(c, terms(Inside{}, i + 2 * lanes));
    d = hn::Add(d, terms(Inside{}, i + 3 * lanes));
  }
  for (; i + lanes <= n; i += lanes) {
    a = hn::Add(a, terms(Inside{}, i));
  }
  if (i < n) {
    b = hn::Add(b, terms(End{n}, i));
  }
  Vector const all = hn::Add(hn::Add(a, b), hn::Add(c, d));
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(Tag(), all)));
}

/// exp(x) for -87 < x < 88, as 2^n exp(r) with r in half of ln 2 around 0: the series ends behind r^7, where it is off
/// by less than 2^-27.
HWY_INLINE Vector exponential_between(Vector x) {
  Tag const tag;
  hn::RebindToSigned<Tag> const whole_numbers;
  Vector const n = hn::Round(hn::Mul(x, of(1.44269504f)));                                       // 1 / ln 2
  Vector const r = hn::NegMulAdd(n, of(-2.12194440e-4f), hn::NegMulAdd(n, of(0.693359375f), x)); // n ln 2, in two parts
  Vector sum = of(1.0f / 5040);
  for (float factor : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) {
    sum = hn::MulAdd(sum, r, of(factor));
  }
  auto const power = hn::ShiftLeft<23>(hn::ConvertTo(whole_numbers, n));
  return hn::BitCast(tag, hn::Add(hn::BitCast(whole_numbers, sum), power));
}

/// exp(x); of what is no number, that.
HWY_INLINE Vector exponential(Vector x) {
  Tag const tag;
  if (hn::AllTrue(tag, hn::And(hn::Gt(x, of(-87)), hn::Lt(x, of(88))))) {
    return exponential_between(x);
  }
  return hn::IfThenElse(hn::Eq(x, x), hn::Exp(tag, hn::Min(x, of(104))), x);
}
HWY_INLINE Vector sigmoid(Vector x) { return hn::Div(of(1), hn::Add(of(1), exponential(hn::Neg(x)))); }

inline double sum_of_squares(float const* x, std::size_t n) {
  return sum_over(n, [=](auto where, std::size_t i) HWY_ATTR {
    Vector const v = load(where, x, i);
    return hn::Mul(v, v);
  });
}
inline double sum_of_products(float const* x, float const* y, std::size_t n) {
  return sum_over(n, [=](auto where, std::size_t i) HWY_ATTR { return hn::Mul(load(where, x, i), load(where, y, i)); });
}
inline double sum_of_triples(float const* x, float const* y, float const* z, std::size_t n) {
  return sum_over(n, [=](auto where, std::size_t i) HWY_ATTR {
    return hn::Mul(hn::Mul(load(where, x, i), load(where, y, i)), load(where, z, i));
  });
}
inline void scale_product(float factor, float const* x, float const* y, float* out, std::size_t n) {
  over(n, [=](auto where, std::size_t i)
              HWY_ATTR { store(where, hn::Mul(hn::Mul(load(where, x, i), of(factor)), load(where, y, i)), out, i); });
}
inline void add_product(float factor, float const* x, float const* y, float* to, std::size_t n) {
  over(n, [=](auto where, std::size_t i) HWY_ATTR {
    store(where, hn::MulAdd(hn::Mul(load(where, x, i), load(where, y, i)), of(factor), load(where, to, i)), to, i);
  });
}
inline void add(float const* x, float* to, std::size_t n) {
  over(n, [=](auto where, std::size_t i)
              HWY_ATTR { store(where, hn::Add(load(where, to, i), load(where, x, i)), to, i); });
}
inline void add_norm_gradient(float s, float const* d, float const* g, float k, float const* x, float* to,
                              std::size_t n) {
  over(n, [=](auto where, std::size_t i) HWY_ATTR {
    Vector const gradient = hn::MulAdd(of(s), hn::Mul(load(where, d, i), load(where, g, i)), load(where, to, i));
    store(where, hn::NegMulAdd(of(k), load(where, x, i), gradient), to, i);
  });
}
inline void rotate(float* first, float* second, float const* cosine, float const* sine, float sign, std::size_t n) {
  over(n, [=](auto where, std::size_t i) HWY_ATTR {
    Vector const x = load(where, first, i), y = load(where, second, i), c = load(where, cosine, i),
                 s = hn::Mul(of(sign), load(where, sine, i));
    store(where, hn::NegMulAdd(y, s, hn::Mul(x, c)), first, i);
    store(where, hn::MulAdd(x, s, hn::Mul(y, c)), second, i);
  });
}
inline void swiglu(float const* gate, float const* up, float* out, std::size_t n) {
  over(n, [=](auto where, std::size_t i) HWY_ATTR {
    Vector const g = load(where, gate, i);
    store(where, hn::Mul(hn::Mul(g, sigmoid(g)), load(where, up, i)), out, i);
  });
}
inline void swiglu_backward(float const* gate, float const* up, float const* d_out, float* d_gate, float* d_up,
                            std::size_t n) {
  over(n, [=](auto where, std::size_t i) HWY_ATTR {
    Vector const g = load(where, gate, i), u = load(where, up, i), d = load(where, d_out, i), share = sigmoid(g),
                 slope = hn::MulAdd(g, hn::Sub(of(1), share), of(1));
    store(where, hn::Mul(hn::Mul(d, u), hn::Mul(share, slope)), d_gate, i);
    store(where, hn::Mul(d, hn::Mul(g, share)), d_up, i);
  });
}
inline float largest(float const* x, std::size_t n) {
  constexpr float lowest = -std::numeric_limits<float>::infinity();
  Vector most = of(lowest);
  over(n, [&](auto where, std::size_t i) HWY_ATTR { most = hn::Max(most, load(where, x, i, lowest)); });
  return n == 0 ? lowest : hn::GetLane(hn::MaxOfLanes(Tag(), most)); // Highway's own lowest may be a finite number
}
inline double sum_of_exponentials(float const* x, float shift, std::size_t n) {
  constexpr float lowest = -std::numeric_limits<float>::infinity();
  return sum_over(n, [=](auto where, std::size_t i)
                         HWY_ATTR { return exponential(hn::Sub(load(where, x, i, lowest), of(shift))); });
}
inline double exponentials(float const* x, float shift, float inverse, float factor, float* out, std::size_t n) {
  constexpr float lowest = -std::numeric_limits<float>::infinity();
  return sum_over(n, [=](auto where, std::size_t i) HWY_ATTR {
    Vector const e =
        hn::Mul(of(factor), exponential(hn::Mul(hn::Sub(load(where, x, i, lowest), of(shift)), of(inverse))));
    store(where, e, out, i);
    return e;
  });
}
inline void softmax_backward(float const* w, float dot, float* d, std::size_t n) {
  over(n, [=](auto where, std::size_t i)
              HWY_ATTR { store(where, hn::Mul(load(where, w, i), hn::Sub(load(where, d, i), of(dot))), d, i); });
}

/// adamw_element()'s formula.
inline void adamw(AdamWFactors const& factors, float* value, float const* gradient, float* first, float* second,
                  std::size_t n) {
  Vector const scale = of(factors.scale), keep1 = of(factors.beta1), take1 = of(1 - factors.beta1),
               keep2 = of(factors.beta2), take2 = of(1 - factors.beta2), forward = of(factors.forward),
               root = of(1 / factors.root), epsilon = of(factors.epsilon), keep = of(factors.keep);
  over(n, [&](auto where, std::size_t i) HWY_ATTR {
    Vector const g = hn::Mul(load(where, gradient, i), scale);
    Vector const m = hn::MulAdd(keep1, load(where, first, i), hn::Mul(take1, g));
    Vector const v = hn::MulAdd(keep2, load(where, second, i), hn::Mul(take2, hn::Mul(g, g)));
    Vector const down = hn::Div(hn::Mul(forward, m), hn::MulAdd(hn::Sqrt(v), root, epsilon));
    store(where, m, first, i);
    store(where, v, second, i);
    store(where, hn::MulSub(keep, load(where, value, i), down), value, i);
  });
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

/// A vector of a row of n, which may begin behind it.
HWY_INLINE Vector load_or_zero(float const* row, std::size_t i, std::size_t n) {
  return i + hn::Lanes(Tag()) <= n ? load(Inside{}, row, i) : i < n ? load(End{n}, row, i) : of(0);
}
HWY_INLINE void store_two(Vector first, Vector second, float* row, std::size_t i, std::size_t n) {
  auto const one = [=](Vector x, std::size_t at) HWY_ATTR {
    if (at + hn::Lanes(Tag()) <= n) {
      store(Inside{}, x, row, at);
    } else if (at < n) {
      store(End{n}, x, row, at);
    }
  };
  one(first, i);
  one(second, i + hn::Lanes(Tag()));
}

inline void page_scores(float const* q, std::size_t depth, float const* keys, float* scores, std::size_t score_stride) {
  std::size_t const lanes = hn::Lanes(Tag());
  for (std::size_t j = 0; j < page_length; j += 2 * lanes) {
    Vector a0 = of(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
    for (std::size_t k = 0; k < depth; ++k) {
      float const* const key = keys + k * page_length;
      add_to_four(q + k, depth, load_or_zero(key, j, page_length), load_or_zero(key, j + lanes, page_length), a0, a1,
                  b0, b1, c0, c1, d0, d1);
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
    Vector a0 = load_or_zero(out, i, depth), a1 = load_or_zero(out, i + lanes, depth), b0 = load_or_zero(b, i, depth),
           b1 = load_or_zero(b, i + lanes, depth), c0 = load_or_zero(c, i, depth),
           c1 = load_or_zero(c, i + lanes, depth), d0 = load_or_zero(d, i, depth),
           d1 = load_or_zero(d, i + lanes, depth);
    for (std::size_t j = 0; j < count; ++j) {
      float const* const value = values + j * depth;
      add_to_four(weights + j, weight_stride, load_or_zero(value, i, depth), load_or_zero(value, i + lanes, depth), a0,
                  a1, b0, b1, c0, c1, d0, d1);
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
          exponentials,      softmax_backward, page_scores,    add_weighted_values, adamw};
}

} // namespace vectors
using vectors::vector_functions;
} // namespace HWY_NAMESPACE
} // namespace srlm::host
HWY_AFTER_NAMESPACE();
#endif
