/// Several ranks as threads: laws, gradients of any number of ranks, sharded judging, the journal's shards, and errors.
#include "io/temporary_folder.hpp"
#include "support/bigram.hpp"
#include "support/catch.hpp"
#include "support/violations.hpp"
#include <srlm/backend/eigen.hpp>
#include <srlm/comm/one_rank.hpp>
#include <srlm/comm/staged_ranks.hpp>
#include <srlm/comm/thread_ranks.hpp>
#include <srlm/core.hpp>
#include <srlm/observe/sharded_journal.hpp>
#include <srlm/observe/sharded_judge.hpp>
#include <srlm/optim/adamw.hpp>
#include <srlm/testing/laws.hpp>
#include <srlm/train/data_parallel.hpp>
#include <atomic>

using namespace srlm;
using namespace srlm::testing;

static_assert(Communicator<OneRank, EigenBackend> && Communicator<ThreadRank, EigenBackend>);
static_assert(Policy<DataParallel<bigram::Policy, EigenBackend, OneRank>>);
static_assert(Checkpointed<DataParallel<bigram::Keeping, EigenBackend, OneRank>>);
static_assert(!Checkpointed<DataParallel<bigram::Policy, EigenBackend, OneRank>>);
static_assert(Checkpointed<DataParallelStepper<AdamW<EigenBackend>, OneRank>>);

namespace {

std::vector<float> values_of(bigram::Policy& policy) {
  auto const w = policy.model.weights().front().value;
  return {w.begin(), w.end()};
}

Tokens letters(std::size_t seed, std::size_t n) {
  Tokens tokens;
  for (std::size_t i = 0; i < n; ++i) {
    tokens.push_back(static_cast<Token>(97 + Seed{seed}.below(20, i)));
  }
  return tokens;
}

std::vector<SupervisedExample> examples() {
  std::vector<SupervisedExample> rows;
  for (std::size_t i = 0; i < 23; ++i) {
    rows.push_back({{"", letters(i, 1 + i % 4)}, {"", letters(100 + i, 1 + i % 7)}});
  }
  return rows;
}

std::vector<PreferencePair> pairs() {
  std::vector<PreferencePair> rows;
  for (std::size_t i = 0; i < 19; ++i) {
    rows.push_back(
        {{"", letters(i, 1 + i % 4)}, {"", letters(200 + i, 1 + i % 7)}, {"", letters(300 + i, 2 + i % 5)}, {}, {}});
  }
  return rows;
}

struct Learned {
  std::vector<float> weights;
  std::vector<double> numbers; ///< losses, norms and rewards of every step
};

/// SFT, then DPO, by so many ranks.
Learned learned_by(std::size_t size, std::size_t lanes) {
  Learned first;
  run_thread_ranks(size, [&](ThreadRank& ranks) {
    EigenBackend backend(1);
    auto model = bigram::random();
    DataParallel policy(model, backend, ranks, lanes);
    Learned own;
    NoJournal journal;
    auto const hear = [&](StepTaken const& e) {
      own.numbers.insert(own.numbers.end(),
                         {e.loss, e.gradient_norm, e.margin, e.accuracy, static_cast<double>(e.tokens)});
    };
    Turn<NoJournal, decltype(hear)> const turn(1, journal, hear);
    AdamWOptions const rates{.schedule = {Schedule::Shape::constant, 0.05, 0, 0}};
    SupervisedTrainer sft{DataParallelStepper(AdamW(backend, rates), ranks),
                          {.epochs = 3, .batch = 8, .micro_batch = 6}};
    sft.fit(policy, examples(), Seed{3}, Stage::supervised, turn);
    auto data = pairs();
    PreferenceTrainer dpo{
        DpoLoss{}, DataParallelStepper(AdamW(backend, rates), ranks), {.epochs = 3, .batch = 8, .micro_batch = 8}};
    dpo.record_reference(policy, std::span(data));
    dpo.fit(policy, data, Seed{4}, turn);
    own.weights = values_of(model);
    if (ranks.rank() == 0) {
      first = std::move(own);
    }
  });
  return first;
}

/// The same by the trainers alone, without ranks or lanes.
Learned learned_alone() {
  EigenBackend backend(1);
  auto policy = bigram::random();
  AdamWOptions const rates{.schedule = {Schedule::Shape::constant, 0.05, 0, 0}};
  SupervisedTrainer{AdamW(backend, rates), {.epochs = 3, .batch = 8, .micro_batch = 6}}.fit(policy, examples(),
                                                                                            Seed{3});
  auto data = pairs();
  PreferenceTrainer dpo{DpoLoss{}, AdamW(backend, rates), {.epochs = 3, .batch = 8, .micro_batch = 8}};
  dpo.record_reference(policy, std::span(data));
  NoJournal journal;
  dpo.fit(policy, data, Seed{4}, Turn<NoJournal>(1, journal));
  return {values_of(policy), {}};
}

double furthest(std::vector<float> const& a, std::vector<float> const& b) {
  double worst = a.size() == b.size() ? 0 : HUGE_VAL;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return worst;
}

} // namespace

