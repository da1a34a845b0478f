/// The tensor policies again, for tests of the built-in model: chosen at run time, so that each test program compiles
/// the model once and the kernels (backends.cpp) not at all.
/// TEMPLATE_LIST_TEST_CASE("...", "", ModelBackends) { auto backend = TestType::make(threads); ... }
#pragma once
#include <srlm/backend/any_backend.hpp>
#include <tuple>

struct OverEigen {
  static srlm::AnyBackend make(int threads);
};
struct OverOneDnn { ///< its products are bf16: not in the lists that compare with torch
  static srlm::AnyBackend make(int threads);
};
struct OverXtensor {
  static srlm::AnyBackend make(int threads);
};

#if defined(SRLM_TEST_XTENSOR)
using ModelBackends = std::tuple<OverEigen, OverXtensor>;
#else
using ModelBackends = std::tuple<OverEigen>;
#endif
