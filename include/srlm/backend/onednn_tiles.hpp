/// Products of bf16 tiles by oneDNN (versions 2 and 3), each on the thread that asks for it: oneDNN's own threads stay
/// asleep, so that the library's pool is the only one.
#pragma once
#include <srlm/core/error.hpp>
#include <oneapi/dnnl/dnnl.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
// Of the OpenMP that oneDNN itself is linked with; weak, so that a program need not name it.
extern "C" __attribute__((weak)) void omp_set_num_threads(int);
extern "C" __attribute__((weak)) int omp_get_max_threads();
#endif

namespace srlm::onednn {

/// While it lives, what oneDNN does on this thread it does alone.
class AloneOnThisThread {
 public:
#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
  AloneOnThisThread() : before_(omp_get_max_threads != nullptr ? omp_get_max_threads() : 1) { set(1); }
  ~AloneOnThisThread() { set(before_); }
#else
  AloneOnThisThread() = default;
#endif
  AloneOnThisThread(AloneOnThisThread const&) = delete;
  AloneOnThisThread& operator=(AloneOnThisThread const&) = delete;

 private:
#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
  void set(int threads) {
    if (omp_set_num_threads != nullptr && before_ != 1) {
      omp_set_num_threads(threads);
    }
  }
  int before_;
#endif
};

inline dnnl::engine const& engine() {
  static dnnl::engine const cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

inline dnnl::stream& stream() {
  static thread_local dnnl::stream own(engine());
  return own;
}

/// Whether oneDNN multiplies bf16 faster than f32 here, a row always with the same bits: on AVX-512 without matrix
/// tiles (AMX). Where there are those, it takes them for many rows and other instructions for a few.
inline bool multiplies_bf16() {
  auto const there = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  auto const has = [there](dnnl::cpu_isa isa) {
    return (there & static_cast<unsigned>(isa)) == static_cast<unsigned>(isa);
  };
  return has(dnnl::cpu_isa::avx512_core) && !has(dnnl::cpu_isa::avx512_core_amx);
}

/// One kind of product: C[m, n] = A[m, k] B[k, n]. A bf16; C f32; B bf16, rows b_stride apart, or packed as oneDNN
/// likes it (b_stride 0). A and C have no gaps: with gaps in C oneDNN 2.6 falls back to a loop that is a thousand times
/// slower.
struct TileShape {
  std::int64_t m, n, k, b_stride;

  friend bool operator<(TileShape const& a, TileShape const& b) {
    auto const key = [](TileShape const& s) { return std::tuple(s.m, s.n, s.k, s.b_stride); };
    return key(a) < key(b);
  }
};

namespace detail {

using Type = dnnl::memory::data_type;

inline dnnl::memory::desc rows(std::int64_t r, std::int64_t c, Type type, std::int64_t stride) {
  return {{r, c}, type, dnnl::memory::dims{stride, 1}};
}

inline dnnl::matmul::primitive_desc describe(TileShape const& s, dnnl::memory::desc const& b) {
  auto const a = rows(s.m, s.k, Type::bf16, s.k), c = rows(s.m, s.n, Type::f32, s.n);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user); // one a thread
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), a, b, c, attributes};
#else
  return {dnnl::matmul::desc(a, b, c), attributes, engine()};
#endif
}

} // namespace detail

/// How oneDNN lays out the right side of products of so many columns and such a depth: the same for every number of
/// rows.
inline dnnl::memory::desc packed_layout(std::int64_t n, std::int64_t k) {
  dnnl::memory::desc const any({k, n}, detail::Type::bf16, dnnl::memory::format_tag::any);
  return detail::describe({64, n, k, 0}, any).weights_desc();
}

/// One kind of product, made.
class TileProduct {
 public:
  explicit TileProduct(TileShape const& s)
      : about_(detail::describe(
            s, s.b_stride == 0 ? packed_layout(s.n, s.k) : detail::rows(s.k, s.n, detail::Type::bf16, s.b_stride))),
        product_(about_) {}

  /// oneDNN's name of how it does it; what begins with "ref" is a plain loop.
  std::string implementation() const { return about_.impl_info_str(); }

  /// Bytes of scratch that run() needs.
  std::size_t scratch_bytes() const { return about_.scratchpad_desc().get_size(); }

  /// From any thread; a, b and c as the shape says, scratch: this thread's.
  void run(void const* a, void const* b, float* c, void* scratch) const {
    auto const at = [](dnnl::memory::desc const& layout, void const* data) {
      return dnnl::memory(layout, engine(), const_cast<void*>(data));
    };
    product_.execute(stream(), {{DNNL_ARG_SRC, at(about_.src_desc(), a)},
                                {DNNL_ARG_WEIGHTS, at(about_.weights_desc(), b)},
                                {DNNL_ARG_DST, at(about_.dst_desc(), c)},
                                {DNNL_ARG_SCRATCHPAD, at(about_.scratchpad_desc(), scratch)}});
    stream().wait();
  }

 private:
  dnnl::matmul::primitive_desc about_;
  dnnl::matmul product_;
};

/// Every kind of product that was asked for, made once. Not for several threads at once.
class TileProducts {
 public:
  /// Throws: Error that names the shape, where oneDNN cannot.
  TileProduct const& of(TileShape const& s) {
    auto found = made_.find(s);
    if (found == made_.end()) {
      try {
        found = made_.try_emplace(s, s).first;
      } catch (dnnl::error const& e) {
        throw Error("oneDNN's product of bf16 tiles",
                    std::to_string(s.m) + " x " + std::to_string(s.k) + " times " + std::to_string(s.k) + " x " +
                        std::to_string(s.n) + ": " + e.what(),
                    "a product that this oneDNN and processor can do");
      }
    }
    return found->second;
  }

 private:
  std::map<TileShape, TileProduct> made_;
};

} // namespace srlm::onednn