TEST_CASE("one rank and ranks that are threads keep the communicator's laws") {
  EigenBackend backend(1);
  OneRank alone;
  CHECK(text_of(communicator_laws(alone, backend)) == "");
  for (std::size_t size : {1u, 2u, 3u, 4u, 7u}) {
    run_thread_ranks(size, [](ThreadRank& ranks) {
      EigenBackend own(1);
      require_laws(communicator_laws(ranks, own));
      StagedRanks staged(ranks, own);
      require_laws(communicator_laws(staged, own));
    });
  }
}

TEST_CASE("a sum has the same bits over blocks of parts and over ranks that hold them") {
  std::vector<float> parts;
  for (std::size_t i = 0; i < 8; ++i) {
    parts.push_back(static_cast<float>(Seed{1}.uniform(i) - 0.5));
  }
  auto const sum = [](std::vector<float> values) {
    tree_sum(values.size(), [&](std::size_t to, std::size_t from) { values[to] += values[from]; });
    return values.front();
  };
  for (std::size_t size : {2u, 4u, 8u}) {
    run_thread_ranks(size, [&](ThreadRank& ranks) {
      auto const block = parts.begin() + static_cast<std::ptrdiff_t>(8 / size * static_cast<std::size_t>(ranks.rank()));
      float own = sum({block, block + static_cast<std::ptrdiff_t>(8 / size)});
      ranks.all_reduce_sum({&own, 1});
      require(own == sum(parts), "tree", "another sum", "the same");
    });
  }
}

TEST_CASE("a data-parallel policy keeps a policy's laws") {
  run_thread_ranks(2, [](ThreadRank& ranks) {
    EigenBackend backend(1);
    auto model = bigram::random();
    DataParallel policy(model, backend, ranks);
    require_laws(generator_laws(policy, {65, 66, 10}, {70, 71, 72}));
    require_laws(log_prob_laws(policy, PolicyCase{{65, 66, 10}, {70, 71, 72}, 128}));
  });
}

TEST_CASE(
    "SFT and DPO steps: the same bytes on 1, 2, 4 and 8 ranks, and within rounding of other numbers and of none") {
  Learned const one = learned_by(1, 8);
  CHECK(one.numbers.size() > 50);
  for (std::size_t size : {2u, 4u, 8u}) {
    Learned const several = learned_by(size, 8);
    CHECK(several.weights == one.weights);
    CHECK(several.numbers == one.numbers);
  }
  CHECK(learned_by(3, 3).weights == learned_by(3, 3).weights);
  CHECK(furthest(learned_by(3, 3).weights, one.weights) < 1e-3);
  CHECK(furthest(learned_alone().weights, one.weights) < 1e-3);
}

