/// The loop on the stranger's model: it learns, stops cleanly, and goes on after a kill in the same bytes.
#include "support/bigram.hpp"
#include "support/catch.hpp"
#include <srlm/core.hpp>
#include <srlm/observe/journal_file.hpp>
#include <unistd.h>

using namespace srlm;

namespace {

auto const count_a = [](Prompt const&, Response const& y) -> Score {
  return static_cast<float>(std::count(y.text.begin(), y.text.end(), 'a'));
};

struct Killed : std::runtime_error {
  Killed() : std::runtime_error("killed") {}
};

std::filesystem::path fresh_folder(std::string const& name) {
  auto const path = std::filesystem::temp_directory_path() / ("srlm_loop_" + std::to_string(::getpid()) + "_" + name);
  std::filesystem::remove_all(path);
  return path;
}

/// A journal that throws after so many records, as a kill would.
struct DyingJournal {
  JournalFile& file;
  int& lives;

  template <class T>
  bool recall(UnitKey const& key, T& value) {
    return file.recall(key, value);
  }
  template <class T>
  void record(UnitKey const& key, T const& value) {
    file.record(key, value);
    die();
  }
  auto checkpoint_path(UnitKey const& key) { return file.checkpoint_path(key); }
  void commit_checkpoint(UnitKey const& key) {
    file.commit_checkpoint(key);
    die();
  }
  std::optional<UnitKey> latest_checkpoint() { return file.latest_checkpoint(); }
  void die() {
    if (--lives == 0) {
      throw Killed();
    }
  }
};

/// Plain descent has no state; it says so to be Checkpointed.
struct KeepingSgd : Sgd {
  KeepingSgd() : Sgd{20.0f} {}
  void save_checkpoint(std::filesystem::path const& file) const { std::ofstream(file) << "none"; }
  void load_checkpoint(std::filesystem::path const&) {}
};

template <class P, class Memory>
Control run_loop(P& policy, Memory& journal) {
  FixedPrompts prompts{{"Say a.", "Say more.", "Go."}};
  FunctionJudge judge{count_a};
  PreferenceTrainer dpo{DpoLoss{}, KeepingSgd{}, {.epochs = 2, .batch = 8, .checkpoint_every = 3}};
  return self_rewarding(policy, prompts, judge, BestVersusWorst{}, dpo,
                        {.iterations = 3, .prompts = 40, .sampling = {1.0f, 1.0f, 16}, .seed = {7}}, journal);
}

std::vector<float> weights_of(bigram::Policy& policy) {
  auto const w = policy.model.weights().front().value;
  return {w.begin(), w.end()};
}

template <class P>
void resumes_in_the_same_bytes(char const* name) {
  auto const straight = fresh_folder(std::string(name) + "_straight");
  P expected;
  std::string lines;
  {
    observe::RunFolder folder(straight);
    JournalFile journal(folder, {{"seed", 7}});
    run_loop(expected, journal);
    std::ifstream file(straight / "journal.jsonl");
    lines.assign(std::istreambuf_iterator<char>(file), {});
  }
  for (int first_life : {1, 2, 4, 5, 7, 11, 16}) {
    INFO(name << ", killed after every " << first_life << " records");
    auto const path = fresh_folder(std::string(name) + std::to_string(first_life));
    P policy;
    for (int attempt = 0;; ++attempt) {
      REQUIRE(attempt < 400);
      observe::RunFolder folder(path);
      JournalFile file(folder, {{"seed", 7}});
      int lives = first_life + attempt; // longer and longer, so that a policy without checkpoints arrives too
      DyingJournal journal{file, lives};
      policy = P();
      try {
        run_loop(policy, journal);
        break;
      } catch (Killed const&) {
      }
    }
    CHECK(weights_of(policy) == weights_of(expected));
    std::ifstream file(path / "journal.jsonl");
    std::string const resumed(std::istreambuf_iterator<char>(file), {});
    CHECK(resumed == lines);
    std::filesystem::remove_all(path);
  }
  std::filesystem::remove_all(straight);
}

} // namespace

