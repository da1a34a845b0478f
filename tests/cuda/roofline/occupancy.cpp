/// Blocks that a multiprocessor holds at once, by the CUDA toolkit's occupancy calculator. Reads lines
///   MAJOR MINOR SHARED_BYTES_A_MULTIPROCESSOR THREADS SHARED_BYTES_A_BLOCK REGISTERS_A_THREAD
/// and prints a number for each; 0 where the launch does not fit.
#include <cuda_occupancy.h>
#include <climits>
#include <cstdio>

int main() {
  cudaOccDeviceProp machine;
  int threads = 0, registers = 0;
  std::size_t shared = 0;
  while (std::scanf("%d %d %zu %d %zu %d", &machine.computeMajor, &machine.computeMinor,
                    &machine.sharedMemPerMultiprocessor, &threads, &shared, &registers) == 6) {
    machine.maxThreadsPerBlock = 1024;
    machine.maxThreadsPerMultiprocessor = 2048;
    machine.regsPerBlock = machine.regsPerMultiprocessor = 65'536;
    machine.warpSize = 32;
    machine.sharedMemPerBlock = 49'152;
    machine.reservedSharedMemPerBlock = 1024;
    machine.sharedMemPerBlockOptin = machine.sharedMemPerMultiprocessor - machine.reservedSharedMemPerBlock;
    machine.numSms = 1;
    cudaOccFuncAttributes kernel;
    kernel.maxThreadsPerBlock = INT_MAX;
    kernel.numRegs = registers;
    kernel.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
    kernel.maxDynamicSharedSizeBytes = shared;
    kernel.numBlockBarriers = 1;
    cudaOccDeviceState const state;
    cudaOccResult result;
    if (cudaOccMaxActiveBlocksPerMultiprocessor(&result, &machine, &kernel, &state, threads, shared) !=
        CUDA_OCC_SUCCESS) {
      std::fputs("the occupancy calculator refused a launch\n", stderr);
      return 1;
    }
    std::printf("%d\n", result.activeBlocksPerMultiprocessor);
  }
  return 0;
}