TEST_CASE("answers do not depend on the number of ranks") {
  std::vector<GenerationRequest> requests;
  std::vector<Tokens> prompts;
  for (std::size_t i = 0; i < 7; ++i) {
    prompts.push_back(letters(i, 3));
  }
  for (std::size_t i = 0; i < 7; ++i) {
    requests.push_back({prompts[i], Seed{i}});
  }
  auto alone = bigram::random();
  auto const expected = alone.generate(requests, {1.0f, 1.0f, 12});
  for (std::size_t size : {1u, 2u, 4u, 8u}) { // eight ranks: one has nothing to do
    run_thread_ranks(size, [&](ThreadRank& ranks) {
      EigenBackend backend(1);
      auto model = bigram::random();
      DataParallel policy(model, backend, ranks, 8);
      require(policy.generate(requests, {1.0f, 1.0f, 12}) == expected, "ranks", "other answers", "the same");
      require(policy.generate({}, {1.0f, 1.0f, 12}).empty(), "ranks", "answers", "none");
    });
  }
}

TEST_CASE("a sharded judge asks about each group once and gives every rank all scores") {
  auto const judged = [](std::size_t size) {
    std::vector<JudgedGroup> first;
    std::atomic<int> asked = 0;
    run_thread_ranks(size, [&](ThreadRank& ranks) {
      EigenBackend backend(1);
      auto model = bigram::random();
      DataParallel policy(model, backend, ranks);
      FunctionJudge inner{[&](Prompt const&, Response const& y) -> Score {
        ++asked;
        return y.text.empty() ? Score() : static_cast<float>(y.text.size());
      }};
      ShardedJudge judge(std::move(inner), ranks);
      std::vector<JudgedGroup> groups;
      for (char const* text : {"a", "", "ccc", "dd", "\xff"}) {
        groups.push_back({{"x", {65}}, {{std::string(text), {66}}}});
      }
      judge.score(policy, std::span(groups), Seed{5});
      if (ranks.rank() == ranks.size() - 1) {
        first = groups;
      }
    });
    CHECK(asked == 5);
    return first;
  };
  std::vector<JudgedGroup> const one = judged(1), four = judged(4);
  REQUIRE(four.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(four[i].scores == one[i].scores);
    CHECK(four[i].responses.front().text == one[i].responses.front().text);
  }
  CHECK(!four[1].scores.front());
}

TEST_CASE("an error of one rank ends all with its message; ranks that go different ways are told so") {
  auto const ends = [](auto&& f) {
    std::atomic<int> told = 0;
    std::string message;
    try {
      run_thread_ranks(4, [&](ThreadRank& ranks) {
        try {
          f(ranks);
        } catch (SharedError const&) {
          ++told;
          throw;
        }
      });
    } catch (std::exception const& problem) {
      message = problem.what();
    }
    return std::pair(told.load(), message);
  };
  auto const [told, message] = ends([](ThreadRank& ranks) {
    EigenBackend backend(1);
    auto model = bigram::random();
    DataParallel policy(model, backend, ranks);
    share_work(ranks, "a check", [&] { require(ranks.rank() != 2, "the disk", "no room", "some"); });
  });
  CHECK(told == 4);
  CHECK(message == "rank 2 of 4: the disk: got no room, expected some");

  auto const [apart, ways] = ends(
      [](ThreadRank& ranks) { share_work(ranks, ranks.rank() == 3 ? "judge 4 groups" : "judge 5 groups", [] {}); });
  CHECK(apart == 4);
  CHECK(ways.find("\"judge 5 groups\" on rank 0 and \"judge 4 groups\" on rank 3") != std::string::npos);

  auto const [lost, last] = ends([](ThreadRank& ranks) {
    require(ranks.rank() != 1, "rank 1", "an end", "none");
    ranks.all_gather({});
  });
  CHECK(lost == 0);
  CHECK(last.find("rank 1: got an end") != std::string::npos);

  CHECK(ends([](ThreadRank& ranks) {
          EigenBackend backend(1);
          auto model = bigram::random();
          DataParallel policy(model, backend, ranks, 6);
        }).second.find("a multiple of the 4 ranks") != std::string::npos);
}

