/// A tensor backend, whole unless a member is taken away or made wrong: see cases.hpp. What hides other members is a
/// switch of its own kind (-DALONE_...).
#include <srlm/concepts/explain_tensor_backend.hpp>

template <class T>
struct View {
  std::size_t size() const;
  View subspan(std::size_t) const;
#ifndef ALONE_WRONG_SPAN // your backend's span<T> must be a view that copies and has a default constructor
  View subspan(std::size_t, std::size_t) const;
#endif
};

template <class T>
struct Memory {
#ifdef WRONG_BUFFER // what your backend's allocate<T>(n) returns must be movable and have span() const
  T* span() const;
#else
  View<T> span() const;
#endif
};

struct Backend {
#ifndef WITHOUT_MOVE // your backend must be movable
  Backend(Backend&&) = default;
  Backend& operator=(Backend&&) = default;
#else
  Backend(Backend const&) = delete;
#endif
#ifndef ALONE_SPAN // your backend has no member template span<T>
  template <class T>
  using span = View<T>;
  using Floats = View<float>;
  using Ids = View<std::int32_t>;
  using Matrix = srlm::MatrixView<Backend>;
  using Shape = srlm::AttentionShape const&;
#ifdef WITHOUT_ALLOCATE // your backend has no member allocate<T>(
#elif defined(ALONE_ALLOCATE_IDS) // your backend has no member allocate<T>(std::size_t n) for T = float and std::int32_t
  template <std::same_as<float> T>
  Memory<T> allocate(std::size_t);
#else
  template <class T>
  Memory<T> allocate(std::size_t);
#endif
#ifndef WITHOUT_UPLOAD // your backend has no member upload(
  template <class T>
  void upload(std::span<T const>, View<T>);
#endif
#ifndef WITHOUT_DOWNLOAD // your backend has no member download(
  template <class T>
  void download(View<T>, std::span<T>);
#endif
#ifndef WITHOUT_FILL_ZERO // your backend has no member fill_zero(
  template <class T>
  void fill_zero(View<T>);
#endif
#ifndef WITHOUT_SYNCHRONIZE // your backend has no member synchronize(
  void synchronize();
#endif
#ifdef WRONG_SUM_OF_SQUARES // your backend has no member sum_of_squares(span<float> x): it must return the sum of x^2 as a number
  void sum_of_squares(Floats);
#elif !defined(WITHOUT_SUM_OF_SQUARES) // your backend has no member sum_of_squares(
  double sum_of_squares(Floats);
#endif
#ifndef WITHOUT_ADAMW // your backend has no member adamw(
  void adamw(Floats, Floats, Floats, Floats, srlm::AdamWStep const&);
#endif
#ifndef WITHOUT_MATMUL // your backend has no member matmul(
  void matmul(float, Matrix, srlm::Op, Matrix, srlm::Op, float, Matrix);
#endif
#ifndef WITHOUT_GATHER_ROWS // your backend has no member gather_rows(
  void gather_rows(Matrix, Ids, Matrix);
#endif
#ifndef WITHOUT_SCATTER_ADD_ROWS // your backend has no member scatter_add_rows(
  void scatter_add_rows(Matrix, Ids, Matrix);
#endif
#ifndef WITHOUT_ADD // your backend has no member add(
  void add(Matrix, Matrix);
#endif
#ifndef WITHOUT_ADD_TO_ROWS // your backend has no member add_to_rows(
  void add_to_rows(Floats, Matrix);
#endif
#ifndef WITHOUT_SUM_ROWS // your backend has no member sum_rows(
  void sum_rows(Matrix, Floats);
#endif
#ifdef WRONG_RMS_NORM // your backend has no member rms_norm(MatrixView x, span<float> gain, float epsilon, MatrixView out): it must write x / sqrt(mean of squares + epsilon) * gain, row by row
  void rms_norm(Matrix, float, Matrix); // no gain
#elif !defined(WITHOUT_RMS_NORM) // your backend has no member rms_norm(
  void rms_norm(Matrix, Floats, float, Matrix);
#endif
#ifndef WITHOUT_RMS_NORM_BACKWARD // your backend has no member rms_norm_backward(
  void rms_norm_backward(Matrix, Floats, float, Matrix, Matrix, Floats);
#endif
#ifndef WITHOUT_ROTATE // your backend has no member rotate(
  void rotate(Matrix, std::size_t, Ids, Matrix, Matrix, float);
#endif
#ifndef WITHOUT_SWIGLU // your backend has no member swiglu(
  void swiglu(Matrix, Matrix);
#endif
#ifndef WITHOUT_SWIGLU_BACKWARD // your backend has no member swiglu_backward(
  void swiglu_backward(Matrix, Matrix, Matrix);
#endif
#ifndef ALONE_ATTENTION_PLAN // your backend has no type AttentionPlan
  struct AttentionPlan {};
#ifdef WRONG_PLAN // your backend has no member plan(AttentionLayout const& layout)
  srlm::AttentionLayout plan(srlm::AttentionLayout const&);
#elif !defined(WITHOUT_PLAN) // your backend has no member plan(
  AttentionPlan plan(srlm::AttentionLayout const&);
#endif
#ifndef WITHOUT_WRITE_KEYS // your backend has no member write_keys(
  void write_keys(Matrix, Matrix, AttentionPlan const&, Shape, Floats);
#endif
#ifndef WITHOUT_ATTENTION // your backend has no member attention(
  void attention(Matrix, Floats, AttentionPlan const&, Shape, Matrix, Matrix);
#endif
#ifndef WITHOUT_ATTENTION_BACKWARD // your backend has no member attention_backward(
  void attention_backward(Matrix, Matrix, Matrix, Matrix, Matrix, Matrix, AttentionPlan const&, Shape, Matrix, Matrix,
                          Matrix);
#endif
#endif
#ifndef WITHOUT_COPY_KEYS // your backend has no member copy_keys(
  void copy_keys(Floats, Shape, std::span<srlm::KeyCopy const>);
#endif
#ifndef WITHOUT_LOG_PROBS // your backend has no member log_probs(
  void log_probs(Matrix, Ids, Floats, Floats);
#endif
#ifndef WITHOUT_LOG_PROBS_BACKWARD // your backend has no member log_probs_backward(
  void log_probs_backward(Matrix, Ids, Floats, Floats);
#endif
#ifdef WRONG_SAMPLE // your backend has no member sample(
  srlm::Token sample(Matrix, std::span<srlm::Seed const>, srlm::Sampling const&);
#elif !defined(WITHOUT_SAMPLE) // your backend has no member sample(
  std::vector<srlm::Token> sample(Matrix, std::span<srlm::Seed const>, srlm::Sampling const&);
#endif
#else
  struct AttentionPlan {};
  void synchronize();
#endif
};

static_assert(srlm::explain_tensor_backend<Backend>() && srlm::TensorBackend<Backend>);
