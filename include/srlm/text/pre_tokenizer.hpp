/// How byte-level BPE cuts text into words before it merges: the published patterns of GPT-2, SmolLM, Llama-3 and
/// Qwen2. A merge never crosses a cut, so the cut decides the ids as much as the merges do.
#pragma once
#include <srlm/text/pattern.hpp>
#include <srlm/text/utf8.hpp>
#include <srlm/text/vocabulary.hpp> // PreTokenizer
#include <optional>
#include <string>
#include <string_view>

namespace srlm::text {

/// The expression that cuts words. Sources: openai/gpt-2 encoder.py; the tokenizer.json files of SmolLM2, Llama-3 and
/// Qwen2. `\s` is spelled out as Unicode's White_Space, because PCRE2's own also holds U+180E, which the originals have
/// not.
inline std::string pre_tokenizer_pattern(PreTokenizer kind) {
  std::string const space = R"(\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
  std::string const tail = "[" + space + "]+(?![^" + space + "])|[" + space + "]+";
  if (kind == PreTokenizer::gpt2 || kind == PreTokenizer::smollm) {
    return R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^)" + space + R"(\p{L}\p{N}]+|)" + tail;
  }
  std::string const digits = kind == PreTokenizer::llama3 ? R"(\p{N}{1,3})" : R"(\p{N})";
  return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)" + digits + "| ?[^" + space +
         R"(\p{L}\p{N}]+[\r\n]*|[)" + space + R"(]*[\r\n]+|)" + tail;
}

/// Cuts arbitrary bytes into words that join to the same bytes again. Bytes that are not UTF-8 become words of their
/// own (a run of them is one word), and the text on each side is cut as if it stood alone.
class WordCutter {
 public:
  explicit WordCutter(PreTokenizer kind) : words_(pre_tokenizer_pattern(kind)) {
    if (kind == PreTokenizer::smollm) {
      digits_.emplace(R"(\p{N})"); // every numeric character first, then GPT-2's pattern on what lies between
    }
  }

  /// Calls visit(word) for each word, in order.
  template <class Visit>
  void cut(std::string_view text, Visit&& visit) const {
    std::size_t begin = 0;
    while (begin < text.size()) {
      bool const valid = character_length(text, begin) != 0;
      std::size_t end = begin;
      while (end < text.size()) {
        std::size_t const length = character_length(text, end);
        if ((length != 0) != valid) {
          break;
        }
        end += valid ? length : 1;
      }
      std::string_view const run = text.substr(begin, end - begin);
      if (!valid) {
        visit(run);
      } else if (digits_) {
        digits_->split(run, [&](std::string_view part) { words_.split(part, visit); });
      } else {
        words_.split(run, visit);
      }
      begin = end;
    }
  }

 private:
  Pattern words_;
  std::optional<Pattern> digits_;
};

} // namespace srlm::text