TEST_CASE("the reward rises over six turns") {
  bigram::Policy policy;
  FixedPrompts prompts{{"Say a.", "Say more."}};
  FunctionJudge judge{count_a};
  PreferenceTrainer dpo{DpoLoss{}, Sgd{20.0f}, {.epochs = 2}};
  std::vector<double> reward;
  self_rewarding(policy, prompts, judge, BestVersusWorst{}, dpo,
                 {.iterations = 6, .prompts = 128, .sampling = {1.0f, 1.0f, 16}, .seed = {7}},
                 [&](PairsSelected const& e) { reward.push_back(e.mean_score); });
  REQUIRE(reward.size() == 6);
  CHECK(reward.back() > 3 * reward.front());
}

TEST_CASE("P12: equal scores give no pair, and the loop stops with the counts and the policy unchanged") {
  for (Score constant : {Score(3.0f), Score()}) {
    bigram::Policy policy;
    auto const before = weights_of(policy);
    FixedPrompts prompts{{"Say a."}};
    FunctionJudge judge{[=](Prompt const&, Response const&) { return constant; }};
    PreferenceTrainer dpo{DpoLoss{}, Sgd{}};
    PairsSelected seen{};
    auto const control = self_rewarding(policy, prompts, judge, BestVersusWorst{}, dpo,
                                        {.iterations = 2, .prompts = 10}, [&](PairsSelected const& e) { seen = e; });
    CHECK(control == Control::stop);
    CHECK(seen.pairs == 0);
    CHECK(seen.groups == 10);
    CHECK(seen.responses == 40);
    CHECK(weights_of(policy) == before);
  }
}

TEST_CASE("an observer can stop the run") {
  bigram::Policy policy;
  FixedPrompts prompts{{"Say a."}};
  FunctionJudge judge{count_a};
  PreferenceTrainer dpo{DpoLoss{}, Sgd{}, {.epochs = 5, .batch = 4}};
  int steps = 0;
  self_rewarding(policy, prompts, judge, BestVersusWorst{}, dpo,
                 {.iterations = 3, .prompts = 64, .sampling = {1.0f, 1.0f, 16}},
                 [&](StepTaken const&) { return ++steps == 2 ? Control::stop : Control::proceed; });
  CHECK(steps == 2);
}

TEST_CASE("a user's own optimizer need not know of turns") {
  struct Counter {
    std::size_t pairs = 0;
    void fit(bigram::Policy&, std::span<PreferencePair const> p, Seed) { pairs += p.size(); }
  };
  bigram::Policy policy;
  FixedPrompts prompts{{"Say a."}};
  FunctionJudge judge{count_a};
  Counter optimizer;
  self_rewarding(policy, prompts, judge, BestVersusWorst{}, optimizer,
                 {.iterations = 1, .prompts = 64, .sampling = {1.0f, 1.0f, 16}});
  CHECK(optimizer.pairs > 0);
}

TEST_CASE("a run killed at any record goes on and ends in the same bytes") {
  resumes_in_the_same_bytes<bigram::Keeping>("keeping");
}

TEST_CASE("a policy without checkpoints is told at the start what a restart would repeat, and ends in the same bytes") {
  auto const path = fresh_folder("plain");
  std::vector<std::vector<float>> ends;
  std::vector<std::string> told;
  for (int attempt = 0; attempt < 2; ++attempt) { // the second run finds everything recorded and trains again
    observe::RunFolder folder(path);
    JournalFile journal(folder, {});
    bigram::Policy policy;
    FixedPrompts prompts{{"Say a."}};
    FunctionJudge judge{count_a};
    PreferenceTrainer dpo{DpoLoss{}, Sgd{20.0f}};
    self_rewarding(policy, prompts, judge, BestVersusWorst{}, dpo,
                   {.iterations = 2, .prompts = 40, .sampling = {1.0f, 1.0f, 16}}, journal,
                   [&](RestartRepeats const& e) { told.emplace_back(e.what); });
    ends.push_back(weights_of(policy));
  }
  CHECK(ends[0] == ends[1]);
  REQUIRE(told.size() == 2);
  CHECK_THAT(told[0], Catch::Matchers::ContainsSubstring("training steps"));
  std::filesystem::remove_all(path);
}

