/// PreferenceOptimizer: turns pairs into a better policy (section 2.3).
#pragma once
#include <srlm/concepts/policy.hpp>
#include <srlm/core/preference.hpp>

namespace srlm {

/// fit() trains on D_t from M_t; pairs carry their reference log-probabilities. Further arguments that the loop passes,
/// the turn with its journal and observers, are optional for a user's own optimizer: a fit() without them is enough.
template <class O, class P>
concept PreferenceOptimizer = Policy<P> && requires(O& o, P& policy, std::span<PreferencePair const> pairs, Seed seed) {
  o.fit(policy, pairs, seed);
};

/// Optional: O::keeps_checkpoints says that fit() brings a Checkpointed policy to the disk with all that training needs
/// to go on (its stepper, say).
template <class O>
inline constexpr bool keeps_checkpoints = requires {
  requires O::keeps_checkpoints;
};

} // namespace srlm
