/// What a trainer can be given beside a loss: losses over batches, views, other references, replay, a held-out measure.
#include "support/catch.hpp"
#include "train/pairs.hpp"
#include <srlm/loss/losses.hpp>
#include <srlm/observe/journal_file.hpp>
#include <srlm/optim/sgd.hpp>
#include <srlm/train/divergence.hpp>
#include <srlm/train/held_out.hpp>
#include <srlm/train/preference.hpp>
#include <srlm/train/replay.hpp>
#include <srlm/train/supervised.hpp>
#include <unistd.h>

using namespace srlm;
using Catch::Approx;

namespace {

template <class L, class... Parts>
std::vector<float> after(L loss, PreferenceOptions const& options, std::vector<StepTaken>* steps = nullptr,
                         Parts... parts) {
  auto policy = bigram::random();
  auto pairs = bigram::pairs();
  PreferenceTrainer trainer(loss, Sgd{1.0f}, options, std::move(parts)...);
  trainer.record_reference(policy, std::span(pairs));
  NoJournal journal;
  auto const keep = [&](StepTaken const& s) {
    if (steps != nullptr) {
      steps->push_back(s);
    }
  };
  trainer.fit(policy, pairs, Seed{1}, Turn(1, journal, keep));
  return bigram::weights_of(policy);
}

std::filesystem::path fresh_folder(std::string const& name) {
  auto const path = std::filesystem::temp_directory_path() / ("srlm_train_" + std::to_string(::getpid()) + "_" + name);
  std::filesystem::remove_all(path);
  return path;
}

/// run(folder, most steps) ends with the same weights whether it was stopped after so many steps before or not.
template <class Run>
void goes_on_after_stops(std::string const& name, std::vector<std::size_t> const& stops, Run&& run) {
  auto const straight_path = fresh_folder(name);
  auto const straight = run(straight_path, std::size_t{100});
  for (std::size_t stop : stops) {
    INFO("stopped after " << stop << " steps");
    auto const path = fresh_folder(name + std::to_string(stop));
    run(path, stop);
    CHECK(run(path, std::size_t{100}) == straight);
    std::filesystem::remove_all(path);
  }
  std::filesystem::remove_all(straight_path);
}

} // namespace

TEST_CASE("a loss over a batch gives the same step however the batch is split") {
  for_each_type(TypeList<AotLoss, KtoLoss>{}, [&]<class L>(std::type_identity<L>) {
    INFO(L::name);
    auto const whole = after(L{}, {.epochs = 12, .batch = 4, .micro_batch = 4});
    auto const split = after(L{}, {.epochs = 12, .batch = 4, .micro_batch = 1});
    CHECK(bigram::furthest(whole, split) < 1e-5f);
    CHECK(bigram::furthest(whole, after(L{}, {.epochs = 12, .batch = 2})) > 1e-4f);
  });
}

TEST_CASE("every loss of the list trains, from the start that its reference says") {
  for_each_type(Losses{}, [&]<class L>(std::type_identity<L>) {
    INFO(L::name);
    std::vector<StepTaken> steps;
    auto const untrained = [] {
      auto policy = bigram::random();
      return bigram::weights_of(policy);
    }();
    auto const trained = after(L{}, {.epochs = 3, .batch = 4, .micro_batch = 2}, &steps);
    REQUIRE(steps.size() == 3);
    CHECK(steps[0].margin == 0);
    CHECK(std::isfinite(steps[2].loss));
    CHECK(bigram::furthest(trained, untrained) > 0);
  });
}

TEST_CASE("LD-DPO counts surplus tokens alpha times, in policy and reference, and is DPO at alpha 1") {
  auto policy = bigram::random();
  auto pairs = bigram::pairs();
  PreferencePair const& first = pairs[0]; // chosen has 4 tokens, rejected 6
  auto const log_prob = [&](std::size_t tokens) {
    SequenceView const view{first.prompt.tokens, std::span(first.rejected.tokens).first(tokens)};
    return static_cast<double>(policy.log_probs({&view, 1})[0]);
  };
  PreferenceTrainer trainer(LdDpoLoss{0.1, 0.3}, Sgd{});
  trainer.record_reference(policy, std::span(pairs));
  CHECK(static_cast<double>(pairs[0].reference_rejected) ==
        Approx(log_prob(4) + 0.3 * (log_prob(6) - log_prob(4))).epsilon(1e-6));
  PreferenceOptions const options{.epochs = 2, .batch = 4};
  CHECK(after(LdDpoLoss{0.1, 1}, options) == after(DpoLoss{0.1}, options));
  auto const some = after(LdDpoLoss{0.1, 0.5}, options);
  CHECK(some != after(DpoLoss{0.1}, options));
}

