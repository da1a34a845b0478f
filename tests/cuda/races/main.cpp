/// main [BUG] runs the groups that were linked in: the CUDA policy on the CPU, with every memory access of every kernel
/// compared with the others. Exit code 1 where a law is broken or two accesses race, with a line that says which.
#include "group.hpp"
#include "shadow.hpp"
#include <cstdio>
#include <cstdlib>
#include <exception>

int main(int count, char** arguments) {
  cuda_on_host::planted_bug = count > 1 ? std::atoi(arguments[1]) : 0;
  cuda_on_host::watch = &cuda_on_host::race_detector();
  int status = groups().empty() ? 1 : 0;
  for (Group const& group : groups()) {
    try {
      CudaOnHost backend(std::make_shared<HostDevice>());
      srlm::testing::Findings findings(srlm::testing::tolerance::kernel);
      group.check(backend, findings);
      auto const broken = std::move(findings).take();
      std::printf("%s: %zu laws broken\n%s", group.name, broken.size(), srlm::testing::text_of(broken).c_str());
      status |= broken.empty() ? 0 : 1;
    } catch (std::exception const& error) {
      std::printf("%s: %s\n", group.name, error.what());
      status = 1;
    }
  }
  return status;
}
