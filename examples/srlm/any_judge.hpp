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
template <class R>
using JudgesOver = Append<Judges<R>, RemoteJudge<R>>;
#else
template <class R>
using JudgesOver = Judges<R>;
#endif
using JudgeNames = JudgesOver<AdditiveRubric>;

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
  Settings settings; ///< of the judges: what is theirs alone

  void add(CLI::App& app) {
    app.add_option("--judge", name, "one of " + joined(names_of(JudgeNames{})))->capture_default_str();
    app.add_option("--rubric", rubric, "one of " + joined(names_of(Rubrics{})))->capture_default_str();
    app.add_option("--judge-model", model,
                   "a second model, which never changes: the judge (or the reference of implicit_reward); without it "
                   "the model judges itself")
        ->capture_default_str();
    settings.add_options(app, JudgeNames{}, {"votes", "score_tokens"});
    add_remote(app);
  }

  /// How many verdicts, and how they are sampled. prefix: of the names, for commands that sample answers too.
  void add_sampling(CLI::App& app, std::string const& prefix = "") {
    app.add_option("--votes", llm.votes, "verdicts a response, or comparisons in each order")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    app.add_option("--" + prefix + "temperature", llm.sampling.temperature, "of verdicts")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    app.add_option("--" + prefix + "top-p", llm.sampling.top_p, "of verdicts")
        ->check(CLI::Range(1e-6, 1.0))
        ->capture_default_str();
    app.add_option("--" + prefix + "max-new-tokens", llm.sampling.max_new_tokens, "length limit of a verdict")
        ->check(CLI::Range(1, 1 << 20))
        ->capture_default_str();
    app.add_option("--score-tokens", llm.score_tokens,
                   "a verdict without a score line is led to it, for so many tokens; 0: it stays without")
        ->check(CLI::Range(0, 64))
        ->capture_default_str();
  }

  /// Whether two responses are compared, rather than each judged by itself.
  bool compares() const { return name == PairwiseJudge<>::name; }

  /// The scale of its scores; nullopt where they have none.
  std::optional<ScoreScale> scale() const {
    if (compares() || name == ImplicitRewardJudge<>::name) {
      return compares() ? std::optional(PairwiseJudge<>::scale) : std::nullopt;
    }
    std::optional<ScoreScale> found;
    with_part(Rubrics{}, "--rubric", rubric, [&]<class R>(std::type_identity<R>) { found = R::scale; });
    return found;
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

  /// Whether no model here is asked.
  bool is_remote() const {
#if defined(SRLM_COMMAND_REMOTE)
    return name == RemoteJudge<AdditiveRubric>::name;
#else
    return false;
#endif
  }

  /// What scores groups where is_remote(): score(groups, seed).
  std::function<void(std::span<JudgedGroup>, Seed)> make_remote() const {
    check();
    std::function<void(std::span<JudgedGroup>, Seed)> made;
#if defined(SRLM_COMMAND_REMOTE)
    with_part(Rubrics{}, "--rubric", rubric, [&]<class R>(std::type_identity<R>) {
      RemoteJudgeOptions options = Settings(settings).template make<RemoteJudge<R>>();
      set_common(options);
      made = [judge = std::make_shared<RemoteJudge<R>>(R{}, options)](std::span<JudgedGroup> groups, Seed seed) {
        struct Nobody {
        } nobody;
        judge->score(nobody, groups, seed);
      };
    });
#endif
    return made;
  }

  /// Throws: CLI::ValidationError for a choice that does not exist.
  void check() const {
    with_part(Rubrics{}, "--rubric", rubric, [](auto) {});
    if (name == MetaJudge<>::name && !model.empty()) {
      throw CLI::ValidationError("--judge-model",
                                 "does not go with meta, whose own judgements are what the model learns");
    }
    if (is_remote() && !model.empty()) {
      throw CLI::ValidationError("--judge-model", "would change nothing: remote asks a server");
    }
    Settings checked = settings;
    with_part(JudgeNames{}, "--judge", name, [&]<class J>(std::type_identity<J>) { (void)checked.template make<J>(); });
    checked.refuse_unused(name);
  }

  /// with_consistency: the judge's ranking is compared with the policy's own likelihoods (CREAM).
  AnyJudge make(AnyBackend& backend, bool with_consistency = false) const {
    check();
    std::optional<AnyJudge> made;
    std::shared_ptr<Model> const second = model.empty() ? nullptr : std::make_shared<Model>(load_model(backend, model));
    with_part(Rubrics{}, "--rubric", rubric, [&]<class R>(std::type_identity<R>) {
      with_part(JudgesOver<R>{}, "--judge", name,
                [&]<class J>(std::type_identity<J>) { made = make_one<J>(R{}, second); });
    });
    if (with_consistency) {
      static NoReference likelihood;
      return AnyJudge(ConsistencyJudge(*made, ImplicitRewardJudge<>(likelihood)));
    }
    return *made;
  }

 private:
  /// The judge's own options, and of those that all commands set whatever it has. A judge over another rubric than
  /// answers' brings its own.
  template <class J, class R>
  AnyJudge make_one(R answer_rubric, std::shared_ptr<Model> const& second) const {
    using Options = typename J::Options;
    Settings given = settings;
    Options options = given.template make<J>();
    set_common(options);
    if constexpr (std::is_same_v<J, ImplicitRewardJudge<>>) {
      static NoReference none;
      return second ? AnyJudge(ImplicitRewardJudge<Model>(*second, options), second) : AnyJudge(J(none, options));
    } else if constexpr (std::is_constructible_v<J, R, Options>) {
      return over(J(std::move(answer_rubric), std::move(options)), second);
    } else {
      return over(J({}, std::move(options)), second);
    }
  }

  template <class Options>
  void set_common(Options& options) const {
    if constexpr (requires { options.votes; }) {
      options.votes = llm.votes;
    }
    if constexpr (requires { options.sampling; }) {
      options.sampling = llm.sampling;
    }
    if constexpr (requires { options.score_tokens; }) {
      options.score_tokens = llm.score_tokens;
    }
    if constexpr (requires { options.judge; }) { // what a meta-judge judges with
      options.judge = llm;
    }
#if defined(SRLM_COMMAND_REMOTE)
    if constexpr (requires { options.server; }) {
      options.server = remote.server;
      options.server.http.total_timeout = std::chrono::seconds(timeout_seconds);
      options.server.http.read_timeout = options.server.http.total_timeout;
    }
#endif
  }

  template <class J>
  static AnyJudge over(J judge, std::shared_ptr<Model> const& second) {
    return second ? AnyJudge(FrozenJudge<J, Model>(std::move(judge), *second), second) : AnyJudge(std::move(judge));
  }
};

} // namespace srlm::cli
