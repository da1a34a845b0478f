/// Twenty training steps against torch, through the trainers' own parts: the model's forward and backward, AdamW, the
/// schedule, the loss. The batches are torch's.
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include "tiny_models.hpp"
#include <srlm/loss/dpo.hpp>
#include <srlm/optim/adamw.hpp>
#include <cmath>

using namespace srlm;

namespace {

AdamWOptions options_of(io::Json const& run, Schedule const& schedule) {
  AdamWOptions options;
  options.schedule = schedule;
  options.weight_decay = run.at("weight_decay").get<float>();
  options.beta1 = run.at("betas")[0].get<float>();
  options.beta2 = run.at("betas")[1].get<float>();
  options.epsilon = run.at("epsilon").get<float>();
  options.clip = run.at("clip").get<double>();
  return options;
}

template <class B>
void follow_supervised(char const* name, Schedule const& schedule) {
  B backend(2);
  auto model = tiny::load(backend, "tiny_llama");
  auto const golden = tiny::golden("tiny_llama");
  auto const sequences = tiny::sequences(golden);
  auto const& run = golden.at(name);
  std::size_t const steps = run.at("batches").size();
  AdamW adamw(backend, options_of(run, schedule));
  adamw.begin(steps);
  for (std::size_t s = 0; s < steps; ++s) {
    INFO(name << " step " << s);
    std::vector<SequenceView> batch;
    std::size_t tokens = 0;
    for (auto const& i : run.at("batches")[s]) {
      batch.push_back(sequences[i.get<std::size_t>()].view());
      tokens += batch.back().response.size();
    }
    auto tape = model.forward(batch);
    double loss = 0;
    for (float log_prob : tape.log_probs()) {
      loss -= static_cast<double>(log_prob) / static_cast<double>(tokens);
    }
    CHECK(std::abs(loss - run.at("loss")[s].get<double>()) < tolerance::training_loss);
    model.backward(std::move(tape), std::vector<float>(batch.size(), -1.0f / static_cast<float>(tokens)));
    StepReport const report = adamw.step(model);
    CHECK(report.rate == Catch::Approx(run.at("rates")[s].get<double>()).epsilon(1e-6));
    double const norm = run.at("gradient_norm")[s].get<double>();
    CHECK(std::abs(report.gradient_norm - norm) < tolerance::gradient_norm * norm);
  }
}

} // namespace

TEMPLATE_LIST_TEST_CASE("20 SFT steps follow torch within 1e-4 in the loss at every step", "", Backends) {
  follow_supervised<TestType>("sft", {Schedule::Shape::constant, 1e-3, 0, 0});
}

TEMPLATE_LIST_TEST_CASE("20 SFT steps with warm-up and cosine follow torch within 1e-4", "", Backends) {
  auto const run = tiny::golden("tiny_llama").at("sft_cosine");
  follow_supervised<TestType>("sft_cosine",
                              {Schedule::Shape::cosine, 1e-3, 0.2e-3, run.at("warm_up").get<std::size_t>()});
}

TEMPLATE_LIST_TEST_CASE("20 DPO steps follow torch within 1e-4 in loss, margin and rewards at every step", "",
                        Backends) {
  TestType backend(2);
  auto model = tiny::load(backend, "tiny_llama");
  auto const run = tiny::golden("tiny_llama").at("dpo");
  std::vector<tiny::Sequence> sequences; // chosen, rejected, chosen, ...
  for (auto const& pair : run.at("pairs")) {
    for (char const* which : {"chosen", "rejected"}) {
      sequences.push_back({pair.at("prompt").get<Tokens>(), pair.at(which).get<Tokens>(), 0});
    }
  }
  std::vector<float> const reference = model.log_probs(tiny::views(sequences));
  DpoLoss const loss{run.at("beta").get<double>()};
  std::size_t const steps = run.at("batches").size();
  AdamW adamw(backend, options_of(run, {Schedule::Shape::constant, run.at("rates")[0].get<double>(), 0, 0}));
  adamw.begin(steps);
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
    if (s == 0) {
      CHECK(value == Catch::Approx(std::log(2.0)).epsilon(1e-12));
    }
    CHECK(std::abs(value - run.at("loss")[s].get<double>()) < tolerance::training_loss);
    CHECK(std::abs(margin - run.at("margin")[s].get<double>()) < tolerance::training_loss);
    CHECK(std::abs(chosen - run.at("chosen_reward")[s].get<double>()) < tolerance::training_loss);
    model.backward(std::move(tape), weights);
    adamw.step(model);
  }
}
