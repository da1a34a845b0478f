/// Checks of kernels that run under the race detector, in groups: each file of this folder registers one.
#pragma once
#include "../host_device.hpp"
#include <srlm/testing/tensor_tolerances.hpp>
#include <srlm/testing/violation.hpp>

struct Group {
  char const* name;
  void (*check)(CudaOnHost&, srlm::testing::Findings&);
};

inline std::vector<Group>& groups() {
  static std::vector<Group> all;
  return all;
}

struct Registered {
  Registered(char const* name, void (*check)(CudaOnHost&, srlm::testing::Findings&)) {
    groups().push_back({name, check});
  }
};
