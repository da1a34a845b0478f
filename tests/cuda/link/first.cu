/// Two translation units that include every CUDA header, and use what they share, must link into one program.
#include "every_cuda_header.cuh"

#include <cstdio>

void const* seen_by_second();

int main() {
  if (reinterpret_cast<void const*>(&srlm::cuda::in_words) != seen_by_second()) {
    std::puts("srlm::cuda::in_words is two functions in one program: it is not inline");
    return 1;
  }
  return 0;
}
