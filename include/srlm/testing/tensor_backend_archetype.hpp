/// Backends that have what their concept asks for and nothing more: spans that nobody can look through, storage that
/// can only be moved, no default constructors. What compiles over them needs no more than the concept says; nothing
/// here computes, and every call throws.
#pragma once
#include <srlm/concepts/tensor_backend.hpp>
#include <srlm/core/error.hpp>

namespace srlm::testing {

namespace detail {

[[noreturn]] inline void archetype_called() {
  throw Error("an archetype", "a call", "to be compiled with, and never run");
}

} // namespace detail

/// The elements that the library keeps in a backend's memory.
template <class T>
concept Stored = std::same_as<T, float> || std::same_as<T, std::int32_t>;

/// No data(), no operator[], no iterators: the memory may be another device's.
template <Stored T>
class ArchetypeSpan {
 public:
  std::size_t size() const { detail::archetype_called(); }
  ArchetypeSpan subspan(std::size_t) const { detail::archetype_called(); }
  ArchetypeSpan subspan(std::size_t, std::size_t) const { detail::archetype_called(); }
};

template <Stored T>
class ArchetypeBuffer {
 public:
  ArchetypeBuffer() = delete;
  ArchetypeBuffer(ArchetypeBuffer&&) noexcept = default;
  ArchetypeBuffer& operator=(ArchetypeBuffer&&) noexcept = default;

  ArchetypeSpan<T> span() const { detail::archetype_called(); }
};

class MemoryBackendArchetype {
 public:
  template <class T>
  using span = ArchetypeSpan<T>;

  MemoryBackendArchetype() = delete;
  MemoryBackendArchetype(MemoryBackendArchetype&&) noexcept = default;
  MemoryBackendArchetype& operator=(MemoryBackendArchetype&&) noexcept = default;

  template <Stored T>
  ArchetypeBuffer<T> allocate(std::size_t) {
    detail::archetype_called();
  }
  template <Stored T>
  void upload(std::span<T const>, span<T>) {
    detail::archetype_called();
  }
  template <Stored T>
  void download(span<T>, std::span<T>) {
    detail::archetype_called();
  }
  template <Stored T>
  void fill_zero(span<T>) {
    detail::archetype_called();
  }
  void synchronize() { detail::archetype_called(); }
};

class UpdateBackendArchetype : public MemoryBackendArchetype {
 public:
  float sum_of_squares(span<float>) { detail::archetype_called(); }
  void adamw(span<float>, span<float>, span<float>, span<float>, AdamWStep const&) { detail::archetype_called(); }
};

class TensorBackendArchetype : public UpdateBackendArchetype {
  using Matrix = MatrixView<TensorBackendArchetype>;
  using Floats = span<float>;
  using Ids = span<std::int32_t>;

 public:
  class AttentionPlan {
   public:
    AttentionPlan() = delete;
    AttentionPlan(AttentionPlan&&) noexcept = default;
    AttentionPlan& operator=(AttentionPlan&&) noexcept = default;
  };
  using Plan = AttentionPlan const&;
  using Shape = AttentionShape const&;

  void matmul(float, Matrix, Op, Matrix, Op, float, Matrix) { detail::archetype_called(); }
  void gather_rows(Matrix, Ids, Matrix) { detail::archetype_called(); }
  void scatter_add_rows(Matrix, Ids, Matrix) { detail::archetype_called(); }
  void add(Matrix, Matrix) { detail::archetype_called(); }
  void add_to_rows(Floats, Matrix) { detail::archetype_called(); }
  void sum_rows(Matrix, Floats) { detail::archetype_called(); }
  void rms_norm(Matrix, Floats, float, Matrix) { detail::archetype_called(); }
  void rms_norm_backward(Matrix, Floats, float, Matrix, Matrix, Floats) { detail::archetype_called(); }
  void rotate(Matrix, std::size_t, Ids, Matrix, Matrix, float) { detail::archetype_called(); }
  void swiglu(Matrix, Matrix) { detail::archetype_called(); }
  void swiglu_backward(Matrix, Matrix, Matrix) { detail::archetype_called(); }
  AttentionPlan plan(AttentionLayout const&) { detail::archetype_called(); }
  void write_keys(Matrix, Matrix, Plan, Shape, Floats) { detail::archetype_called(); }
  void copy_keys(Floats, Shape, std::span<KeyCopy const>) { detail::archetype_called(); }
  void attention(Matrix, Floats, Plan, Shape, Matrix, Matrix) { detail::archetype_called(); }
  void attention_backward(Matrix, Matrix, Matrix, Matrix, Matrix, Matrix, Plan, Shape, Matrix, Matrix, Matrix) {
    detail::archetype_called();
  }
  void log_probs(Matrix, Ids, Floats, Floats) { detail::archetype_called(); }
  void log_probs_backward(Matrix, Ids, Floats, Floats) { detail::archetype_called(); }
  std::vector<Token> sample(Matrix, std::span<Seed const>, Sampling const&) { detail::archetype_called(); }
};

static_assert(MemoryBackend<MemoryBackendArchetype> && !UpdateBackend<MemoryBackendArchetype>);
static_assert(UpdateBackend<UpdateBackendArchetype> && !TensorBackend<UpdateBackendArchetype>);
static_assert(TensorBackend<TensorBackendArchetype>);

} // namespace srlm::testing
