/// The tensor policies that this machine can build: tests of kernels run over each of them.
/// TEMPLATE_LIST_TEST_CASE("...", "", Backends), with TestType for the backend.
#pragma once
#include "support/tolerances.hpp"
#include <srlm/backend/eigen.hpp>
#if defined(SRLM_TEST_ONEDNN)
#include <srlm/backend/onednn.hpp>
#endif
#if defined(SRLM_TEST_XTENSOR)
#include <srlm/backend/xtensor.hpp>
#endif
#include <tuple>

#if defined(SRLM_TEST_ONEDNN) && defined(SRLM_TEST_XTENSOR)
using Backends = std::tuple<srlm::EigenBackend, srlm::OneDnnBackend, srlm::XtensorBackend>;
#elif defined(SRLM_TEST_ONEDNN)
using Backends = std::tuple<srlm::EigenBackend, srlm::OneDnnBackend>;
#elif defined(SRLM_TEST_XTENSOR)
using Backends = std::tuple<srlm::EigenBackend, srlm::XtensorBackend>;
#else
using Backends = std::tuple<srlm::EigenBackend>;
#endif

/// How far an operation of a policy may be from its formula.
template <class B>
inline constexpr double law_tolerance = tolerance::kernel;
#if defined(SRLM_TEST_ONEDNN)
template <>
inline constexpr double law_tolerance<srlm::OneDnnBackend> = tolerance::bf16_kernel;
#endif
