/// The semantic half of Generator, executed.
#pragma once
#include <srlm/concepts/generator.hpp>
#include <srlm/testing/violation.hpp>

namespace srlm::testing {

namespace detail {

/// No token stands behind the one that ends an answer.
template <class T>
bool ends_at_its_end(T const& tokenizer, Tokens const& response) {
  if constexpr (EndAwareTokenizer<T>) {
    for (std::size_t i = 0; i + 1 < response.size(); ++i) {
      if (tokenizer.is_end(response[i])) {
        return false;
      }
    }
  }
  return true;
}

} // namespace detail

/// prompt, other_prompt: two prompts that the model knows how to go on from in many ways.
template <Generator G>
std::vector<Violation> generator_laws(G& model, Tokens const& prompt, Tokens const& other_prompt) {
  Findings findings;
  Sampling const sampling{1.0f, 1.0f, 8};
  GenerationRequest const requests[] = {{prompt, Seed{1}}, {other_prompt, Seed{2}}, {prompt, Seed{1}}};
  std::vector<Tokens> const together = model.generate(requests, sampling);
  findings.expect_true("generate() gives one response a request", together.size() == 3);
  if (together.size() != 3) {
    return std::move(findings).take();
  }
  auto const alone = [&](std::span<GenerationRequest const> request, Sampling const& how) {
    std::vector<Tokens> responses = model.generate(request, how);
    return responses.empty() ? Tokens{} : std::move(responses.front());
  };
  bool same = together[0] == together[2];
  for (std::size_t i = 0; i < 3; ++i) {
    same = same && alone(std::span(requests).subspan(i, 1), sampling) == together[i];
  }
  findings.expect_true("generate() is a function of (request, sampling): the seed is the only randomness", same);

  bool within = true, ends = true;
  auto const& tokenizer = std::as_const(model).tokenizer();
  for (Tokens const& response : together) {
    within = within && !response.empty() && response.size() <= 8;
    ends = ends && detail::ends_at_its_end(tokenizer, response);
  }
  findings.expect_true("a response has 1 to max_new_tokens tokens", within);
  findings.expect_true("a response ends with its end token, where it has one", ends);

  bool differs = false;
  for (std::uint64_t seed = 3; seed < 40 && !differs; ++seed) {
    GenerationRequest const other{prompt, Seed{seed}};
    differs = alone(std::span(&other, 1), sampling) != together[0];
  }
  findings.expect_true("another seed gives another response", differs);

  GenerationRequest const greedy[] = {{prompt, Seed{1}}, {prompt, Seed{2}}};
  Sampling const coldest{0.0f, 1.0f, 8};
  findings.expect_true("at temperature 0 the seed decides nothing",
                       alone(std::span(greedy).first(1), coldest) == alone(std::span(greedy).last(1), coldest));
  return std::move(findings).take();
}

} // namespace srlm::testing
