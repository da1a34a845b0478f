/// Comparisons with what torch computed, shared by whole models and adapters.
#pragma once
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include "tiny_models.hpp"
#include <srlm/loss/dpo.hpp>
#include <srlm/optim/adamw.hpp>
#include <cmath>

namespace golden_checks {

/// One tensor's gradient: norm, sum and samples.
inline void gradient(srlm::io::Json const& expected, std::vector<float> const& values) {
  double const norm = expected.at("norm").get<double>();
  double squares = 0, sum = 0;
  for (float v : values) {
    squares += static_cast<double>(v) * static_cast<double>(v);
    sum += static_cast<double>(v);
  }
  CHECK(std::abs(std::sqrt(squares) - norm) < tolerance::gradient * norm);
  CHECK(std::abs(sum - expected.at("sum").get<double>()) < tolerance::gradient_sum * norm);
  for (auto const& sample : expected.at("samples")) {
    double const value = static_cast<double>(values[sample[0].get<std::size_t>()]);
    CHECK(std::abs(value - sample[1].get<double>()) < tolerance::gradient * norm);
  }
}

inline srlm::AdamWOptions options_of(srlm::io::Json const& run, srlm::Schedule const& schedule) {
  srlm::AdamWOptions options;
  options.schedule = schedule;
  options.weight_decay = run.at("weight_decay").get<float>();
  options.beta1 = run.at("betas")[0].get<float>();
  options.beta2 = run.at("betas")[1].get<float>();
  options.epsilon = run.at("epsilon").get<float>();
  options.clip = run.at("clip").get<double>();
  return options;
}

/// DPO in torch's batches, step for step: loss, margin and (where recorded) reward of the chosen. Returns the first
/// loss.
template <class B, class M, class R>
double follow_preference(B& backend, M& model, R& reference_model, srlm::io::Json const& run) {
  using namespace srlm;
  std::vector<tiny::Sequence> sequences; // chosen, rejected, chosen, ...
  for (auto const& pair : run.at("pairs")) {
    for (char const* which : {"chosen", "rejected"}) {
      sequences.push_back({pair.at("prompt").get<Tokens>(), pair.at(which).get<Tokens>(), 0});
    }
  }
  std::vector<float> const reference = reference_model.log_probs(tiny::views(sequences));
  DpoLoss const loss{run.at("beta").get<double>()};
  std::size_t const steps = run.at("batches").size();
  AdamW adamw(backend, options_of(run, {Schedule::Shape::constant, run.at("rates")[0].get<double>(), 0, 0}));
  adamw.begin(steps);
  double first = 0;
  for (std::size_t s = 0; s < steps; ++s) {
    INFO("step " << s);
    std::vector<SequenceView> batch;
    std::vector<std::size_t> members = run.at("batches")[s].get<std::vector<std::size_t>>();
    for (std::size_t pair : members) {
      batch.push_back(sequences[2 * pair].view());
      batch.push_back(sequences[2 * pair + 1].view());
    }
    auto tape = model.forward(batch);
    double value = 0, margin = 0, chosen = 0;
    std::vector<float> weights;
    double const share = 1.0 / static_cast<double>(members.size());
    for (std::size_t k = 0; k < members.size(); ++k) {
      PairLogProbs const p{
          static_cast<double>(tape.log_probs()[2 * k]), static_cast<double>(tape.log_probs()[2 * k + 1]),
          static_cast<double>(reference[2 * members[k]]), static_cast<double>(reference[2 * members[k] + 1])};
      PairLoss const l = loss(p);
      value += share * l.value;
      chosen += share * loss.beta * (p.chosen - p.reference_chosen);
      margin += share * loss.beta * ((p.chosen - p.reference_chosen) - (p.rejected - p.reference_rejected));
      weights.push_back(static_cast<float>(share * l.d_chosen));
      weights.push_back(static_cast<float>(share * l.d_rejected));
    }
    CHECK(std::abs(value - run.at("loss")[s].template get<double>()) < tolerance::training_loss);
    CHECK(std::abs(margin - run.at("margin")[s].template get<double>()) < tolerance::training_loss);
    if (run.contains("chosen_reward")) {
      CHECK(std::abs(chosen - run.at("chosen_reward")[s].template get<double>()) < tolerance::training_loss);
    }
    model.backward(std::move(tape), weights);
    adamw.step(model);
    first = s == 0 ? value : first;
  }
  return first;
}

} // namespace golden_checks
