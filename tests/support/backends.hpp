/// The tensor policies that this machine can build: tests of kernels run over each of them.
/// TEMPLATE_LIST_TEST_CASE("...", "", Backends), with TestType for the backend.
#pragma once
#include <srlm/backend/eigen.hpp>
#if defined(SRLM_TEST_XTENSOR)
#include <srlm/backend/xtensor.hpp>
#endif
#include <tuple>

#if defined(SRLM_TEST_XTENSOR)
using Backends = std::tuple<srlm::EigenBackend, srlm::XtensorBackend>;
#else
using Backends = std::tuple<srlm::EigenBackend>;
#endif