TEST_CASE("P15: a folder belongs to one run, and to the options it began with") {
  auto const path = fresh_folder("owner");
  {
    observe::RunFolder folder(path);
    JournalFile journal(folder, {{"seed", 7}});
    CHECK_THROWS_WITH(observe::RunFolder(path), Catch::Matchers::ContainsSubstring("another run"));
  }
  observe::RunFolder folder(path);
  CHECK_THROWS_WITH(JournalFile(folder, {{"seed", 8}}), Catch::Matchers::ContainsSubstring("seed"));
  std::filesystem::remove_all(path);
}

TEST_CASE("a torn last line is cut off, a damaged line is an error that names it") {
  auto const path = fresh_folder("torn");
  UnitKey const key{1, Stage::preference, 0};
  {
    observe::RunFolder folder(path);
    JournalFile journal(folder, {{"seed", 7}});
    journal.record(key, StepTaken{.loss = 0.5});
  }
  std::ofstream(path / "journal.jsonl", std::ios::app) << "{\"t\":1,\"stage\":\"prefer";
  {
    observe::RunFolder folder(path);
    JournalFile journal(folder, {{"seed", 7}});
    StepTaken step;
    CHECK(journal.recall(key, step));
    CHECK(step.loss == 0.5);
  }
  std::ofstream(path / "journal.jsonl", std::ios::app) << "{\"t\":1,\"stage\":\"nonsense\",\"index\":0,\"unit\":1}\n";
  observe::RunFolder folder(path);
  CHECK_THROWS_WITH(JournalFile(folder, {{"seed", 7}}), Catch::Matchers::ContainsSubstring("journal.jsonl:3"));
  std::filesystem::remove_all(path);
}

TEST_CASE("text that is not UTF-8 comes back from the journal byte for byte") {
  auto const path = fresh_folder("bytes");
  observe::RunFolder folder(path);
  std::vector<Prompt> const prompts = {{"caf\xC3", {1, 2}}, {"plain", {3}}};
  {
    JournalFile journal(folder, {});
    journal.record({1, Stage::prompts, 0}, prompts);
  }
  JournalFile journal(folder, {});
  std::vector<Prompt> back;
  REQUIRE(journal.recall({1, Stage::prompts, 0}, back));
  CHECK(back[0].text == prompts[0].text);
  CHECK(back[1].tokens == prompts[1].tokens);
  std::filesystem::remove_all(path);
}

TEST_CASE("an observer of any event can stop the run after the unit of work it heard of") {
  for (int which = 0; which < 4; ++which) {
    bigram::Policy policy;
    auto const before = weights_of(policy);
    FixedPrompts prompts{{"Say a."}};
    FunctionJudge judge{count_a};
    PreferenceTrainer dpo{DpoLoss{}, Sgd{20.0f}};
    int turns = 0, ended = 0, advanced = 0;
    auto const stop_if = [&](bool now) { return now ? Control::stop : Control::proceed; };
    Control const control = self_rewarding(
        policy, prompts, judge, BestVersusWorst{}, dpo, {.iterations = 3, .prompts = 40, .sampling = {1.0f, 1.0f, 16}},
        [&](IterationBegan const&) {
          ++turns;
          return stop_if(which == 0);
        },
        [&](StageAdvanced const& e) {
          advanced += e.stage == Stage::candidates ? 1 : 0;
          return stop_if(which == 1 && e.stage == Stage::candidates);
        },
        [&](PairsSelected const&) { return stop_if(which == 2); },
        [&](IterationEnded const&) {
          ++ended;
          return stop_if(which == 3);
        });
    INFO(which);
    CHECK(control == Control::stop);
    CHECK(turns == 1);
    CHECK(ended == (which == 3 ? 1 : 0));
    CHECK(advanced == (which == 0 ? 0 : which == 1 ? 1 : 3));
    CHECK((weights_of(policy) == before) == (which < 3));
  }
}

