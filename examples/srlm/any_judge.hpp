/// A judge chosen at run time.
#pragma once
#include "command.hpp"
#include "settings.hpp"
#include <srlm/judge/judges.hpp>
#include <functional>
#include <memory>
#if defined(SRLM_COMMAND_REMOTE)
#include <srlm/judge/remote_judge.hpp>
#endif

namespace srlm::cli {

/// The judges of the list, and the one that needs a library for HTTP where that is there.
#if defined(SRLM_COMMAND_REMOTE)
using JudgeNames = Append<Judges<>, RemoteJudge<AdditiveRubric>>;
#else
using JudgeNames = Judges<>;
#endif

/// An ordinary model of Judge for all of the list, over the built-in model.
class AnyJudge {
 public:
  template <Judge<Model> J>
  explicit AnyJudge(J judge, std::shared_ptr<Model> model = nullptr) : model_(std::move(model)) {
    auto const shared = std::make_shared<J>(std::move(judge));
    score_ = [shared](Model& policy, std::span<JudgedGroup> groups, Seed seed) { shared->score(policy, groups, seed); };
    if constexpr (JudgeTrainer<J, Model>) {
      pairs_ = [shared](Model& policy, std::span<JudgedGroup const> groups, Seed seed) {
        return shared->judge_pairs(policy, groups, seed);
      };
    }
  }

  void score(Model& policy, std::span<JudgedGroup> groups, Seed seed) { score_(policy, groups, seed); }

  /// None from a judge that only judges.
  std::vector<PreferencePair> judge_pairs(Model& policy, std::span<JudgedGroup const> groups, Seed seed) {
    return pairs_ ? pairs_(policy, groups, seed) : std::vector<PreferencePair>{};
  }

 private:
  std::shared_ptr<Model> model_; ///< what the judge refers to, if it is not the policy
  std::function<void(Model&, std::span<JudgedGroup>, Seed)> score_;
  std::function<std::vector<PreferencePair>(Model&, std::span<JudgedGroup const>, Seed)> pairs_;
};
static_assert(JudgeTrainer<AnyJudge, Model>);

/// --judge, --rubric and what they can be told.
struct JudgeChoice {
  std::string name{LlmJudge<AdditiveRubric>::name}, rubric{AdditiveRubric::name}, model;
  LlmJudgeOptions llm;
  int reasons = 0, max_chosen_chars = 1100;
  double length_penalty = 0;

  void add(CLI::App& app) {
    app.add_option("--judge", name, "one of " + joined(names_of(JudgeNames{})))->capture_default_str();
    app.add_option("--rubric", rubric, "one of " + joined(names_of(Rubrics{})))->capture_default_str();
    app.add_option("--judge-model", model,
                   "a second model, which never changes: the judge (or the reference of implicit_reward); without it "
                   "the model judges itself")
        ->capture_default_str();
    app.add_option("--reasons", reasons,
                   "of expected_score: reasonings to write before the score, one expectation behind each; 0: none")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    app.add_option("--max-chosen-chars", max_chosen_chars,
                   "of meta: a longer judgement is not chosen to be learned; 0: no bound")
        ->check(CLI::Range(0, 1 << 30))
        ->capture_default_str();
    app.add_option("--length-penalty", length_penalty, "of implicit_reward: price of a byte of text")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    add_remote(app);
  }

#if defined(SRLM_COMMAND_REMOTE)
  RemoteJudgeOptions remote;
  int timeout_seconds = 120;

  void add_remote(CLI::App& app) {
    app.add_option("--judge-url", remote.server.base_url, "of remote: an OpenAI-compatible server, https://HOST/v1")
        ->capture_default_str();
    app.add_option("--judge-name", remote.server.model, "of remote: the name that the server knows its model by")
        ->capture_default_str();
    app.add_option("--judge-key-env", remote.server.api_key_env,
                   "of remote: the environment variable that holds the API key")
        ->capture_default_str();
    app.add_option("--judge-ca-file", remote.server.http.ca_file, "of remote: certificates to trust")
        ->capture_default_str();
    app.add_option("--judge-timeout", timeout_seconds, "of remote: seconds that an answer may take")
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
    app.add_option("--judge-retries", remote.server.retry.retries, "of remote: tries after the first")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    app.add_option("--judge-concurrency", remote.server.concurrency, "of remote: requests under way at once")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
  }
#else
  void add_remote(CLI::App&) {}
#endif

  /// Throws: CLI::ValidationError for a choice that does not exist.
  void check() const {
    with_part(JudgeNames{}, "--judge", name, [](auto) {});
    with_part(Rubrics{}, "--rubric", rubric, [](auto) {});
    bool const is_expected = name == ExpectedScoreJudge<AdditiveRubric>::name;
    if (reasons > 0 && !is_expected) {
      throw CLI::ValidationError("--reasons", "would change nothing: " + name + " has no such parameter");
    }
    if (name == MetaJudge<>::name && !model.empty()) {
      throw CLI::ValidationError("--judge-model",
                                 "does not go with meta, whose own judgements are what the model learns");
    }
    if (length_penalty > 0 && name != ImplicitRewardJudge<>::name) {
      throw CLI::ValidationError("--length-penalty", "would change nothing: " + name + " has no such parameter");
    }
  }

  /// with_consistency: the judge's ranking is compared with the policy's own likelihoods (CREAM).
  AnyJudge make(EigenBackend& backend, bool with_consistency = false) const {
    check();
    std::optional<AnyJudge> made;
    std::shared_ptr<Model> const second = model.empty() ? nullptr : std::make_shared<Model>(load_model(backend, model));
    with_part(Rubrics{}, "--rubric", rubric, [&]<class R>(std::type_identity<R>) {
      if (name == LlmJudge<R>::name) {
        made = over(LlmJudge<R>(R{}, llm), second);
      } else if (name == PairwiseJudge<>::name) {
        made = over(PairwiseJudge(HeadToHeadRubric{}, {llm.votes, llm.sampling}), second);
      } else if (name == MetaJudge<R>::name) {
        made = over(MetaJudge<R>(R{}, {llm, llm.sampling, static_cast<std::size_t>(max_chosen_chars)}), second);
      } else if (name == ExpectedScoreJudge<R>::name) {
        made = over(ExpectedScoreJudge<R>(R{}, {reasons, llm.sampling}), second);
#if defined(SRLM_COMMAND_REMOTE)
      } else if (name == RemoteJudge<R>::name) {
        RemoteJudgeOptions options = remote;
        options.votes = llm.votes;
        options.sampling = llm.sampling;
        options.server.http.total_timeout = std::chrono::seconds(timeout_seconds);
        options.server.http.read_timeout = options.server.http.total_timeout;
        made.emplace(RemoteJudge<R>(R{}, std::move(options)));
#endif
      } else if (second) {
        made.emplace(ImplicitRewardJudge<Model>(*second, {0.1, length_penalty}), second);
      } else {
        static NoReference none;
        made.emplace(ImplicitRewardJudge<>(none, {0.1, length_penalty}));
      }
    });
    if (with_consistency) {
      static NoReference likelihood;
      return AnyJudge(ConsistencyJudge<AnyJudge>(*made, likelihood));
    }
    return *made;
  }

 private:
  template <class J>
  static AnyJudge over(J judge, std::shared_ptr<Model> const& second) {
    return second ? AnyJudge(FrozenJudge<J, Model>(std::move(judge), *second), second) : AnyJudge(std::move(judge));
  }
};

} // namespace srlm::cli
