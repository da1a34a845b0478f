/// The tensor policies that the program was built with. Their kernels are compiled in backends.cpp, once for all
/// commands.
#pragma once
#include <srlm/backend/any_backend.hpp>
#include <string>
#include <vector>

namespace srlm::cli {

/// The names that --backend knows.
std::vector<std::string> backend_names();

/// What --backend chooses from, and what of it this program was built without.
inline constexpr char const* backends_in_words =
#if defined(SRLM_COMMAND_CUDA)
    "tensor policy";
#else
    "tensor policy (this program was built without nvcc, so cuda is not among them)";
#endif

/// The policy of that name, on so many threads; 0: all. Throws: Error for a name that none has, and for a policy
/// whose device is not there.
AnyBackend make_backend(std::string const& name, int threads);

} // namespace srlm::cli
