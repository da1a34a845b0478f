/// A row of data and where it stands.
#pragma once
#include <string>

namespace srlm {

template <class Row>
struct Located {
  Row row;
  std::string where; ///< "file:line"
};

} // namespace srlm
