/// Twenty training steps against torch, through the trainers' own parts: the model's forward and backward, AdamW, the
/// schedule, the loss. The batches are torch's.
#include "golden_checks.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include "tiny_models.hpp"
#include <srlm/optim/adamw.hpp>
#include <cmath>

using namespace srlm;

namespace {

template <class B>
void follow_supervised(char const* name, Schedule const& schedule) {
  auto backend = B::make(2);
  auto model = tiny::load(backend, "tiny_llama");
  auto const golden = tiny::golden("tiny_llama");
  auto const sequences = tiny::sequences(golden);
  auto const& run = golden.at(name);
  std::size_t const steps = run.at("batches").size();
  AdamW adamw(backend, golden_checks::options_of(run, schedule));
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

TEMPLATE_LIST_TEST_CASE("20 SFT steps follow torch within 1e-4 in the loss at every step", "", ModelBackends) {
  follow_supervised<TestType>("sft", {Schedule::Shape::constant, 1e-3, 0, 0});
}

TEMPLATE_LIST_TEST_CASE("20 SFT steps with warm-up and cosine follow torch within 1e-4", "", ModelBackends) {
  auto const run = tiny::golden("tiny_llama").at("sft_cosine");
  follow_supervised<TestType>("sft_cosine",
                              {Schedule::Shape::cosine, 1e-3, 0.2e-3, run.at("warm_up").get<std::size_t>()});
}

TEMPLATE_LIST_TEST_CASE("20 DPO steps follow torch within 1e-4 in loss, margin and rewards at every step", "",
                        ModelBackends) {
  auto backend = TestType::make(2);
  auto model = tiny::load(backend, "tiny_llama");
  auto const run = tiny::golden("tiny_llama").at("dpo");
  CHECK(golden_checks::follow_preference(backend, model, model, run) == Catch::Approx(std::log(2.0)).epsilon(1e-12));
}
