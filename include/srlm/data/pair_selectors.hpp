/// The pair rules of the library, once: tests, documentation and command line are made from this list. A new rule is a
/// file of its own and a line here.
#pragma once
#include <srlm/core/type_list.hpp>
#include <srlm/data/all_pairs.hpp>
#include <srlm/data/best_versus_worst.hpp>
#include <srlm/data/minimum_gap.hpp>
#include <srlm/data/random_pair.hpp>
#include <srlm/data/rho_band.hpp>
#include <srlm/data/top_k.hpp>

namespace srlm {

using PairSelectors = TypeList<BestVersusWorst, RhoBand, AllPairs, TopK, MinimumGap, RandomPair>;

} // namespace srlm
