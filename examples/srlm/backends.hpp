/// The tensor policies that --backend knows: the one list.
#pragma once
#include "any_backend.hpp"
#include <srlm/backend/eigen.hpp>
#include <srlm/core/type_list.hpp>
#if defined(SRLM_COMMAND_XTENSOR)
#include <srlm/backend/xtensor.hpp>
#endif
#if defined(SRLM_COMMAND_CUDA)
#include "cuda_backend.hpp"
#endif
#include <optional>
#include <string>
#include <string_view>

namespace srlm::cli {

/// A policy of the processor's, under its name, on so many threads; 0: all.
struct OverEigen {
  static constexpr std::string_view name = "eigen";
  static AnyBackend make(int threads) { return AnyBackend(EigenBackend(threads)); }
};
#if defined(SRLM_COMMAND_XTENSOR)
struct OverXtensor {
  static constexpr std::string_view name = "xtensor";
  static AnyBackend make(int threads) { return AnyBackend(XtensorBackend(threads)); }
};
#endif
#if defined(SRLM_COMMAND_CUDA)
struct OverCuda {
  static constexpr std::string_view name = "cuda";
  static AnyBackend make(int) { return cuda_backend(); }
};
#endif

using Backends = TypeList<OverEigen
#if defined(SRLM_COMMAND_XTENSOR)
                          ,
                          OverXtensor
#endif
#if defined(SRLM_COMMAND_CUDA)
                          ,
                          OverCuda
#endif
                          >;

/// What --backend chooses from, and what of it this program was built without.
inline constexpr char const* backends_in_words =
#if defined(SRLM_COMMAND_CUDA)
    "tensor policy";
#else
    "tensor policy (this program was built without nvcc, so cuda is not among them)";
#endif

/// The policy of that name, on so many threads; 0: all. Throws: Error for a name that none has, and for a policy whose
/// device is not there.
inline AnyBackend make_backend(std::string const& name, int threads) {
  std::optional<AnyBackend> made;
  for_each_type(Backends{}, [&]<class Named>(std::type_identity<Named>) {
    if (name == Named::name) {
      made.emplace(Named::make(threads));
    }
  });
  if (!made) {
    throw Error("tensor policy", "\"" + name + "\"", "one that this program was built with");
  }
  return std::move(*made);
}

} // namespace srlm::cli
