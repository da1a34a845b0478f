/// Policy: what the loop trains. It answers, it scores, it learns.
#pragma once
#include <srlm/concepts/generator.hpp>
#include <srlm/concepts/log_prob_model.hpp>
#include <filesystem>

namespace srlm {

template <class P>
concept Policy = Generator<P> && DifferentiableLogProbModel<P>;

/// Optional: state that can be written down and taken up again, bit for bit. A policy (or a stepper) that has it
/// resumes inside and across stages; for one that has not, a run says at its start what a restart would repeat.
template <class P>
concept Checkpointed = requires(P& p, P const& c, std::filesystem::path const& file) {
  c.save_checkpoint(file);
  p.load_checkpoint(file);
};

} // namespace srlm
