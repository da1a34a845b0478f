/// The vector code of the host policies: what they do to a row of floats, as pointers to functions, so that the
/// instruction set is chosen when the program runs. Rows may begin anywhere; n may be 0. A sum's order depends on n and
/// the instruction set alone.
#pragma once
#include <srlm/core/attention_layout.hpp>
#include <cstddef>

namespace srlm {
struct AdamWFactors; // adamw_element.hpp
}

namespace srlm::host {

/// Queries that share each load of a key or a value.
inline constexpr std::size_t query_tile = 4;

struct VectorFunctions {
  double (*sum_of_squares)(float const* x, std::size_t n);
  double (*sum_of_products)(float const* x, float const* y, std::size_t n);                ///< of x y
  double (*sum_of_triples)(float const* x, float const* y, float const* z, std::size_t n); ///< of x y z
  /// out = factor x y
  void (*scale_product)(float factor, float const* x, float const* y, float* out, std::size_t n);
  /// to += factor x y
  void (*add_product)(float factor, float const* x, float const* y, float* to, std::size_t n);
  /// to += x
  void (*add)(float const* x, float* to, std::size_t n);
  /// to += s d g - k x: the gradient through a norm
  void (*add_norm_gradient)(float s, float const* d, float const* g, float k, float const* x, float* to, std::size_t n);
  /// (first, second) turned by the angle of (cosine, sign sine)
  void (*rotate)(float* first, float* second, float const* cosine, float const* sine, float sign, std::size_t n);
  /// out = gate sigmoid(gate) up
  void (*swiglu)(float const* gate, float const* up, float* out, std::size_t n);
  void (*swiglu_backward)(float const* gate, float const* up, float const* d_out, float* d_gate, float* d_up,
                          std::size_t n);
  float (*largest)(float const* x, std::size_t n);                           ///< -infinity where n is 0
  double (*sum_of_exponentials)(float const* x, float shift, std::size_t n); ///< of exp(x - shift)
  /// out = factor exp((x - shift) inverse), and their sum; out may be x
  double (*exponentials)(float const* x, float shift, float inverse, float factor, float* out, std::size_t n);
  /// d = w (d - dot): the gradient through a softmax whose weights are w
  void (*softmax_backward)(float const* w, float dot, float* d, std::size_t n);
  /// scores[r][j] = <q[r], key j> for 4 queries and the 64 keys of a page. q [4][D]; keys [D][64]; rows of scores are
  /// score_stride apart.
  void (*page_scores)(float const* q, std::size_t depth, float const* keys, float* scores, std::size_t score_stride);
  /// out[r] += the sum over j < count of weights[r][j] values[j], for 4 queries. values [64][D], out [4][D].
  void (*add_weighted_values)(float const* weights, std::size_t weight_stride, float const* values, std::size_t count,
                              std::size_t depth, float* out);
  /// A step of AdamW on n parameters.
  void (*adamw)(AdamWFactors const& factors, float* value, float const* gradient, float* first, float* second,
                std::size_t n);
};

} // namespace srlm::host
