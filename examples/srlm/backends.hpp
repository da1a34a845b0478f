/// The tensor policies that the program was built with. Their kernels are compiled in backends.cpp, once for all
/// commands.
#pragma once
#include <srlm/backend/any_backend.hpp>
#include <string>
#include <vector>

namespace srlm::cli {

/// The names that --backend knows.
std::vector<std::string> backend_names();

/// The policy of that name, on so many threads; 0: all. Throws: Error for a name that none has.
AnyBackend make_backend(std::string const& name, int threads);

} // namespace srlm::cli
