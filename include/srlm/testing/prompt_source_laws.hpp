/// The semantic half of PromptSource, executed.
#pragma once
#include <srlm/concepts/prompt_source.hpp>
#include <srlm/testing/violation.hpp>

namespace srlm::testing {

/// make: gives a new source, each time the same. n: how many prompts to ask it for.
template <Generator P, class Make>
requires PromptSource<std::invoke_result_t<Make&>, P> std::vector<Violation> prompt_source_laws(Make&& make, P& policy,
                                                                                                std::size_t n = 3) {
  Findings findings;
  auto const same = [](std::vector<Prompt> const& a, std::vector<Prompt> const& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](Prompt const& x, Prompt const& y) { return x.text == y.text && x.tokens == y.tokens; });
  };
  auto source = make();
  std::vector<Prompt> const first = source.next(policy, n, Seed{1}), second = source.next(policy, n, Seed{2});
  findings.expect_true("next() gives at most n prompts", first.size() <= n && second.size() <= n);
  findings.expect_true("next() gives none where none is asked for", make().next(policy, 0, Seed{1}).empty());
  auto const& tokenizer = std::as_const(policy).tokenizer();
  for (std::vector<Prompt> const* prompts : {&first, &second}) {
    for (Prompt const& prompt : *prompts) {
      findings.expect_true("a prompt's tokens are encode_prompt() of its text",
                           prompt.tokens == tokenizer.encode_prompt(prompt.text));
    }
  }
  auto again = make();
  findings.expect_true("next() is a function of (policy, n, seed) and of what was asked before",
                       same(again.next(policy, n, Seed{1}), first) && same(again.next(policy, n, Seed{2}), second));
  if constexpr (requires { source.remember(std::span<Prompt const>(first)); }) {
    auto resumed = make();
    resumed.remember(std::span<Prompt const>(first));
    findings.expect_true("remember() leaves the source as if it had given those prompts itself",
                         same(resumed.next(policy, n, Seed{2}), second));
  }
  return std::move(findings).take();
}

} // namespace srlm::testing
