/// Vector code by Highway, compiled for each instruction set that the compiler knows beyond the one it compiles for
/// anyway, and chosen when the program runs: AVX-512, AVX2, SSE4, NEON, ... A program that is compiled for the machine
/// it runs on has one of them.
#pragma once
#if defined(HIGHWAY_HWY_FOREACH_TARGET_H_) && HWY_TARGETS != HWY_STATIC_TARGET
#error "srlm: highway_vectors.hpp needs a source file in which nothing else is compiled for several targets by Highway"
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "srlm/backend/highway_vectors-inl.hpp"
#include <hwy/foreach_target.h> // before the file that it includes

#include <srlm/backend/highway_vectors-inl.hpp>

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
