/// One turn of the loop over the built-in model, without files and without reading verdicts: what the model computes.
#pragma once
#include "built_in_model.hpp"
#include <srlm/loss/dpo.hpp>
#include <srlm/optim/adamw.hpp>
#include <chrono>

namespace bench {

/// The reference pass over one pair, then a DPO step on it.
inline void learn_pair(AdamW<AnyBackend>& adamw, std::span<SequenceView const> pair) {
  DpoLoss const loss{0.1};
  std::vector<float> const reference = model().log_probs(pair);
  auto tape = model().forward(pair);
  PairLogProbs p{};
  p.chosen = tape.log_probs()[0];
  p.rejected = tape.log_probs()[1];
  p.reference_chosen = reference[0];
  p.reference_rejected = reference[1];
  auto const value = loss(p);
  model().backward(std::move(tape),
                   std::vector<float>{static_cast<float>(value.d_chosen), static_cast<float>(value.d_rejected)});
  adamw.step(model());
}

/// How much there is to do; lengths in tokens. A verdict is asked for by rubric, prompt, answer and what stands behind
/// it.
struct TurnSize {
  std::size_t prompts = 4, candidates = 4, votes = 3;
  std::size_t prompt = 40, answer = 128, rubric = 324, behind = 27, verdict = 64;

  std::size_t judge_prompt() const { return rubric + prompt + answer + behind; }
};

struct TurnSeconds {
  double answering = 0, judging = 0, learning = 0;
};

/// Answers, verdicts on each of them, and a DPO step on one pair a prompt, where there are two answers.
inline TurnSeconds take_turn(AdamW<AnyBackend>& adamw, TurnSize const& size) {
  auto lap = [last = std::chrono::steady_clock::now()]() mutable {
    auto const before = std::exchange(last, std::chrono::steady_clock::now());
    return std::chrono::duration<double>(last - before).count();
  };
  TurnSeconds seconds;
  std::vector<Tokens> x;
  std::vector<GenerationRequest> requests;
  for (std::uint64_t i = 0; i < size.prompts; ++i) {
    x.push_back(tokens(i, size.prompt));
  }
  for (std::size_t i = 0; i < size.prompts * size.candidates; ++i) {
    requests.push_back({x[i / size.candidates], Seed{i}});
  }
  std::vector<Tokens> const y = model().generate(requests, {0.7f, 0.9f, static_cast<int>(size.answer)});
  seconds.answering = lap();

  std::vector<Tokens> questions;
  requests.clear();
  for (std::size_t i = 0; i < y.size(); ++i) {
    Tokens& question = questions.emplace_back(tokens(100, size.rubric));
    for (Tokens const& part : {x[i / size.candidates], y[i], tokens(101, size.behind)}) {
      question.insert(question.end(), part.begin(), part.end());
    }
  }
  for (std::size_t i = 0; i < y.size() * size.votes; ++i) {
    requests.push_back({questions[i / size.votes], Seed{1000 + i}});
  }
  benchmark::DoNotOptimize(model().generate(requests, {0.7f, 0.9f, static_cast<int>(size.verdict)}));
  seconds.judging = lap();

  for (std::size_t i = 0; size.candidates > 1 && i < size.prompts; ++i) {
    SequenceView const pair[] = {{x[i], y[size.candidates * i]}, {x[i], y[size.candidates * i + 1]}};
    learn_pair(adamw, pair);
  }
  seconds.learning = lap();
  return seconds;
}

/// A benchmark of one such turn.
inline void time_turn(benchmark::State& state, TurnSize const& size) {
  AdamW adamw(backend());
  adamw.begin(1000);
  TurnSeconds seconds;
  guarded(state, [&] {
    for (auto _ : state) {
      seconds = take_turn(adamw, size);
    }
  });
  state.counters["judge_prompt"] = static_cast<double>(size.judge_prompt());
  state.counters["answering_s"] = seconds.answering;
  state.counters["judging_s"] = seconds.judging;
  state.counters["learning_s"] = seconds.learning;
}

} // namespace bench
