/// A vocabulary comes from a file: before a tokenizer indexes by it, its parts must belong together.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/text/vocabulary.hpp>
#include <cstddef> // size_t
#include <optional>
#include <string>
#include <vector>

namespace srlm::text {

/// The vocabulary as given. Throws Error when it has no tokens, not one role a token, or names an id that it has not.
inline Vocabulary checked(Vocabulary vocabulary) {
  std::size_t const size = vocabulary.tokens.size();
  require(size != 0, "text::Tokenizer", "a vocabulary without tokens", "at least one");
  require(size <= 0x7FFFFFFF, "text::Tokenizer", "more than 2^31 - 1 tokens", "ids of 32 bits");
  if (vocabulary.roles.size() != size) {
    throw Error("text::Tokenizer", std::to_string(vocabulary.roles.size()) + " token roles",
                "one for each of the " + std::to_string(size) + " tokens");
  }
  std::vector<Token> named = vocabulary.end_tokens;
  for (std::optional<Token> const& token : {vocabulary.bos, vocabulary.eos, vocabulary.unknown, vocabulary.padding}) {
    if (token) {
      named.push_back(*token);
    }
  }
  for (Token const token : named) {
    if (token < 0 || static_cast<std::size_t>(token) >= size) {
      throw Error("text::Tokenizer", "a bos, eos, unknown, padding or end token of id " + std::to_string(token),
                  "an id below the vocabulary's size, " + std::to_string(size));
    }
  }
  return vocabulary;
}

} // namespace srlm::text
