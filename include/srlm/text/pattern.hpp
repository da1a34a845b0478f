/// A compiled Unicode regular expression: RAII around PCRE2 (8-bit). The pre-tokenizers' published patterns use Unicode
/// classes and look-ahead, which the standard library has not.
#pragma once
#include <srlm/core/error.hpp>
#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8
#endif
#include <pcre2.h>
#include <cstddef> // size_t
#include <memory>  // shared_ptr, unique_ptr
#include <string>
#include <string_view>

namespace srlm::text {

/// Semantics: an immutable value; copies share the compiled code and may be used from several threads at once.
class Pattern {
 public:
  /// Throws Error when the expression does not compile.
  explicit Pattern(std::string_view expression) {
    int code = 0;
    PCRE2_SIZE where = 0;
    pcre2_code_8* const compiled = pcre2_compile_8(reinterpret_cast<PCRE2_SPTR8>(expression.data()), expression.size(),
                                                   PCRE2_UTF | PCRE2_UCP, &code, &where, nullptr);
    if (compiled == nullptr) {
      throw Error("text::Pattern",
                  message(code) + " at offset " + std::to_string(where) + " of " + std::string(expression),
                  "a regular expression of PCRE2");
    }
    compiled_ =
        std::shared_ptr<pcre2_code_8>(compiled, [](pcre2_code_8* code_to_free) { pcre2_code_free_8(code_to_free); });
    pcre2_jit_compile_8(compiled, PCRE2_JIT_COMPLETE); // may be unavailable: then matching interprets, same result
  }

  /// Calls visit(piece) for consecutive pieces that cover the text: every match, and what lies between matches.
  /// Requires well-formed UTF-8. Cost: linear in the text for the patterns of pre_tokenizer.hpp.
  template <class Visit>
  void split(std::string_view text, Visit&& visit) const {
    using MatchData = std::unique_ptr<pcre2_match_data_8, void (*)(pcre2_match_data_8*)>;
    MatchData const match(pcre2_match_data_create_8(1, nullptr),
                          [](pcre2_match_data_8* m) { pcre2_match_data_free_8(m); });
    require(match != nullptr, "text::Pattern", "no memory", "room for one match");
    std::size_t at = 0;
    while (at < text.size()) {
      int const found = pcre2_match_8(compiled_.get(), reinterpret_cast<PCRE2_SPTR8>(text.data()), text.size(), at,
                                      PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY, match.get(), nullptr);
      if (found == PCRE2_ERROR_NOMATCH) {
        break;
      }
      if (found < 0) {
        throw Error("text::Pattern", message(found) + " in a text of " + std::to_string(text.size()) + " bytes",
                    "a text within PCRE2's limits");
      }
      PCRE2_SIZE const* const span = pcre2_get_ovector_pointer_8(match.get());
      if (span[0] > at) {
        visit(text.substr(at, span[0] - at));
      }
      visit(text.substr(span[0], span[1] - span[0]));
      at = span[1];
    }
    if (at < text.size()) {
      visit(text.substr(at));
    }
  }

 private:
  static std::string message(int code) {
    unsigned char buffer[256] = {};
    pcre2_get_error_message_8(code, buffer, sizeof(buffer));
    return reinterpret_cast<char const*>(buffer);
  }

  std::shared_ptr<pcre2_code_8> compiled_;
};

} // namespace srlm::text
