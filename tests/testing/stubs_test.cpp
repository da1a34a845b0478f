/// The stub classes of docs/concepts: each compiles, and its laws run in one line.
#include "../../docs/stubs/answer_selector.hpp"
#include "../../docs/stubs/checkpointed.hpp"
#include "../../docs/stubs/communicator.hpp"
#include "../../docs/stubs/generator.hpp"
#include "../../docs/stubs/journal.hpp"
#include "../../docs/stubs/judge.hpp"
#include "../../docs/stubs/log_prob_model.hpp"
#include "../../docs/stubs/observer.hpp"
#include "../../docs/stubs/pair_selector.hpp"
#include "../../docs/stubs/policy.hpp"
#include "../../docs/stubs/preference_loss.hpp"
#include "../../docs/stubs/preference_optimizer.hpp"
#include "../../docs/stubs/prompt_source.hpp"
#include "../../docs/stubs/rubric.hpp"
#include "../../docs/stubs/stepper.hpp"
#include "../../docs/stubs/tokenizer.hpp"
#include "io/temporary_folder.hpp"
#include "support/bigram.hpp"
#include "support/catch.hpp"
#include "support/violations.hpp"
#include <srlm/backend/eigen.hpp>
#include <srlm/loss/dpo.hpp>
#include <srlm/optim/sgd.hpp>
#include <srlm/testing/laws.hpp>
#include <srlm/train/preference.hpp>

using namespace srlm::testing;

TEST_CASE("the laws of each stub run in one line") {
  require_laws(tokenizer_laws(MyTokenizer{}, {"Say hello.", "two words"}));

  MyPolicy policy;
  require_laws(prompt_source_laws([] { return MyPrompts{}; }, policy));

  srlm::JudgedGroup const group{{"Say a.", {65}}, {{"a", {97}}, {"", {10}}}};
  MyJudge judge;
  require_laws(judge_laws(judge, policy, {group}));

  srlm::Prompt const x{"Say a.", {}};
  srlm::Response const y{"Never.", {}}, z{"aaa", {}};
  require_laws(rubric_laws(MyRubric{}, x, y, {{"yes", 1.0f}, {"no", 0.0f}, {"perhaps", {}}}));
  require_laws(pairwise_rubric_laws(MyPairwiseRubric{}, x, y, z, {{"B", srlm::Better::second}, {"both", {}}}));

  require_laws(pair_selector_laws(MyPairs{}));
  require_laws(answer_selector_laws(MyAnswers{}));

  srlm::PairLogProbs const points[] = {{-10, -12, -11, -11.5, 20, 30}, {-40, -31, -38, -33, 20, 30}};
  require_laws(loss_laws(MyLoss{}, points));
  require_laws(loss_laws(MyBatchLoss{}, points));

  auto model = bigram::random();
  MyStepper stepper;
  require_laws(stepper_laws(stepper, model));

  require_laws(journal_laws([journal = MyJournal{}]() mutable -> MyJournal& { return journal; }));

  srlm::EigenBackend backend;
  MyRanks ranks;
  require_laws(communicator_laws(ranks, backend));
}

TEST_CASE("so do those of a model and of what trains it") {
  auto my_policy = bigram::random<bigram::Keeping>();
  PolicyCase const letters{.prompt = {65, 66, 10}, .response = {70, 71, 72}, .vocabulary = 128};
  require_laws(generator_laws(my_policy, letters.prompt, letters.response));
  require_laws(log_prob_laws(my_policy, letters));
  require_laws(gradient_laws(my_policy, letters));
  require_laws(policy_laws(my_policy, letters)); // all of the above, and what joins them

  TemporaryFolder const folder;
  auto const learn = [](bigram::Keeping& policy) { policy.parameters().front().value[70 * 128 + 71] += 1; };
  require_laws(checkpoint_laws(my_policy, letters, folder / "policy", learn));

  srlm::Prompt const x{"AB", {65, 66, 10}};
  srlm::Response const y{"CD", {67, 68, 10}}, z{"EF", {69, 70, 10}};
  srlm::PreferenceTrainer my_optimizer{srlm::DpoLoss{}, srlm::Sgd{1.0f}};
  auto const new_policy = [] { return bigram::random(); };
  require_laws(preference_optimizer_laws(my_optimizer, new_policy, x, y, z));
}

TEST_CASE("a stub whose bodies are still empty is told what it breaks") {
  MyGenerator generator;
  CHECK(names(generator_laws(generator, {65, 66}, {67}), "a response has 1 to max_new_tokens tokens"));
  MyModel model;
  CHECK(names(log_prob_laws(model, {.prompt = {65, 66}, .response = {67, 68}, .vocabulary = 128}), "p(v | x) = 1"));
  CHECK(gradient_laws(model, {.prompt = {65, 66}, .response = {67, 68}, .vocabulary = 128}).empty()); // no parameters
  MyPolicy policy;
  CHECK(names(policy_laws(policy, {.prompt = {65, 66}, .response = {67, 68}, .vocabulary = 128}), "p(v | x) = 1"));
  MyCheckpointedPolicy kept;
  TemporaryFolder const folder;
  auto const change = [](MyCheckpointedPolicy& p) { p.backward(p.forward({}), {}); };
  CHECK(names(checkpoint_laws(kept, {{65, 66}, {67, 68}, 128}, folder / "policy", change), "the change that the law"));
  MyOptimizer optimizer;
  srlm::Prompt const x{"Say a.", {65}};
  srlm::Response const y{"a", {97}}, z{"b", {98}};
  CHECK(names(preference_optimizer_laws(
                  optimizer, [] { return MyPolicy{}; }, x, y, z),
              "gain on the rejected one"));
}
