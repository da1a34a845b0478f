/// The semantic half of Tokenizer and EndAwareTokenizer, executed.
#pragma once
#include <srlm/concepts/tokenizer.hpp>
#include <srlm/testing/violation.hpp>
#include <initializer_list>

namespace srlm::testing {

/// texts: what to try beside a few of our own; one that the vocabulary cannot write does not belong here.
template <Tokenizer T>
std::vector<Violation> tokenizer_laws(T const& tokenizer,
                                      std::initializer_list<std::string_view> texts = {"Say hello.", "two words"}) {
  Findings findings;
  for (std::string_view text : texts) {
    Tokens const prompt = tokenizer.encode_prompt(text), response = tokenizer.encode_response(text);
    findings.expect_true("encode_prompt() gives at least one token: the one that predicts the response's first",
                         !prompt.empty());
    findings.expect_true("encode_response() gives at least one token", !response.empty());
    findings.expect_true("decode(encode_response(text)) is the text: control tokens are left out",
                         tokenizer.decode(response) == text);
    findings.expect_true("the same text gives the same tokens",
                         tokenizer.encode_prompt(text) == prompt && tokenizer.encode_response(text) == response);
    if constexpr (EndAwareTokenizer<T>) {
      std::size_t ends = 0;
      for (Token token : response) {
        ends += tokenizer.is_end(token) ? 1 : 0;
      }
      findings.expect_true("encode_response() ends with the one token for which is_end() holds",
                           ends == 1 && tokenizer.is_end(response.back()));
    }
  }
  return std::move(findings).take();
}

} // namespace srlm::testing
