/// Asks a model which of two is better, as often as there are questions.
#pragma once
#include <srlm/concepts/judge.hpp>
#include <srlm/data/finished.hpp>
#include <srlm/judge/asking.hpp>
#include <string>

namespace srlm {

/// One question: which of two, as they are shown.
struct ComparisonToAsk {
  std::string question;
  Seed seed;
};

/// The comparisons, in order. One that the length limit cut off, or whose question does not fit, is unusable.
template <Generator G, PairwiseRubric R>
std::vector<Comparison> compare(G& model, R const& rubric, std::vector<ComparisonToAsk> const& questions,
                                Sampling const& sampling) {
  auto const& tokenizer = std::as_const(model).tokenizer();
  std::vector<Comparison> results(questions.size(), {std::nullopt, VerdictCause::prompt_too_long, {}});
  std::vector<Tokens> prompts;
  for (ComparisonToAsk const& q : questions) {
    prompts.push_back(tokenizer.encode_prompt(q.question));
  }
  std::vector<GenerationRequest> requests;
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (leaves_room(model, prompts[i].size(), static_cast<std::size_t>(sampling.max_new_tokens))) {
      requests.push_back({prompts[i], questions[i].seed});
      asked.push_back(i);
    }
  }
  std::vector<Tokens> const written = ask(model, std::span<GenerationRequest const>(requests), sampling);
  for (std::size_t k = 0; k < asked.size(); ++k) {
    Comparison& result = results[asked[k]];
    std::string const text = tokenizer.decode(written[k]);
    result = rubric.parse(text);
    result.text = text;
    if (!is_finished(tokenizer, written[k], sampling)) {
      result.better.reset(); // more could have followed
      result.cause = VerdictCause::unfinished;
    } else if (!result.better && result.cause == VerdictCause::none) {
      result.cause = VerdictCause::no_score;
    }
  }
  return results;
}

} // namespace srlm