TEST_CASE("LD-DPO's step is along the derivative of its own log-probabilities") {
  auto policy = bigram::random();
  auto pairs = bigram::pairs();
  double const alpha = 0.3;
  auto const loss_of = [&](bigram::Policy& p) {
    std::vector<PreferencePair> at = pairs;
    record_reference(p, std::span(at), alpha);
    double sum = 0;
    for (std::size_t i = 0; i < at.size(); ++i) {
      sum +=
          DpoLoss{}({static_cast<double>(at[i].reference_chosen), static_cast<double>(at[i].reference_rejected),
                     static_cast<double>(pairs[i].reference_chosen), static_cast<double>(pairs[i].reference_rejected)})
              .value;
    }
    return sum / static_cast<double>(at.size());
  };
  PreferenceTrainer trainer(LdDpoLoss{0.1, alpha}, Sgd{1.0f}, {.batch = 4});
  trainer.record_reference(policy, std::span(pairs));
  auto const start = policy;
  trainer.fit(policy, pairs, Seed{1});
  std::vector<float> const before = bigram::weights_of(const_cast<bigram::Policy&>(start)),
                           moved = bigram::weights_of(policy);
  double slope = 0; // along the step, which is minus the gradient: minus its square
  for (std::size_t i = 0; i < before.size(); ++i) {
    slope -= std::pow(static_cast<double>(moved[i] - before[i]), 2);
  }
  auto const at = [&](float t) {
    bigram::Policy p = start;
    auto const w = p.model.weights().front().value;
    for (std::size_t i = 0; i < before.size(); ++i) {
      w[i] = before[i] + t * (moved[i] - before[i]);
    }
    return loss_of(p);
  };
  CHECK((at(0.5f) - at(-0.5f)) == Approx(slope).epsilon(0.02));
}

TEST_CASE("a fixed reference gives the numbers, and the first loss is then not held to log 2") {
  auto reference = bigram::random(99);
  auto pairs = bigram::pairs();
  std::vector<PreferencePair> expected = pairs;
  record_reference(reference, std::span(expected));
  std::vector<StepTaken> steps;
  auto policy = bigram::random();
  PreferenceTrainer trainer(DpoLoss{}, Sgd{1.0f}, {.batch = 4}, FixedReference(reference));
  trainer.record_reference(policy, std::span(pairs));
  CHECK(pairs[2].reference_rejected == expected[2].reference_rejected);
  NoJournal journal;
  auto const keep = [&](StepTaken const& s) { steps.push_back(s); };
  trainer.fit(policy, pairs, Seed{1}, Turn(1, journal, keep));
  CHECK(std::abs(steps[0].loss - std::log(2.0)) > 1e-4);
  CHECK_THROWS_WITH(PreferenceTrainer(DpoLoss{}, Sgd{}, {.refresh_reference_every = 2}, FixedReference(reference)),
                    Catch::Matchers::ContainsSubstring("one of both"));
}

TEST_CASE("a refreshed reference starts from log 2 again, every so many steps") {
  std::vector<StepTaken> steps;
  after(DpoLoss{}, {.epochs = 6, .batch = 4, .refresh_reference_every = 2}, &steps);
  REQUIRE(steps.size() == 6);
  for (std::size_t step : {0u, 2u, 4u}) {
    CHECK(steps[step].loss == Approx(std::log(2.0)).epsilon(1e-12));
    CHECK(steps[step + 1].loss < std::log(2.0) - 1e-4);
  }
}

TEST_CASE("a run with a refreshed reference goes on after a kill at any step in the same bytes") {
  auto const run = [](std::filesystem::path const& path, std::size_t most_steps) {
    observe::RunFolder folder(path);
    JournalFile journal(folder, {});
    bigram::Keeping policy = bigram::random<bigram::Keeping>();
    auto pairs = bigram::pairs();
    record_reference(policy, std::span(pairs));
    PreferenceTrainer trainer(DpoLoss{}, Sgd{3.0f},
                              {.epochs = 8, .batch = 4, .checkpoint_every = 1, .refresh_reference_every = 3});
    std::size_t taken = 0;
    auto const stop = [&](StepTaken const&) { return ++taken == most_steps ? Control::stop : Control::proceed; };
    trainer.fit(policy, pairs, Seed{1}, Turn(1, journal, stop));
    return bigram::weights_of(policy);
  };
  goes_on_after_stops("refresh", {1u, 2u, 3u, 4u, 5u, 7u}, run);
}

