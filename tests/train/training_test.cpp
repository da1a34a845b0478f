/// Trainers and schedules on the stranger's model: the pitfalls that other systems fell into.
#include "support/catch.hpp"
#include "train/pairs.hpp"
#include <srlm/loss/dpo.hpp>
#include <srlm/optim/schedule.hpp>
#include <srlm/optim/sgd.hpp>
#include <srlm/train/preference.hpp>
#include <srlm/train/steps.hpp>
#include <srlm/train/supervised.hpp>
#include <limits>

using namespace srlm;
using Catch::Approx;

namespace {

/// The pairs with the policy as their reference.
std::vector<PreferencePair> pairs_of(bigram::Policy& policy) {
  auto pairs = bigram::pairs();
  record_reference(policy, std::span(pairs));
  return pairs;
}

std::vector<SupervisedExample> examples_of(bigram::Policy& policy) {
  std::vector<SupervisedExample> examples;
  for (PreferencePair const& pair : pairs_of(policy)) {
    examples.push_back({pair.prompt, pair.chosen});
  }
  return examples;
}

using bigram::weights_of;

/// The weights after one step with this micro-batch.
std::vector<float> after_preference(std::size_t micro_batch) {
  auto policy = bigram::random();
  auto const pairs = pairs_of(policy);
  PreferenceTrainer trainer{DpoLoss{}, Sgd{1.0f}, {.epochs = 1, .batch = 4, .micro_batch = micro_batch}};
  trainer.fit(policy, pairs, Seed{1});
  return weights_of(policy);
}

struct Recorder {
  std::vector<StepTaken>* steps;
  void operator()(StepTaken const& s) const { steps->push_back(s); }
};

} // namespace

TEST_CASE("P13: the gradient does not depend on how a batch is split") {
  auto const whole = after_preference(4), single = after_preference(1);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CHECK(std::abs(whole[i] - single[i]) < 1e-5f);
  }
}

TEST_CASE("P10: before the first step every reward is 0 and the loss is log 2") {
  auto policy = bigram::random();
  auto const pairs = pairs_of(policy);
  std::vector<StepTaken> steps;
  NoJournal journal;
  Recorder recorder{&steps};
  PreferenceTrainer trainer{DpoLoss{}, Sgd{1.0f}, {.epochs = 3, .batch = 2}};
  trainer.fit(policy, pairs, Seed{1}, Turn(1, journal, recorder));
  REQUIRE(steps.size() == 6);
  CHECK(steps[0].loss == Approx(std::log(2.0)).epsilon(1e-12));
  CHECK(steps[0].chosen_reward == 0);
  CHECK(steps[0].rejected_reward == 0);
  CHECK(steps[5].loss < steps[0].loss);
}

TEST_CASE("P10: a reference that is not the starting policy stops the run with both numbers") {
  auto policy = bigram::random();
  auto pairs = pairs_of(policy);
  for (PreferencePair& pair : pairs) {
    pair.reference_chosen -= 1;
  }
  PreferenceTrainer trainer{DpoLoss{}, Sgd{1.0f}};
  CHECK_THROWS_WITH(trainer.fit(policy, pairs, Seed{1}), Catch::Matchers::ContainsSubstring("0.693147"));
  PreferenceTrainer other{DpoLoss{}, Sgd{1.0f}, {.reference_is_start = false}};
  CHECK_NOTHROW(other.fit(policy, pairs, Seed{1}));
}

TEST_CASE("P16: reported rewards are beta times log-ratios") {
  auto policy = bigram::random();
  auto const pairs = pairs_of(policy);
  std::vector<StepTaken> steps;
  NoJournal journal;
  Recorder recorder{&steps};
  PreferenceTrainer trainer{DpoLoss{0.5}, Sgd{1.0f}, {.epochs = 2, .batch = 4}};
  trainer.fit(policy, pairs, Seed{1}, Turn(1, journal, recorder));
  double reference = 0;
  for (PreferencePair const& pair : pairs) {
    reference += static_cast<double>(pair.reference_chosen) / 4;
  }
  CHECK(steps[1].chosen_reward == Approx(0.5 * (steps[1].chosen_log_prob - reference)).epsilon(1e-5));
  CHECK(steps[1].margin == Approx(steps[1].chosen_reward - steps[1].rejected_reward));
}

