/// A backend with one member missing at a time (-DWITHOUT_...) or wrong (-DWRONG_...), and whole without: then it must
/// compile and meet its concept.
#include <srlm/concepts/explain_tensor_backend.hpp>

template <class T>
struct View {
  std::size_t size() const;
  View subspan(std::size_t) const;
#ifndef WRONG_SPAN
  View subspan(std::size_t, std::size_t) const;
#endif
};

template <class T>
struct Memory {
#ifdef WRONG_BUFFER
  T* span() const;
#else
  View<T> span() const;
#endif
};

struct Backend {
#ifndef WITHOUT_MOVE
  Backend(Backend&&) = default;
  Backend& operator=(Backend&&) = default;
#else
  Backend(Backend const&) = delete;
#endif
#ifndef WITHOUT_SPAN
  template <class T>
  using span = View<T>;
  using Floats = View<float>;
  using Ids = View<std::int32_t>;
  using Matrix = srlm::MatrixView<Backend>;
  using Shape = srlm::AttentionShape const&;
#ifdef WITHOUT_ALLOCATE
#elif defined(WITHOUT_ALLOCATE_IDS)
  template <std::same_as<float> T>
  Memory<T> allocate(std::size_t);
#else
  template <class T>
  Memory<T> allocate(std::size_t);
#endif
#ifndef WITHOUT_UPLOAD
  template <class T>
  void upload(std::span<T const>, View<T>);
#endif
#ifndef WITHOUT_DOWNLOAD
  template <class T>
  void download(View<T>, std::span<T>);
#endif
#ifndef WITHOUT_FILL_ZERO
  template <class T>
  void fill_zero(View<T>);
#endif
#ifndef WITHOUT_SYNCHRONIZE
  void synchronize();
#endif
#ifdef WRONG_SUM_OF_SQUARES
  void sum_of_squares(Floats);
#elif !defined(WITHOUT_SUM_OF_SQUARES)
  double sum_of_squares(Floats);
#endif
#ifndef WITHOUT_ADAMW
  void adamw(Floats, Floats, Floats, Floats, srlm::AdamWStep const&);
#endif
#ifndef WITHOUT_MATMUL
  void matmul(float, Matrix, srlm::Op, Matrix, srlm::Op, float, Matrix);
#endif
#ifndef WITHOUT_GATHER_ROWS
  void gather_rows(Matrix, Ids, Matrix);
#endif
#ifndef WITHOUT_SCATTER_ADD_ROWS
  void scatter_add_rows(Matrix, Ids, Matrix);
#endif
#ifndef WITHOUT_ADD
  void add(Matrix, Matrix);
#endif
#ifndef WITHOUT_ADD_TO_ROWS
  void add_to_rows(Floats, Matrix);
#endif
#ifndef WITHOUT_SUM_ROWS
  void sum_rows(Matrix, Floats);
#endif
#ifdef WRONG_RMS_NORM
  void rms_norm(Matrix, float, Matrix); // no gain
#elif !defined(WITHOUT_RMS_NORM)
  void rms_norm(Matrix, Floats, float, Matrix);
#endif
#ifndef WITHOUT_RMS_NORM_BACKWARD
  void rms_norm_backward(Matrix, Floats, float, Matrix, Matrix, Floats);
#endif
#ifndef WITHOUT_ROTATE
  void rotate(Matrix, std::size_t, Ids, Matrix, Matrix, float);
#endif
#ifndef WITHOUT_SWIGLU
  void swiglu(Matrix, Matrix);
#endif
#ifndef WITHOUT_SWIGLU_BACKWARD
  void swiglu_backward(Matrix, Matrix, Matrix);
#endif
#ifndef WITHOUT_ATTENTION_PLAN
  struct AttentionPlan {};
#ifdef WRONG_PLAN
  srlm::AttentionLayout plan(srlm::AttentionLayout const&);
#elif !defined(WITHOUT_PLAN)
  AttentionPlan plan(srlm::AttentionLayout const&);
#endif
#ifndef WITHOUT_WRITE_KEYS
  void write_keys(Matrix, Matrix, AttentionPlan const&, Shape, Floats);
#endif
#ifndef WITHOUT_ATTENTION
  void attention(Matrix, Floats, AttentionPlan const&, Shape, Matrix, Matrix);
#endif
#ifndef WITHOUT_ATTENTION_BACKWARD
  void attention_backward(Matrix, Matrix, Matrix, Matrix, Matrix, Matrix, AttentionPlan const&, Shape, Matrix, Matrix,
                          Matrix);
#endif
#endif
#ifndef WITHOUT_COPY_KEYS
  void copy_keys(Floats, Shape, std::span<srlm::KeyCopy const>);
#endif
#ifndef WITHOUT_LOG_PROBS
  void log_probs(Matrix, Ids, Floats, Floats);
#endif
#ifndef WITHOUT_LOG_PROBS_BACKWARD
  void log_probs_backward(Matrix, Ids, Floats, Floats);
#endif
#ifdef WRONG_SAMPLE
  srlm::Token sample(Matrix, std::span<srlm::Seed const>, srlm::Sampling const&);
#elif !defined(WITHOUT_SAMPLE)
  std::vector<srlm::Token> sample(Matrix, std::span<srlm::Seed const>, srlm::Sampling const&);
#endif
#endif
};

static_assert(srlm::explain_tensor_backend<Backend>() && srlm::TensorBackend<Backend>);
