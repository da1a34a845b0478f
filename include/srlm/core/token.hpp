/// The unit that models read and write. Ids travel from the sampler to the loss and are never decoded and encoded
/// again.
#pragma once
#include <cstdint> // int32_t
#include <vector>

namespace srlm {

using Token = std::int32_t;
using Tokens = std::vector<Token>;

} // namespace srlm
