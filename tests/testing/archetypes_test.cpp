/// The library asks for no more than its concepts: everything that takes a user's type compiles and runs over types
/// that do the minimum. And the minimum keeps the laws.
#include "io/temporary_folder.hpp"
#include "support/catch.hpp"
#include <srlm/core.hpp>
#include <srlm/testing/archetypes.hpp>
#include <srlm/train/divergence.hpp>

using namespace srlm;
using namespace srlm::testing;

namespace {

constexpr MakeArchetype make;

SelfRewardingOptions const small{.iterations = 2, .prompts = 3, .candidates = 3, .sampling = {1.0f, 1.0f, 32}};

std::vector<SupervisedExample> rows() {
  TokenizerArchetype const bits(make);
  return {{{"x", bits.encode_prompt("x")}, {"y", bits.encode_response("y")}},
          {{"v", bits.encode_prompt("v")}, {"w", bits.encode_response("w")}}};
}

std::vector<SeedExample> seeds() {
  SeedExample seed;
  seed.prompt = "x";
  seed.answers = {{"y", 0}, {"z", 1}};
  return {seed, seed};
}

std::vector<JudgedGroup> groups(PolicyArchetype& policy) {
  JudgedGroup group{{"x", std::as_const(policy).tokenizer().encode_prompt("x")}, {}};
  for (char const* answer : {"a", "b"}) {
    group.responses.push_back({answer, std::as_const(policy).tokenizer().encode_response(answer)});
  }
  return {group, group};
}

/// A judge over the archetypes gives every response a place for its score.
template <class J>
void check_judge(J& judge) {
  PolicyArchetype policy(make);
  auto judged = groups(policy);
  judge.score(policy, std::span(judged), Seed{3});
  for (JudgedGroup const& group : judged) {
    CHECK(group.scores.size() == group.responses.size());
  }
  if constexpr (JudgeTrainer<J, PolicyArchetype>) {
    judge.judge_pairs(policy, judged, Seed{4});
  }
}

} // namespace

TEST_CASE("the loop asks for no more than its concepts") {
  PolicyArchetype policy(make);
  PromptSourceArchetype prompts(make);
  JudgeArchetype judge(make);
  JudgeTrainerArchetype judge_that_trains(make);
  PairSelectorArchetype const select(make);
  PreferenceOptimizerArchetype optimize(make);
  JournalArchetype journal(make);
  ObserverArchetype observer(make);
  CHECK(self_rewarding(policy, prompts, judge, select, optimize, small, journal, observer) == Control::proceed);
  CHECK(self_rewarding(policy, prompts, judge_that_trains, select, optimize, small, journal) == Control::proceed);
  CHECK(self_rewarding(policy, prompts, judge, select, optimize, small) == Control::proceed);
}

TEST_CASE("a trainer asks for no more than a loss, a stepper and a model") {
  PolicyArchetype policy(make);
  PromptSourceArchetype prompts(make);
  JudgeArchetype judge(make);
  PairSelectorArchetype const select(make);
  JournalArchetype journal(make);
  ObserverArchetype observer(make);
  PreferenceTrainer trainer(PreferenceLossArchetype{make}, StepperArchetype{make}, {.epochs = 2});
  PreferenceTrainer batch_trainer(BatchPreferenceLossArchetype{make}, StepperArchetype{make}, {.micro_batch = 1});
  LogProbModelArchetype reference(make);
  PreferenceTrainer with_parts(PreferenceLossArchetype{make}, StepperArchetype{make}, {}, FixedReference(reference),
                               Replay(rows()));
  int steps = 0;
  auto const count = [&](StepTaken const&) { ++steps; };
  CHECK(self_rewarding(policy, prompts, judge, select, trainer, small, journal, observer, count) == Control::proceed);
  CHECK(self_rewarding(policy, prompts, judge, select, batch_trainer, small, journal, observer) == Control::proceed);
  CHECK(self_rewarding(policy, prompts, judge, select, with_parts, small, journal, observer) == Control::proceed);
  CHECK(steps > 0);
  std::vector<PreferencePair> pairs{{rows()[0].prompt, rows()[0].response, rows()[1].response}};
  DifferentiableLogProbModelArchetype model(make);
  record_reference(model, std::span(pairs));
  CHECK(trainer.fit(model, pairs, Seed{1}) == Control::proceed);
}

TEST_CASE("a choice on held-out data asks for a checkpoint, nothing else") {
  CheckpointedArchetype policy(make);
  auto const measure = [](PolicyArchetype&) { return LowerIsBetter(1); };
  TemporaryFolder const folder;
  PreferenceTrainer trainer(PreferenceLossArchetype{make}, StepperArchetype{make}, {},
                            BestOnHeldOut(measure, HeldOutOptions{.every = 1, .folder = folder.path()}));
  std::vector<PreferencePair> pairs{{rows()[0].prompt, rows()[0].response, rows()[1].response}};
  record_reference(policy, std::span(pairs));
  trainer.fit(policy, pairs, Seed{1});
}

TEST_CASE("the supervised start, positive-only and SPIN ask for no more than their concepts") {
  PolicyArchetype policy(make), baseline(make);
  PromptSourceArchetype prompts(make);
  JudgeArchetype judge(make);
  AnswerSelectorArchetype const select(make);
  PreferenceOptimizerArchetype optimize(make);
  JournalArchetype journal(make);
  ObserverArchetype observer(make);
  SupervisedTrainer trainer{StepperArchetype{make}};
  Turn turn(0, journal, observer);
  LlmJudge rubric_judge{RubricArchetype{make}};
  auto const eft = judgement_data(turn, baseline, rubric_judge, trainer, seeds(), Seed{1});
  supervised_start(turn, policy, trainer, seeds(), eft, Seed{2});
  CHECK(positive_only(policy, prompts, judge, select, trainer, rows(), small, journal, observer) == Control::proceed);
  CHECK(spin(policy, rows(), optimize, 2, {1.0f, 1.0f, 8}, Seed{3}, journal, observer) == Control::proceed);
}

TEST_CASE("judges ask for no more than a generator, a scorer and a rubric") {
  LlmJudge llm{RubricArchetype{make}};
  check_judge(llm);
  PairwiseJudge pairwise{PairwiseRubricArchetype{make}};
  check_judge(pairwise);
  MetaJudge meta{RubricArchetype{make}, {}, PairwiseRubricArchetype{make}};
  check_judge(meta);
  LogProbModelArchetype reference(make);
  ImplicitRewardJudge implicit(reference);
  check_judge(implicit);
  ConsistencyJudge consistency{JudgeTrainerArchetype{make}, JudgeArchetype{make}};
  check_judge(consistency);
  PolicyArchetype frozen(make);
  FrozenJudge frozen_judge{JudgeArchetype{make}, frozen};
  check_judge(frozen_judge);
  GeneratorArchetype generator(make);
  FrozenJudge generator_judge{LlmJudge{RubricArchetype{make}}, generator};
  check_judge(generator_judge);
}

TEST_CASE("a prompt source over a model asks for no more than a generator") {
  GeneratorArchetype generator(make);
  FixedPrompts fixed{{"x"}};
  CHECK(fixed.next(generator, 2, Seed{}).size() == 2);
  PromptFactory factory{std::vector<std::string>{"Say x.", "Say y."}};
  CHECK(factory.next(generator, 1, Seed{}).size() <= 1);
}
