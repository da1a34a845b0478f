/// Uses the component mpi alone.
#include <srlm/comm/mpi.hpp>

int main(int argc, char** argv) {
  return srlm::run_mpi(argc, argv, [](srlm::MpiRanks& ranks) {
    float own = 1;
    ranks.all_reduce_sum({&own, 1});
    return own == static_cast<float>(ranks.size()) ? 0 : 1;
  });
}
