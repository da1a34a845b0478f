/// What check.py asks of several ranks over MPI:
///   ranks laws                       the communicator's laws, with which a run begins too
///   ranks run FOLDER FILE KILL LINES the road M0 -> M2, weights to FILE; rank KILL is killed after so many lines of
///                                    the journal (0: none)
///   ranks throw RANK                 that rank throws by itself, between two common pieces of work
///   ranks fail RANK                  that rank fails inside a common piece of work
#include "../ranked_run.hpp"
#include <srlm/backend/eigen.hpp>
#include <srlm/comm/mpi.hpp>
#include <srlm/comm/staged_ranks.hpp>
#include <srlm/testing/communicator_laws.hpp>
#include <signal.h>
#include <cstdlib>

using namespace srlm;

static_assert(Communicator<MpiRanks, EigenBackend>);

int main(int argc, char** argv) {
  return run_mpi(argc, argv, [&](MpiRanks& ranks) {
    std::vector<std::string> const words(argv + 1, argv + argc);
    std::string const& task = words.at(0);
    auto const number = [&](std::size_t i) { return std::atoi(words.at(i).c_str()); };
    EigenBackend backend(1);
    if (task == "laws" || task == "run") {
      testing::require_laws(testing::communicator_laws(ranks, backend));
      StagedRanks staged(ranks, backend);
      testing::require_laws(testing::communicator_laws(staged, backend));
    }
    if (task == "run") {
      auto model = turn::fresh_model(backend);
      ShardedJournal journal(words.at(1), {{"seed", 7}}, ranks);
      bool const dies = number(3) == ranks.rank();
      ranked::MortalJournal mortal{journal, static_cast<std::size_t>(number(4)), [&] {
                                     if (dies) {
                                       ::raise(SIGKILL);
                                     }
                                   }};
      ranked::road(model, backend, ranks, mortal);
      journal.finish();
      // each rank's own, to see that they are the same
      model.save_checkpoint(words.at(2) + "." + std::to_string(ranks.rank()));
    } else if (task == "throw" && number(1) == ranks.rank()) {
      throw Error("the disk is full");
    } else if (task == "throw" || task == "fail") {
      share_work(ranks, "a common piece of work", [&] {
        if (number(1) == ranks.rank()) {
          throw Error("the disk is full");
        }
      });
    }
    return 0;
  });
}
