/// Byte-level BPE (GPT-2, Llama-3, Qwen2, SmolLM): text is cut into words, a word starts as its bytes, and the pair of
/// neighbours whose merge was learnt first is joined first. Any bytes can be encoded, and decoding gives them back.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/text/byte_alphabet.hpp>
#include <srlm/text/merge_queue.hpp>
#include <srlm/text/pre_tokenizer.hpp>
#include <srlm/text/vocabulary.hpp>
#include <array>
#include <cstdint> // uint64_t
#include <string>
#include <string_view>
#include <unordered_map>

namespace srlm::text {

/// Encodes plain text, which holds no special tokens. Immutable.
///
/// A byte for which the vocabulary has no token is left out, as transformers and llama.cpp do (SmolLM2 lacks some that
/// occur in no common character); with a token for each of the 256 bytes the round trip is exact.
class ByteLevelBpe {
 public:
  /// Throws Error for a merge whose parts or result are no tokens.
  explicit ByteLevelBpe(Vocabulary const& vocabulary)
      : cutter_(vocabulary.pre_tokenizer), whole_words_(vocabulary.pre_tokenizer == PreTokenizer::llama3) {
    std::unordered_map<std::string_view, Token> ids;
    ids.reserve(vocabulary.tokens.size());
    for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
      if (vocabulary.roles[i] == TokenRole::normal || vocabulary.roles[i] == TokenRole::user_defined) {
        ids.emplace(vocabulary.tokens[i], static_cast<Token>(i)); // of equal spellings the first counts
      }
    }
    auto const id_of = [&](std::string_view spelling) {
      auto const found = ids.find(spelling);
      return found == ids.end() ? Token{-1} : found->second;
    };
    for (std::size_t byte = 0; byte < 256; ++byte) {
      byte_tokens_[byte] = id_of(spell_byte(static_cast<unsigned char>(byte)));
    }
    merges_.reserve(vocabulary.merges.size());
    for (std::size_t rank = 0; rank < vocabulary.merges.size(); ++rank) {
      auto const& [left, right] = vocabulary.merges[rank];
      Token const left_id = id_of(left), right_id = id_of(right), merged = id_of(left + right);
      if (left_id < 0 || right_id < 0 || merged < 0) {
        throw Error("text::ByteLevelBpe",
                    "merge " + std::to_string(rank) + " of \"" + left + "\" and \"" + right + "\"",
                    "a merge whose two parts and result are tokens of the vocabulary");
      }
      merges_.emplace(key(left_id, right_id), Merge{static_cast<double>(rank), merged});
    }
    if (whole_words_) {
      for (auto const& [spelling, id] : ids) {
        words_.emplace(unspell_bytes(spelling), id);
      }
    }
  }

  /// Appends the ids of the text.
  void encode(std::string_view text, Tokens& tokens) const {
    cutter_.cut(text, [&](std::string_view word) { encode_word(word, tokens); });
  }

  /// True when every byte has a token, so that decoding gives back every text exactly.
  bool encodes_every_byte() const {
    for (Token const token : byte_tokens_) {
      if (token < 0) {
        return false;
      }
    }
    return true;
  }

 private:
  static std::uint64_t key(Token left, Token right) {
    return (std::uint64_t{static_cast<std::uint32_t>(left)} << 32) | static_cast<std::uint32_t>(right);
  }

  void encode_word(std::string_view word, Tokens& tokens) const {
    if (whole_words_) { // Llama-3's tokenizer.json says ignore_merges: a word that is a token is that token
      if (auto const found = words_.find(std::string(word)); found != words_.end()) {
        tokens.push_back(found->second);
        return;
      }
    }
    std::vector<Symbol> symbols;
    symbols.reserve(word.size());
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (Token const token = byte_tokens_[static_cast<unsigned char>(word[i])]; token >= 0) {
        symbols.push_back({token, i, 1});
      }
    }
    if (symbols.size() > 1) {
      symbols =
          join_neighbours(std::move(symbols), [&](Symbol const& left, Symbol const& right) -> std::optional<Merge> {
            auto const found = merges_.find(key(left.token, right.token));
            return found == merges_.end() ? std::nullopt : std::optional<Merge>(found->second);
          });
    }
    for (Symbol const& symbol : symbols) {
      tokens.push_back(symbol.token);
    }
  }

  WordCutter cutter_;
  bool whole_words_;
  std::array<Token, 256> byte_tokens_{};
  std::unordered_map<std::uint64_t, Merge> merges_; // (left id, right id) -> rank and result
  std::unordered_map<std::string, Token> words_;    // only where whole words are looked up first
};

} // namespace srlm::text