TEST_CASE("replay adds its rows' gradient to each step and reports their loss") {
  auto policy = bigram::random();
  std::vector<SupervisedExample> rows;
  for (PreferencePair const& pair : bigram::pairs()) {
    rows.push_back({pair.prompt, pair.chosen});
  }
  std::vector<StepTaken> with, without;
  PreferenceOptions const options{.epochs = 20, .batch = 4};
  after(DpoLoss{}, options, &without);
  after(DpoLoss{}, options, &with, Replay(rows, {.weight = 2, .rows = 4}));
  CHECK(without[0].replay_loss == 0);
  CHECK(with[0].loss == without[0].loss);
  CHECK(with[19].replay_loss < 0.95 * with[0].replay_loss);
  CHECK(with[19].chosen_log_prob > without[19].chosen_log_prob); // the chosen answers stay likely
  CHECK_THROWS_WITH(Replay({}), Catch::Matchers::ContainsSubstring("no rows"));
  CHECK_THROWS_WITH(Replay(rows, {.weight = -1}), Catch::Matchers::ContainsSubstring("weight"));
}

namespace {

/// Rises for so many measurements, then falls.
struct Hill {
  int top;
  int* measured;
  HigherIsBetter operator()(bigram::Keeping&) {
    ++*measured;
    return HigherIsBetter(*measured <= top ? *measured : 2 * top - *measured);
  }
};

} // namespace

TEST_CASE("a stage ends when held-out measurements stop rising, with the best policy") {
  auto const trained = [](int top, std::size_t epochs, int& measured) {
    bigram::Keeping policy = bigram::random<bigram::Keeping>();
    auto pairs = bigram::pairs();
    record_reference(policy, std::span(pairs));
    auto const folder = fresh_folder("best");
    PreferenceTrainer trainer(DpoLoss{}, Sgd{1.0f}, {.epochs = epochs, .batch = 4},
                              BestOnHeldOut(Hill{top, &measured}, {.every = 2, .patience = 2, .folder = folder}));
    trainer.fit(policy, pairs, Seed{1});
    CHECK(std::filesystem::is_empty(folder)); // nothing is left behind
    std::filesystem::remove_all(folder);
    return bigram::weights_of(policy);
  };
  int measured = 0, all = 0;
  auto const best = trained(3, 40, measured); // best after 6 steps, stopped after 10
  CHECK(measured == 5);
  CHECK(best == trained(100, 6, all));
  CHECK(all == 3);
}

