/// One arm of one seed on its way: the policy, what it began with, and what is measured of each model it becomes.
#pragma once
#include "parts.hpp"
#include <srlm/judge/expected_score_judge.hpp>
#include <srlm/srlm.hpp>

namespace miniature {

/// The measured models of an arm, M1, M2, ...
using Course = std::map<std::string, Measured>;

class Lab {
 public:
  /// first: M1 of this arm, measured. An arm has a backend and models of its own, so arms may run side by side.
  Lab(Start const& start, WordModel const& first, Measured const& measured, Examiner const& examiner,
      Division const& division, Settings const& s, int turns, srlm::Seed seed, int threads)
      : backend(threads),
        policy(backend, s),
        previous(backend, s),
        start_(start),
        examiner_(examiner),
        s_(s),
        m0_(backend, s) {
    policy.copy(first);
    m0_.copy(start.m0);
    previous.copy(start.m0);
    course.emplace("M1", measured);
    for (Instruction const& x : division.prompts(s)) {
      texts_.push_back(x.text());
    }
    options.iterations = turns;
    options.prompts = s.prompts;
    options.candidates = s.candidates;
    options.sampling = {0.7f, 0.9f, Settings::answer_tokens};
    options.seed = seed;
  }

  Settings const& settings() const { return s_; }

  /// The paper's judge: the policy itself, three votes.
  auto self() const { return srlm::LlmJudge{CheckRubric{}, {s_.votes, verdict_sampling()}}; }
  srlm::Sampling verdict_sampling() const { return {0.7f, 0.9f, Settings::verdict_tokens}; }

  /// times: the step size, as a multiple of DPO's.
  template <class Loss, class... Parts>
  auto trainer(Loss loss, double times = 1, Parts... parts) {
    double const rate = times * s_.dpo_rate;
    srlm::AdamWOptions const steps{.schedule = {srlm::Schedule::Shape::linear, rate, rate / 10, 0}};
    srlm::PreferenceOptions sizes{s_.dpo_epochs, s_.dpo_batch, s_.dpo_batch};
    sizes.average_consistency = true; // CREAM alone looks at it
    return srlm::PreferenceTrainer{loss, srlm::AdamW(backend, steps), sizes, std::move(parts)...};
  }
  template <class... Parts>
  auto dpo(double times = 1, Parts... parts) {
    return trainer(srlm::DpoLoss{s_.beta}, times, std::move(parts)...);
  }
  srlm::Replay replay() const { return srlm::Replay{start_.seed_rows, {s_.replay_weight, 16, 16}}; }

  /// The loop of the paper with these parts.
  template <class Judge, class Selector, class Trainer>
  void loop(Judge judge, Selector select, Trainer train) {
    srlm::FixedPrompts prompts{texts_};
    Counted<Selector> const counted{select, &count_};
    srlm::self_rewarding(policy, prompts, judge, counted, train, options, notes());
    finish();
  }

  /// Its variant without pairs (appendix A.4). What is counted are answers: right where they are as good as can be.
  template <class Judge>
  void positive_loop(Judge judge) {
    auto train = supervised(backend, s_.positive_rate, s_.positive_epochs, s_.sft_batch);
    srlm::FixedPrompts prompts{texts_};
    srlm::NoJournal journal;
    auto const counted = [this](srlm::JudgedGroup const& group) {
      auto const perfect = srlm::PositiveOnly{}(group);
      count_.add_answers(group, perfect);
      return perfect;
    };
    srlm::positive_only(policy, prompts, judge, counted, train,
                        std::span<srlm::SupervisedExample const>(start_.seed_rows), options, journal, notes());
    finish();
  }

  srlm::EigenBackend backend;
  WordModel policy, previous; ///< previous: M_{t-1} while M_t judges
  srlm::SelfRewardingOptions options;
  Course course;

 private:
  auto notes() {
    return [this](auto const& event) {
      if constexpr (std::same_as<std::remove_cvref_t<decltype(event)>, srlm::IterationBegan>) {
        if (event.t > 1) {
          previous.copy(*now_);
        }
        now_.emplace(backend, s_).copy(policy);
      } else if constexpr (std::same_as<std::remove_cvref_t<decltype(event)>, srlm::IterationEnded>) {
        measure(event.t + 1);
      }
    };
  }

  void measure(int model) {
    Measured measured = examiner_(policy, m0_, &course.at("M1"));
    count_.put(measured.values);
    count_ = {};
    course.emplace("M" + std::to_string(model), std::move(measured));
    made_ = model;
  }

  /// A judge that gave no pair ends the loop: the models that were to come are the one that is there.
  void finish() {
    for (int model = made_ + 1; model <= options.iterations + 1; ++model) {
      measure(model);
    }
  }

  Start const& start_;
  Examiner const& examiner_;
  Settings s_;
  WordModel m0_;
  std::optional<WordModel> now_;
  std::vector<std::string> texts_;
  PairCount count_;
  int made_ = 1;
};

} // namespace miniature