TEST_CASE("a resumed run says at which ends of turns its policy is not the one that was made") {
  auto const path = fresh_folder("past");
  std::vector<bool> here;
  for (int attempt = 0; attempt < 2; ++attempt) {
    observe::RunFolder folder(path);
    JournalFile journal(folder, {});
    bigram::Keeping policy;
    FixedPrompts prompts{{"Say a."}};
    FunctionJudge judge{count_a};
    PreferenceTrainer dpo{DpoLoss{}, Sgd{20.0f}};
    self_rewarding(policy, prompts, judge, BestVersusWorst{}, dpo,
                   {.iterations = 2, .prompts = 40, .sampling = {1.0f, 1.0f, 16}}, journal,
                   [&](IterationEnded const& e) { here.push_back(e.policy_is_here); });
  }
  CHECK(here == std::vector<bool>{true, true, false, true});
  std::filesystem::remove_all(path);
}

TEST_CASE("unusable verdicts and prompts without a pair are counted by their causes") {
  bigram::Policy policy;
  FixedPrompts prompts{{"Say a."}};
  FunctionJudge judge{[](Prompt const&, Response const&) -> Score { return std::nullopt; }};
  PreferenceTrainer dpo{DpoLoss{}, Sgd{}};
  PairsSelected seen{};
  self_rewarding(policy, prompts, judge, BestVersusWorst{}, dpo, {.iterations = 1, .prompts = 10},
                 [&](PairsSelected const& e) { seen = e; });
  CHECK(seen.without_pair == std::map<std::string_view, std::size_t>{{"too_few_scores", 10}});
  CHECK(counts_text(seen.without_pair) == "10 too_few_scores");
}

TEST_CASE("positive-only learns perfect answers, stops where there are none, and goes on after a kill") {
  auto const run = [](std::filesystem::path const& path, double perfect, int lives, std::vector<double>* reward) {
    observe::RunFolder folder(path);
    JournalFile file(folder, {});
    DyingJournal journal{file, lives};
    bigram::Keeping policy;
    FixedPrompts prompts{{"Say a.", "Say more."}};
    FunctionJudge judge{count_a};
    SupervisedTrainer train{KeepingSgd{}, {.epochs = 2, .batch = 8}};
    auto const keep = [&](PairsSelected const& e) {
      if (reward != nullptr) {
        reward->push_back(e.mean_score);
      }
    };
    Control const control =
        positive_only(policy, prompts, judge, PositiveOnly{perfect}, train, std::span<SupervisedExample const>(),
                      {.iterations = 3, .prompts = 64, .sampling = {1.0f, 1.0f, 16}, .seed = {7}}, journal, keep);
    return std::pair(control, weights_of(policy));
  };
  auto const path = fresh_folder("positive"), other = fresh_folder("positive_killed"), none = fresh_folder("nothing");
  std::vector<double> reward;
  auto const [control, weights] = run(path, 1, 1 << 30, &reward);
  CHECK(control == Control::proceed);
  REQUIRE(reward.size() == 3);
  CHECK(reward[2] > 2 * reward[0]);
  for (int lives = 3;; lives += 4) {
    REQUIRE(lives < 1000);
    try {
      auto const resumed = run(other, 1, lives, nullptr).second;
      CHECK(resumed == weights);
      break;
    } catch (Killed const&) {
    }
  }
  CHECK(run(none, 100, 1 << 30, nullptr).first == Control::stop);
  for (auto const& folder : {path, other, none}) {
    std::filesystem::remove_all(folder);
  }
}

