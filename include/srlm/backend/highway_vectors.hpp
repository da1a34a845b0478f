/// Vector code by Highway, compiled for each instruction set that the compiler knows beyond the one it compiles for
/// anyway, and chosen when the program runs: AVX-512, AVX2, SSE4, NEON, ... A program that is compiled for the machine
/// it runs on has one of them.
#pragma once
#if defined(__AVX512F__) && defined(__AVXVNNI__) && !defined(HWY_WANT_AVX3_DL)
#define HWY_WANT_AVX3_DL // Highway 1.0 forgets to offer it to a program that is compiled for it
#endif
#include <hwy/detect_targets.h>
#if HWY_TARGETS != HWY_STATIC_TARGET
#if defined(HIGHWAY_HWY_FOREACH_TARGET_H_) || defined(HWY_HIGHWAY_INCLUDED)
#error "srlm: other code over Highway belongs behind this header, or where it has several targets, into another file"
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "srlm/backend/highway_vectors.inl"
#include <hwy/foreach_target.h>
#endif
#include <srlm/backend/highway_vectors.inl>

namespace srlm::host {

HWY_EXPORT(vector_functions);

/// The best of this processor's.
inline VectorFunctions choose_highway_vectors() { return HWY_DYNAMIC_DISPATCH(vector_functions)(); }

/// They, chosen once.
inline VectorFunctions const& highway_vectors() {
  static VectorFunctions const functions = choose_highway_vectors();
  return functions;
}

} // namespace srlm::host
