/// LLM-as-a-Judge (section 2.2): the policy that wrote the answers is asked for k verdicts on each of them; the score is
/// the mean of those that can be read.
#pragma once
#include <srlm/concepts/judge.hpp>
#include <srlm/core/error.hpp>
#include <srlm/data/finished.hpp>
#include <cmath> // isfinite
#include <string>
#include <vector>

namespace srlm {

/// 3 votes, T = 0.7, top-p = 0.9: section 3.1.3. The paper does not state a length; its judge is asked for at most about a
/// hundred words, which 256 tokens hold.
struct LlmJudgeOptions {
  int votes = 3;
  Sampling sampling = {0.7f, 0.9f, 256};
};

template <Rubric R>
class LlmJudge {
 public:
  /// Throws: Error for no votes or no room for a verdict.
  explicit LlmJudge(R rubric, LlmJudgeOptions options = {}) : rubric_(std::move(rubric)), options_(options) {
    require(options_.votes > 0, "LlmJudge", "votes below 1", "at least 1");
    require(options_.sampling.max_new_tokens > 0, "LlmJudge", "max_new_tokens below 1", "at least 1");
  }

  R const& rubric() const { return rubric_; }
  LlmJudgeOptions const& options() const { return options_; }

  /// Fills the groups' verdicts (k a response) and scores (nullopt where none was usable).
  /// Semantics: only what the model newly wrote is read. A verdict that the length limit cut off counts only if its score
  /// cannot have been cut; a question that does not fit into the context with room for a verdict is not asked.
  /// Determinism: vote v on response j of group i draws from seed.fork(i).fork(j).fork(v); nothing else matters, so groups
  /// may be judged apart.
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
    for (std::size_t i = 0, q = 0; i < groups.size(); ++i) {
      for (std::size_t j = 0; j < groups[i].responses.size(); ++j, ++q) {
        for (std::size_t v = 0; v < votes() && fits(model, questions[q]); ++v) {
          requests.push_back({questions[q], seed.fork(i).fork(j).fork(v)});
        }
      }
    }
    std::vector<Tokens> const written =
        requests.empty() ? std::vector<Tokens>{} : model.generate(requests, options_.sampling);
    require(written.size() == requests.size(), "LlmJudge", "another number of answers from generate()",
            "one a request, in order");
    std::size_t at = 0, q = 0;
    for (JudgedGroup& group : groups) {
      group.scores.clear();
      group.verdicts.clear();
      for (std::size_t j = 0; j < group.responses.size(); ++j, ++q) {
        std::vector<Verdict> verdicts;
        bool const asked = fits(model, questions[q]);
        for (std::size_t v = 0; v < votes(); ++v) {
          verdicts.push_back(asked ? read(tokenizer, written[at++])
                                   : Verdict{std::nullopt, VerdictCause::prompt_too_long, {}});
        }
        group.scores.push_back(mean(verdicts));
        group.verdicts.push_back(std::move(verdicts));
      }
    }
  }

 private:
  std::size_t votes() const { return static_cast<std::size_t>(options_.votes); }

  template <class G>
  bool fits(G const& model, Tokens const& question) const {
    if constexpr (ContextAware<G>) {
      std::size_t const context = model.context_length();
      std::size_t const room = static_cast<std::size_t>(options_.sampling.max_new_tokens);
      return question.size() <= context && room <= context - question.size();
    } else {
      return true;
    }
  }

  template <class T>
  Verdict read(T const& tokenizer, Tokens const& tokens) const {
    std::string const text = tokenizer.decode(tokens);
    Verdict verdict = rubric_.parse(text);
    verdict.text = text;
    bool const finished = is_finished(tokenizer, tokens, options_.sampling);
    bool const maybe_cut = !text.empty() && text.back() >= '0' && text.back() <= '9'; // "Score: 1" of "Score: 10"
    if (verdict.score && !std::isfinite(*verdict.score)) {
      verdict.score.reset();
      verdict.cause = VerdictCause::no_score;
    }
    if (!finished && (maybe_cut || (!verdict.score && verdict.cause != VerdictCause::out_of_range))) {
      verdict.score.reset();
      verdict.cause = VerdictCause::unfinished;
    }
    if (!verdict.score && verdict.cause == VerdictCause::none) {
      verdict.cause = VerdictCause::no_score;
    }
    if (verdict.score) {
      verdict.cause = VerdictCause::none;
    }
    return verdict;
  }

  static Score mean(std::vector<Verdict> const& verdicts) {
    double sum = 0;
    std::size_t usable = 0;
    for (Verdict const& verdict : verdicts) {
      if (verdict.score) {
        sum += static_cast<double>(*verdict.score);
        ++usable;
      }
    }
    return usable > 0 ? Score{static_cast<float>(sum / static_cast<double>(usable))} : std::nullopt;
  }

  R rubric_;
  LlmJudgeOptions options_;
};

} // namespace srlm