namespace {

/// Judges by letters, and pairs one judgement a turn: what a meta-judge does, in small.
struct TrainingJudge : FunctionJudge<decltype(count_a)> {
  int* made;
  explicit TrainingJudge(int* m) : FunctionJudge(count_a), made(m) {}

  std::vector<PreferencePair> judge_pairs(bigram::Keeping& policy, std::span<JudgedGroup const> groups, Seed) {
    ++*made;
    auto const& t = policy.tokenizer();
    return {{{"judge", t.encode_prompt("judge")},
             {"good", t.encode_response("good")},
             {groups[0].responses[0].text + "!", t.encode_response("bad")}}};
  }
};
static_assert(JudgeTrainer<TrainingJudge, bigram::Keeping>);

} // namespace

TEST_CASE("a judge's own pairs reach the optimizer with their reference, once, and are remembered") {
  auto const run = [](std::filesystem::path const& path, int lives, int* made) {
    observe::RunFolder folder(path);
    JournalFile file(folder, {});
    DyingJournal journal{file, lives};
    bigram::Keeping policy;
    FixedPrompts prompts{{"Say a."}};
    TrainingJudge judge(made);
    PreferenceTrainer dpo{DpoLoss{}, KeepingSgd{}, {.epochs = 1, .batch = 4}};
    self_rewarding(policy, prompts, judge, BestVersusWorst{}, dpo,
                   {.iterations = 2, .prompts = 20, .sampling = {1.0f, 1.0f, 16}}, journal);
    std::size_t own = 0;
    for (auto const& [key, pairs] : file.recorded().all<std::vector<PreferencePair>>(Stage::pairs)) {
      for (PreferencePair const& pair : pairs) {
        own += pair.prompt.text == "judge" && pair.reference_chosen < 0 ? 1 : 0;
      }
    }
    CHECK(own == 2);
    return weights_of(policy);
  };
  auto const straight = fresh_folder("meta"), killed = fresh_folder("meta_killed");
  int made = 0, ignored = 0;
  auto const weights = run(straight, 1 << 30, &made);
  CHECK(made == 2);
  for (int lives = 3;; lives += 3) {
    REQUIRE(lives < 1000);
    try {
      auto const resumed = run(killed, lives, &ignored);
      CHECK(resumed == weights);
      break;
    } catch (Killed const&) {
    }
  }
  std::filesystem::remove_all(straight);
  std::filesystem::remove_all(killed);
}

TEST_CASE("SPIN brings the model's answers towards people's, and stops where there is nothing to tell apart") {
  bigram::Keeping policy;
  auto const& t = policy.tokenizer();
  std::vector<SupervisedExample> const people = {{{"say", t.encode_prompt("say")}, {"abab", t.encode_response("abab")}},
                                                 {{"go", t.encode_prompt("go")}, {"aba", t.encode_response("aba")}}};
  auto const likelihood = [&] {
    double sum = 0;
    for (SupervisedExample const& e : people) {
      SequenceView const view{e.prompt.tokens, e.response.tokens};
      sum += static_cast<double>(policy.log_probs({&view, 1})[0]);
    }
    return sum;
  };
  double const before = likelihood();
  PreferenceTrainer train{SpinLoss{}, KeepingSgd{}, {.epochs = 2, .batch = 2}};
  NoJournal journal;
  CHECK(spin(policy, std::span(people), train, 20, {1.0f, 1.0f, 8}, Seed{5}, journal) == Control::proceed);
  CHECK(likelihood() > before + 5);

  std::vector<SupervisedExample> own = people;
  own.pop_back();
  JudgedGroup group{people[0].prompt, {people[0].response}};
  CHECK(against_own(own, std::span<JudgedGroup const>(&group, 1)).empty());
}
