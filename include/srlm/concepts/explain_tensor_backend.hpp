/// One plain sentence for each missing piece of a tensor backend. Use after your class:
/// static_assert(srlm::explain_tensor_backend<MyBackend>());
#pragma once
#include <srlm/concepts/tensor_backend.hpp>

namespace srlm {

namespace detail {

template <class B, class T>
consteval bool check_storage() {
  using Elements = typename B::template span<T>;
  static_assert(SpanFor<B, T>,
                "srlm: your backend's span<T> must be a view that copies and has a default constructor, with size(), "
                "subspan(first) and subspan(first, count), which return the same type");
  constexpr bool allocates = requires(B & b, std::size_t n) { b.template allocate<T>(n); };
  static_assert(allocates,
                "srlm: your backend has no member allocate<T>(std::size_t n) for T = float and std::int32_t: it must "
                "return an owning, movable buffer of n elements, uninitialised; n may be 0");
  if constexpr (allocates) {
    static_assert(
        std::movable<BufferOf<B, T>> &&
            requires(BufferOf<B, T> const& buffer) {
              { buffer.span() } -> std::same_as<Elements>;
            },
        "srlm: what your backend's allocate<T>(n) returns must be movable and have span() const that returns your "
        "span<T> of its n elements");
  }
  static_assert(
      requires(B & b, std::span<T const> from, Elements to) { b.upload(from, to); },
      "srlm: your backend has no member upload(std::span<T const> from, span<T> to) for T = float and std::int32_t: "
      "it must copy from the host");
  static_assert(
      requires(B & b, Elements from, std::span<T> to) { b.download(from, to); },
      "srlm: your backend has no member download(span<T> from, std::span<T> to) for T = float and std::int32_t: it "
      "must copy to the host, and return when the values are there");
  static_assert(
      requires(B & b, Elements x) { b.fill_zero(x); },
      "srlm: your backend has no member fill_zero(span<T> x) for T = float and std::int32_t: it must set every element "
      "to 0");
  return true;
}

template <class B>
inline constexpr bool has_spans = requires {
  typename B::template span<float>;
  typename B::template span<std::int32_t>;
};

} // namespace detail

template <class B>
consteval bool explain_memory_backend() {
  static_assert(std::movable<B>, "srlm: your backend must be movable: it owns its handles and workspace");
  static_assert(detail::has_spans<B>,
                "srlm: your backend has no member template span<T>: write  template <class T> using span = "
                "std::span<T>;  or your own view of memory on a device");
  if constexpr (detail::has_spans<B>) {
    (void)detail::check_storage<B, float>();
    (void)detail::check_storage<B, std::int32_t>();
  }
  static_assert(
      requires(B & b) { b.synchronize(); },
      "srlm: your backend has no member synchronize(): it must wait until all work that was given to it is done");
  return true;
}

template <class B>
consteval bool explain_update_backend() {
  (void)explain_memory_backend<B>();
  if constexpr (detail::has_spans<B>) {
    using Floats = typename B::template span<float>;
    static_assert(
        requires(B & b, Floats x) {
          { b.sum_of_squares(x) } -> std::convertible_to<double>;
        },
        "srlm: your backend has no member sum_of_squares(span<float> x): it must return the sum of x^2 as a number");
    static_assert(
        requires(B & b, Floats x, AdamWStep const& step) { b.adamw(x, x, x, x, step); },
        "srlm: your backend has no member adamw(span<float> value, span<float> gradient, span<float> first, "
        "span<float> "
        "second, AdamWStep const& step): it must update value and both moments in place");
  }
  return true;
}

namespace detail {

template <class B>
consteval bool check_rows() {
  using Matrix = MatrixView<B>;
  using Floats = typename B::template span<float>;
  using Ids = typename B::template span<std::int32_t>;
  static_assert(
      requires(B & b, Matrix m) { b.matmul(1.0f, m, Op::none, m, Op::transpose, 0.0f, m); },
      "srlm: your backend has no member matmul(float alpha, MatrixView A, Op op_a, MatrixView B, Op op_b, float beta, "
      "MatrixView C): it must write C = alpha op(A) op(B) + beta C, with at most one of both transposed");
  static_assert(
      requires(B & b, Matrix m, Ids ids) { b.gather_rows(m, ids, m); },
      "srlm: your backend has no member gather_rows(MatrixView table, span<int32_t> ids, MatrixView out): it must "
      "write out[i] = table[ids[i]], row by row");
  static_assert(
      requires(B & b, Matrix m, Ids ids) { b.scatter_add_rows(m, ids, m); },
      "srlm: your backend has no member scatter_add_rows(MatrixView rows, span<int32_t> ids, MatrixView table): it "
      "must add rows[i] to table[ids[i]], also where ids repeat");
  static_assert(
      requires(B & b, Matrix m) { b.add(m, m); },
      "srlm: your backend has no member add(MatrixView x, MatrixView y): it must add x to y");
  static_assert(
      requires(B & b, Matrix m, Floats x) { b.add_to_rows(x, m); },
      "srlm: your backend has no member add_to_rows(span<float> x, MatrixView y): it must add x to every row of y");
  static_assert(
      requires(B & b, Matrix m, Floats x) { b.sum_rows(m, x); },
      "srlm: your backend has no member sum_rows(MatrixView y, span<float> x): it must add the sum of y's rows to x");
  static_assert(
      requires(B & b, Matrix m, Floats x) { b.rms_norm(m, x, 1e-5f, m); },
      "srlm: your backend has no member rms_norm(MatrixView x, span<float> gain, float epsilon, MatrixView out): it "
      "must "
      "write x / sqrt(mean of squares + epsilon) * gain, row by row");
  static_assert(
      requires(B & b, Matrix m, Floats x) { b.rms_norm_backward(m, x, 1e-5f, m, m, x); },
      "srlm: your backend has no member rms_norm_backward(MatrixView x, span<float> gain, float epsilon, MatrixView "
      "d_out, MatrixView d_x, span<float> d_gain): it must add the derivatives by x and by gain to d_x and d_gain");
  static_assert(
      requires(B & b, Matrix m, Ids ids) { b.rotate(m, std::size_t{}, ids, m, m, 1.0f); },
      "srlm: your backend has no member rotate(MatrixView x, std::size_t head_dim, span<int32_t> positions, MatrixView "
      "cosine, MatrixView sine, float sign): it must turn the pairs (x_i, x_{i + D/2}) of each head in place by sign "
      "times the angle of the row's position");
  static_assert(
      requires(B & b, Matrix m) { b.swiglu(m, m); },
      "srlm: your backend has no member swiglu(MatrixView gate_up, MatrixView out): it must write gate / (1 + "
      "exp(-gate)) * up, where the first half of a row of gate_up is gate and the second half up");
  static_assert(
      requires(B & b, Matrix m) { b.swiglu_backward(m, m, m); },
      "srlm: your backend has no member swiglu_backward(MatrixView gate_up, MatrixView d_out, MatrixView d_gate_up): "
      "it "
      "must write the derivative by gate and up");
  return true;
}

template <class B>
consteval bool check_attention() {
  using Matrix = MatrixView<B>;
  using Floats = typename B::template span<float>;
  using Plan = typename B::AttentionPlan;
  using Shape = AttentionShape;
  static_assert(std::movable<Plan>, "srlm: your backend's type AttentionPlan must be movable");
  static_assert(
      requires(B & b, AttentionLayout const& layout) {
        { b.plan(layout) } -> std::same_as<Plan>;
      },
      "srlm: your backend has no member plan(AttentionLayout const& layout): it must return an AttentionPlan, the "
      "layout "
      "in the form that your attention reads");
  static_assert(
      requires(B & b, Matrix m, Plan const& plan, Shape const& shape, Floats x) { b.write_keys(m, m, plan, shape, x); },
      "srlm: your backend has no member write_keys(MatrixView k, MatrixView v, AttentionPlan const& plan, "
      "AttentionShape const& shape, span<float> pages): it must store row k[row] and v[row] of each write in its slot");
  static_assert(
      requires(B & b, Floats x, Shape const& shape, std::span<KeyCopy const> copies) { b.copy_keys(x, shape, copies); },
      "srlm: your backend has no member copy_keys(span<float> pages, AttentionShape const& shape, std::span<KeyCopy "
      "const> copies): it must copy keys and values of all heads from slot to slot");
  static_assert(
      requires(B & b, Matrix m, Plan const& plan, Shape const& shape, Floats x) {
        b.attention(m, x, plan, shape, m, m);
      },
      "srlm: your backend has no member attention(MatrixView q, span<float> pages, AttentionPlan const& plan, "
      "AttentionShape const& shape, MatrixView out, MatrixView log_sum): it must write softmax(q k^T / sqrt(D)) v over "
      "each row's own and earlier positions, and the log of the sum of exp of its scores");
  static_assert(
      requires(B & b, Matrix m, Plan const& plan, Shape const& shape) {
        b.attention_backward(m, m, m, m, m, m, plan, shape, m, m, m);
      },
      "srlm: your backend has no member attention_backward(MatrixView q, MatrixView k, MatrixView v, MatrixView out, "
      "MatrixView log_sum, MatrixView d_out, AttentionPlan const& plan, AttentionShape const& shape, MatrixView d_q, "
      "MatrixView d_k, MatrixView d_v): it must write the derivatives by q, k and v");
  return true;
}

template <class B>
consteval bool check_head() {
  using Matrix = MatrixView<B>;
  using Floats = typename B::template span<float>;
  using Ids = typename B::template span<std::int32_t>;
  static_assert(
      requires(B & b, Matrix m, Ids ids, Floats x) { b.log_probs(m, ids, x, x); },
      "srlm: your backend has no member log_probs(MatrixView logits, span<int32_t> targets, span<float> log_sum, "
      "span<float> log_prob): it must write the log of the sum of exp(logits) of each row, and logits[target] less it");
  static_assert(
      requires(B & b, Matrix m, Ids ids, Floats x) { b.log_probs_backward(m, ids, x, x); },
      "srlm: your backend has no member log_probs_backward(MatrixView logits, span<int32_t> targets, span<float> "
      "log_sum, span<float> weight): it must turn logits in place into weight (one hot at the target - "
      "softmax(logits))");
  static_assert(
      requires(B & b, Matrix m, std::span<Seed const> seeds, Sampling const& sampling) {
        { b.sample(m, seeds, sampling) } -> std::same_as<std::vector<Token>>;
      },
      "srlm: your backend has no member sample(MatrixView logits, std::span<srlm::Seed const> seeds, srlm::Sampling "
      "const& sampling): it must return std::vector<srlm::Token>, one token a row, drawn with seeds[row] alone");
  return true;
}

} // namespace detail

template <class B>
consteval bool explain_tensor_backend() {
  (void)explain_update_backend<B>();
  constexpr bool has_plan = requires { typename B::AttentionPlan; };
  static_assert(has_plan,
                "srlm: your backend has no type AttentionPlan: what plan(layout) returns; srlm::AttentionLayout itself "
                "will do on the host");
  if constexpr (detail::has_spans<B>) {
    (void)detail::check_rows<B>();
    (void)detail::check_head<B>();
    if constexpr (has_plan) {
      (void)detail::check_attention<B>();
    }
  }
  return true;
}

} // namespace srlm
