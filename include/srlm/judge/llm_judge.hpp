/// LLM-as-a-Judge (section 2.2): the policy that wrote the answers is asked for k verdicts on each of them; the score
/// is the mean of those that can be read.
#pragma once
#include <srlm/concepts/judge.hpp>
#include <srlm/core/error.hpp>
#include <srlm/core/parameter.hpp>
#include <srlm/data/finished.hpp>
#include <srlm/judge/asking.hpp>
#include <srlm/judge/vote.hpp>
#include <iterator> // move_iterator
#include <string>
#include <type_traits> // remove_cvref_t
#include <utility>     // declval, move
#include <vector>

namespace srlm {

/// 3 votes, T = 0.7, top-p = 0.9: section 3.1.3. The paper does not state a length; its judge is asked for at most
/// about a hundred words, which 256 tokens hold.
struct LlmJudgeOptions {
  int votes = 3;
  Sampling sampling = {0.7f, 0.9f, 256};
  /// Where above 0, a model that gave its reasons but no score line is led to it: it goes on behind its own words and
  /// the beginning of the line for at most so many tokens. A small model that cannot follow the form yet gives usable
  /// verdicts so (for its EFT data, say). 0, the paper's way: such a verdict is unusable. Needs a rubric with
  /// score_line and a tokenizer that knows end tokens.
  int score_tokens = 0;
  bool keep_tokens = false; ///< verdicts carry the ids that the model wrote, where their text is these alone
};

template <Rubric R>
class LlmJudge {
 public:
  using Options = LlmJudgeOptions;
  static constexpr std::string_view name = "llm";
  static constexpr std::string_view source = "Yuan et al. 2024, section 2.2";
  static constexpr auto parameters =
      std::tuple(parameter("votes", &Options::votes, at_least(1), "verdicts a response"),
                 parameter("score_tokens", &Options::score_tokens, at_least(0),
                           "for leading a verdict without a score line to it; 0: it stays without"));

  /// Throws: Error for no votes or no room for a verdict.
  explicit LlmJudge(R rubric, LlmJudgeOptions options = {}) : rubric_(std::move(rubric)), options_(options) {
    check_settings<LlmJudge>(options_);
    require(options_.sampling.max_new_tokens > 0, "LlmJudge", "max_new_tokens below 1", "at least 1");
  }

  R const& rubric() const { return rubric_; }
  LlmJudgeOptions const& options() const { return options_; }

  /// Fills the groups' verdicts (k a response) and scores (nullopt where none was usable).
  /// Semantics: only what the model newly wrote is read. A verdict that the length limit cut off counts only if its
  /// score cannot have been cut; a question that does not fit into the context with room for a verdict is not asked.
  /// Determinism: vote v on response j of group i draws from seed.fork(i).fork(j).fork(v); nothing else matters, so
  /// groups may be judged apart.
  template <Generator G>
  void score(G& model, std::span<JudgedGroup> groups, Seed seed) {
    auto const& tokenizer = std::as_const(model).tokenizer();
    std::vector<Tokens> questions; // the votes on one response share one, so that a model computes it once
    for (JudgedGroup const& group : groups) {
      for (Response const& response : group.responses) {
        questions.push_back(tokenizer.encode_prompt(rubric_.question(group.prompt, response)));
      }
    }
    std::vector<GenerationRequest> requests;
    std::vector<Verdict*> asked; // whose answer each request is
    for (std::size_t i = 0, q = 0; i < groups.size(); ++i) {
      groups[i].verdicts.assign(groups[i].responses.size(), std::vector<Verdict>(votes(), not_asked()));
      for (std::size_t j = 0; j < groups[i].responses.size(); ++j, ++q) {
        for (std::size_t v = 0; v < votes() && leaves_room(model, questions[q].size(), room(options_.sampling)); ++v) {
          requests.push_back({questions[q], seed.fork(i).fork(j).fork(v)});
          asked.push_back(&groups[i].verdicts[j][v]);
        }
      }
    }
    std::vector<Tokens> answers = ask(model, std::span<GenerationRequest const>(requests), options_.sampling);
    std::vector<SharedTokens> const written(std::move_iterator(answers.begin()), std::move_iterator(answers.end()));
    for (std::size_t i = 0; i < asked.size(); ++i) {
      bool const finished = is_finished(tokenizer, written[i], options_.sampling);
      *asked[i] = read_verdict(rubric_, tokenizer.decode(written[i]), finished);
      if (options_.keep_tokens) {
        asked[i]->tokens = written[i];
      }
    }
    if constexpr (can_lead<G>) {
      lead_to_score(model, requests, asked, written);
    }
    fill_mean_scores(groups);
  }

 private:
  template <class G>
  static constexpr bool can_lead =
      EndAwareTokenizer<std::remove_cvref_t<decltype(std::declval<G const&>().tokenizer())>>&& requires {
    std::string_view(R::score_line);
  };

  std::size_t votes() const { return static_cast<std::size_t>(options_.votes); }
  static std::size_t room(Sampling const& sampling) { return static_cast<std::size_t>(sampling.max_new_tokens); }

  /// Asks once more where there are reasons without a score: question, reasons (their own ids) and the line's beginning
  /// are the prompt. A score outside the scale stays what it is.
  template <class G>
  void lead_to_score(G& model, std::span<GenerationRequest const> requests, std::span<Verdict* const> verdicts,
                     std::span<SharedTokens const> written) const {
    Sampling sampling = options_.sampling;
    sampling.max_new_tokens = options_.score_tokens;
    if (sampling.max_new_tokens == 0) {
      return;
    }
    auto const& tokenizer = std::as_const(model).tokenizer();
    Tokens const line = without_end(tokenizer, tokenizer.encode_response(R::score_line));
    std::vector<Tokens> prompts;
    std::vector<Seed> seeds;
    std::vector<Verdict*> waiting;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      VerdictCause const cause = verdicts[i]->cause;
      Tokens prompt(requests[i].prompt.begin(), requests[i].prompt.end());
      Tokens const reasons = without_end(tokenizer, Tokens(written[i].begin(), written[i].end()));
      prompt.insert(prompt.end(), reasons.begin(), reasons.end());
      prompt.insert(prompt.end(), line.begin(), line.end());
      bool const silent = cause == VerdictCause::no_score || cause == VerdictCause::unfinished;
      if (silent && leaves_room(model, prompt.size(), room(sampling))) {
        prompts.push_back(std::move(prompt));
        seeds.push_back(requests[i].seed.fork(0));
        waiting.push_back(verdicts[i]);
      }
    }
    std::vector<GenerationRequest> again;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      again.push_back({prompts[i], seeds[i]});
    }
    std::vector<Tokens> const scores = ask(model, std::span<GenerationRequest const>(again), sampling);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      std::string const text = tokenizer.decode(scores[i]);
      std::string const first_line = text.substr(0, text.find('\n'));
      Verdict const led = rubric_.parse(std::string(R::score_line) + first_line);
      std::string reasons = std::move(waiting[i]->text);
      *waiting[i] = consistent_verdict(led);
      waiting[i]->text = std::move(reasons) + std::string(R::score_line) + first_line;
    }
  }

  R rubric_;
  LlmJudgeOptions options_;
};

} // namespace srlm