TEST_CASE("a lower loss on held-out rows is better, and one that is not a number is an error") {
  bigram::Keeping policy = bigram::random<bigram::Keeping>();
  std::vector<SupervisedExample> rows;
  for (PreferencePair const& pair : bigram::pairs()) {
    rows.push_back({pair.prompt, pair.chosen});
  }
  auto const folder = fresh_folder("lower");
  std::vector<double> seen;
  NoJournal journal;
  auto const keep = [&](StepTaken const& s) {
    if (s.held_out) {
      seen.push_back(*s.held_out);
    }
  };
  SupervisedTrainer trainer(Sgd{1.0f}, {.epochs = 5, .batch = 4},
                            BestOnHeldOut([&](bigram::Keeping& p) { return LowerIsBetter(likelihood_loss(p, rows)); },
                                          {.every = 1, .patience = 1, .folder = folder}));
  trainer.fit(policy, rows, Seed{1}, Stage::supervised, Turn(0, journal, keep));
  REQUIRE(seen.size() == 5); // it fell all the way, so nothing stopped it
  CHECK(seen.back() < seen.front());
  SupervisedTrainer broken(Sgd{1.0f}, {.epochs = 1, .batch = 4},
                           BestOnHeldOut([](bigram::Keeping&) { return HigherIsBetter(std::nan("")); },
                                         {.every = 1, .patience = 1, .folder = folder}));
  CHECK_THROWS_WITH(broken.fit(policy, rows, Seed{1}, Stage::supervised, Turn(0, journal)),
                    Catch::Matchers::ContainsSubstring("finite number"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a stage that chooses its checkpoint goes on after a kill at any step in the same bytes") {
  auto const run = [](std::filesystem::path const& path, std::size_t most_steps) {
    observe::RunFolder folder(path);
    JournalFile journal(folder, {});
    bigram::Keeping policy = bigram::random<bigram::Keeping>();
    auto pairs = bigram::pairs();
    record_reference(policy, std::span(pairs));
    auto const first = [](bigram::Keeping& p) { // rises and falls: likelihood of one answer under training
      static auto const given = bigram::pairs();
      SequenceView const view{given[0].prompt.tokens, given[1].rejected.tokens};
      return HigherIsBetter(-std::abs(static_cast<double>(p.log_probs({&view, 1})[0]) + 9.72));
    };
    PreferenceTrainer trainer(DpoLoss{}, Sgd{3.0f}, {.epochs = 12, .batch = 4, .checkpoint_every = 2},
                              BestOnHeldOut(first, {.every = 1, .patience = 3, .folder = path / "best"}));
    std::size_t taken = 0;
    auto const stop = [&](StepTaken const&) { return ++taken == most_steps ? Control::stop : Control::proceed; };
    trainer.fit(policy, pairs, Seed{1}, Turn(1, journal, stop));
    return bigram::weights_of(policy);
  };
  goes_on_after_stops("choice", {1u, 2u, 3u, 4u, 5u, 6u, 8u}, run);
}

TEST_CASE("CREAM takes the consistency of each pair, or the mean of all") {
  auto const trained = [](std::vector<float> const& consistency, bool average) {
    auto policy = bigram::random();
    auto pairs = bigram::pairs();
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      pairs[i].consistency = consistency[i];
    }
    record_reference(policy, std::span(pairs));
    PreferenceTrainer trainer(CreamLoss{}, Sgd{1.0f}, {.epochs = 2, .batch = 4, .average_consistency = average});
    trainer.fit(policy, pairs, Seed{1});
    return bigram::weights_of(policy);
  };
  auto const each = trained({1, 0.5f, 0.75f, 0.25f}, false);
  auto const mean = trained({0.625f, 0.625f, 0.625f, 0.625f}, false);
  CHECK(each != mean);
  CHECK(trained({1, 0.5f, 0.75f, 0.25f}, true) == mean);
}

TEST_CASE("P10: a wrong reference is found out for a loss over batches too, however the batch is split") {
  auto policy = bigram::random();
  auto pairs = bigram::pairs();
  record_reference(policy, std::span(pairs));
  pairs[1].reference_chosen -= 1;
  for (std::size_t micro_batch : {1u, 4u}) {
    PreferenceTrainer trainer(KtoLoss{}, Sgd{}, {.batch = 4, .micro_batch = micro_batch});
    CHECK_THROWS_WITH(trainer.fit(policy, pairs, Seed{1}), Catch::Matchers::ContainsSubstring("first preference loss"));
  }
}

TEST_CASE("P10: a reference that is off by its rounding is no wrong one, however steep the loss is there") {
  for (auto const& [off, thrown] : {std::pair{4e-6f, false}, {1e-3f, true}}) {
    auto policy = bigram::random();
    auto pairs = bigram::pairs();
    record_reference(policy, std::span(pairs));
    pairs[1].reference_chosen += off;
    PreferenceTrainer trainer(IpoSumLoss{0.1}, Sgd{}, {.batch = 4}); // its slope at the start is 1 / beta
    if (thrown) {
      CHECK_THROWS_WITH(trainer.fit(policy, pairs, Seed{1}), Catch::Matchers::ContainsSubstring("pair 1"));
    } else {
      CHECK_NOTHROW(trainer.fit(policy, pairs, Seed{1}));
    }
  }
}

TEST_CASE("the divergence is the mean log-ratio of the policy's answers, 0 from itself and for none") {
  auto policy = bigram::random(5, 3.0f), base = bigram::random(6, 3.0f);
  std::vector<JudgedGroup> groups(1);
  groups[0].prompt = bigram::pairs()[0].prompt;
  std::vector<GenerationRequest> requests;
  for (std::uint64_t i = 0; i < 400; ++i) {
    requests.push_back({groups[0].prompt.tokens, Seed{i}});
  }
  for (Tokens& answer : policy.generate(requests, {1.0f, 1.0f, 12})) {
    groups[0].responses.push_back({"", std::move(answer), true});
  }
  CHECK(divergence(policy, policy, std::span<JudgedGroup const>(groups)) == 0);
  CHECK(divergence(policy, base, std::span<JudgedGroup const>(groups)) > 5); // 12 letters, about 1.5 nats each
  CHECK(divergence(policy, base, std::span<JudgedGroup const>()) == 0);
  groups[0].responses.resize(1);
  SequenceView const view{groups[0].prompt.tokens, groups[0].responses[0].tokens};
  CHECK(divergence(policy, base, std::span<JudgedGroup const>(groups)) ==
        Approx(static_cast<double>(policy.log_probs({&view, 1})[0] - base.log_probs({&view, 1})[0])).epsilon(1e-5));
}

TEST_CASE("a loss with a parameter out of its range is refused before any work") {
  CHECK_THROWS_WITH(PreferenceTrainer(DpoLoss{-1}, Sgd{}), Catch::Matchers::ContainsSubstring("dpo: beta"));
}
