#pragma once
#include "policy.hpp"
#include <fstream>

class MyCheckpointedPolicy : public MyPolicy {
 public:
  /// Writes all that going on from here needs. Throws where it cannot.
  void save_checkpoint(std::filesystem::path const& file) const {
    if (!std::ofstream(file).write("yours", 5)) {
      throw std::runtime_error("cannot write " + file.string());
    }
  }

  /// Becomes, bit for bit, what save_checkpoint() wrote. Throws where it cannot, and is then what it was.
  void load_checkpoint(std::filesystem::path const& file) {
    if (!std::ifstream(file)) {
      throw std::runtime_error("cannot read " + file.string());
    }
  }
};
static_assert(srlm::explain_checkpointed<MyCheckpointedPolicy>());
