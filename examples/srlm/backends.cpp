#include "backends.hpp"
#include <srlm/backend/eigen.hpp>
#include <srlm/core/error.hpp>
#if defined(SRLM_COMMAND_ONEDNN)
#include <srlm/backend/onednn.hpp>
#endif
#if defined(SRLM_COMMAND_XTENSOR)
#include <srlm/backend/xtensor.hpp>
#endif
#if defined(SRLM_COMMAND_CUDA)
#include "cuda_backend.hpp"
#endif
#include <string_view>

namespace srlm::cli {
namespace {

template <class B>
AnyBackend made(int threads) {
  return AnyBackend(B(threads));
}

/// A tensor policy is one line here.
struct {
  std::string_view name;
  AnyBackend (*make)(int threads);
} constexpr backends[] = {
    {"eigen", made<EigenBackend>},
#if defined(SRLM_COMMAND_ONEDNN)
    {"onednn", made<OneDnnBackend>},
#endif
#if defined(SRLM_COMMAND_XTENSOR)
    {"xtensor", made<XtensorBackend>},
#endif
#if defined(SRLM_COMMAND_CUDA)
    {"cuda", [](int) { return cuda_backend(); }}, // threads are the GPU's own
    {"cuda-bf16", [](int) { return cuda_bf16_backend(); }},
#endif
};

} // namespace

std::vector<std::string> backend_names() {
  std::vector<std::string> names;
  for (auto const& backend : backends) {
    names.emplace_back(backend.name);
  }
  return names;
}

AnyBackend make_backend(std::string const& name, int threads) {
  for (auto const& backend : backends) {
    if (name == backend.name) {
      return backend.make(threads);
    }
  }
  throw Error("tensor policy", "\"" + name + "\"", "one that this program was built with");
}

} // namespace srlm::cli