TEST_CASE("an observer of the first rank ends all ranks") {
  std::atomic<int> heard = 0;
  run_thread_ranks(3, [&](ThreadRank& ranks) {
    FirstRankObserver observer(
        [&](StepTaken const&) {
          ++heard;
          return Control::stop;
        },
        ranks);
    require(notify(StepTaken{}, observer) == Control::stop, "observer", "no stop", "a stop");
    require(notify(IterationBegan{1}, observer) == Control::proceed, "observer", "a stop", "nothing heard");
  });
  CHECK(heard == 1);
}

TEST_CASE("the journal of several ranks is at its end the file that one rank writes") {
  TemporaryFolder folder;
  for (std::size_t size : {3u, 1u}) {
    std::string const run = folder / std::to_string(size);
    run_thread_ranks(size, [&](ThreadRank& ranks) {
      ShardedJournal journal(run, {{"seed", 7}}, ranks);
      require(!journal.resumes(), "journal", "units", "none");
      for (std::size_t i = 0; i < 7; ++i) {
        StepTaken step;
        step.loss = static_cast<double>(i);
        journal.record(UnitKey{1, Stage::preference, i}, step);
      }
      journal.finish();
    });
    CHECK(!std::filesystem::exists(run + "/journal.1.jsonl"));
  }
  CHECK(read_text(folder / "3/journal.jsonl") == read_text(folder / "1/journal.jsonl"));
}

TEST_CASE("the shards of ranks that ended early are found by another number of ranks, torn lines or not") {
  TemporaryFolder folder;
  std::string const run = folder / "run";
  auto const step = [](std::size_t i) {
    StepTaken s;
    s.loss = static_cast<double>(i);
    return s;
  };
  auto const part = [&](std::size_t size, std::size_t from, std::size_t to, bool finish) {
    run_thread_ranks(size, [&](ThreadRank& ranks) {
      ShardedJournal journal(run, {{"seed", 7}}, ranks);
      for (std::size_t i = 0; i < from; ++i) {
        StepTaken before;
        require(journal.recall(UnitKey{1, Stage::preference, i}, before) && before.loss == static_cast<double>(i),
                "journal", "a lost unit", "all that was recorded");
      }
      for (std::size_t i = from; i < to; ++i) {
        journal.record(UnitKey{1, Stage::preference, i}, step(i));
      }
      if (finish) {
        journal.finish();
      }
    });
  };
  part(4, 0, 9, false);
  CHECK(std::filesystem::exists(run + "/journal.3.jsonl"));
  { // a kill in the middle of a line
    std::ofstream torn(run + "/journal.2.jsonl", std::ios::app);
    torn << "{\"line\":10,\"te";
  }
  part(2, 9, 12, false);
  part(1, 12, 13, false);
  part(3, 13, 16, true);
  std::string const pieces = read_text(run + "/journal.jsonl");
  std::filesystem::remove_all(run);
  part(1, 0, 16, true);
  CHECK(pieces == read_text(run + "/journal.jsonl"));
}

TEST_CASE("a sharded journal of other options is refused on every rank, and so are ranks with different options") {
  TemporaryFolder folder;
  std::string const run = folder / "run";
  auto const open = [&](auto identity_of) {
    return message_of<SharedError>([&] {
      run_thread_ranks(2, [&](ThreadRank& ranks) {
        ShardedJournal journal(run, {{"seed", identity_of(ranks.rank())}}, ranks);
      });
    });
  };
  CHECK(open([](int) { return 7; }) == "");
  CHECK(open([](int) { return 8; }).find("seed: got 8, expected 7") != std::string::npos);
  CHECK(open([](int rank) { return 7 + rank; }).find("the same work everywhere") != std::string::npos);
}