TEST_CASE("P3: fine-tuning learns from response tokens only") {
  auto policy = bigram::Policy();
  std::vector<SupervisedExample> const examples = {{{"", {80, 81, 10}}, {"", {97, 10}}}};
  SupervisedTrainer trainer{Sgd{1.0f}, {.epochs = 1, .batch = 1}};
  NoJournal journal;
  trainer.fit(policy, examples, Seed{1}, Stage::supervised, Turn(0, journal));
  auto const w = weights_of(policy);
  for (std::size_t x : {80u, 81u}) { // rows that only prompt tokens predict from
    for (std::size_t v = 0; v < 128; ++v) {
      CHECK(w[x * 128 + v] == 0);
    }
  }
  CHECK(w[10 * 128 + 97] > 0); // the first response token is predicted by the prompt's last position (P2)
  CHECK(w[97 * 128 + 10] > 0);
}

TEST_CASE("fine-tuning lowers the mean loss per response token") {
  auto policy = bigram::random();
  auto const examples = examples_of(policy);
  std::vector<StepTaken> steps;
  NoJournal journal;
  Recorder recorder{&steps};
  SupervisedTrainer trainer{Sgd{2.0f}, {.epochs = 10, .batch = 4}};
  trainer.fit(policy, examples, Seed{1}, Stage::supervised, Turn(0, journal, recorder));
  CHECK(steps.front().loss == Approx(std::log(128.0)).epsilon(0.05));
  CHECK(steps.back().loss < 0.9 * steps.front().loss);
}

TEST_CASE("P8: two forward passes of the same row are bitwise equal") {
  auto policy = bigram::random();
  auto const examples = examples_of(policy);
  SequenceView const view{examples[0].prompt.tokens, examples[0].response.tokens};
  CHECK(policy.forward({&view, 1}).log_probs()[0] == policy.forward({&view, 1}).log_probs()[0]);
}

TEST_CASE("P15: every stage has a known number of steps") {
  BatchPlan const plan{10, 4, 3};
  CHECK(plan.steps() == 9);
  std::vector<int> seen(10);
  for (std::size_t step = 0; step < 3; ++step) {
    for (std::size_t i : plan.indices(step, Seed{5})) {
      ++seen[i];
    }
  }
  CHECK(seen == std::vector<int>(10, 1));
}

TEST_CASE("no examples, no pairs and weights that are not numbers are errors") {
  auto policy = bigram::random();
  NoJournal journal;
  SupervisedTrainer supervised{Sgd{}};
  CHECK_THROWS_AS(supervised.fit(policy, {}, Seed{}, Stage::supervised, Turn(0, journal)), Error);
  PreferenceTrainer trainer{DpoLoss{}, Sgd{}};
  CHECK_THROWS_AS(trainer.fit(policy, {}, Seed{}), Error);
  auto const pairs = pairs_of(policy);
  std::span<float> const all = policy.model.weights().front().value;
  for (float& w : all) {
    w = std::numeric_limits<float>::quiet_NaN();
  }
  CHECK_THROWS_WITH(trainer.fit(policy, pairs, Seed{}), Catch::Matchers::ContainsSubstring("not finite"));
}

TEST_CASE("schedules have the paper's ends and middle") {
  CHECK(supervised_schedule.at(0, 101) == Approx(5.5e-6));
  CHECK(supervised_schedule.at(50, 101) == Approx(3.3e-6));
  CHECK(supervised_schedule.at(100, 101) == Approx(1.1e-6));
  CHECK(preference_schedule.at(0, 11) == Approx(1e-6));
  CHECK(preference_schedule.at(10, 11) == Approx(1e-7));
  Schedule const warm{Schedule::Shape::cosine, 1.0, 0.0, 4};
  CHECK(warm.at(0, 20) == Approx(0.25));
  CHECK(warm.at(3, 20) == Approx(1.0));
}

TEST_CASE("P17: a loss's parameter takes effect in training") {
  auto const trained = [](double beta) {
    auto policy = bigram::random();
    auto const pairs = pairs_of(policy);
    PreferenceTrainer trainer{DpoLoss{beta}, Sgd{1.0f}};
    trainer.fit(policy, pairs, Seed{1});
    return weights_of(policy);
  };
  CHECK(trained(0.1) != trained(0.2));
}

TEST_CASE("P10: references that are wrong in opposite ways do not pass as right in the mean") {
  auto model = bigram::random();
  std::vector<PreferencePair> pairs(2);
  for (std::size_t i = 0; i < 2; ++i) {
    pairs[i].prompt.tokens = {65, 66};
    pairs[i].chosen.tokens = {70, 71};
    pairs[i].rejected.tokens = {72, 73};
  }
  record_reference(model, std::span(pairs));
  pairs[0].reference_chosen += 0.03f;
  pairs[1].reference_chosen -= 0.03f;
  PreferenceTrainer trainer{DpoLoss{}, Sgd{}};
  CHECK_THROWS_WITH(trainer.fit(model, pairs, Seed{1}), Catch::Matchers::ContainsSubstring("pair"));
}
