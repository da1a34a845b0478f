/// SentencePiece BPE as Llama-2 uses it: the text as a whole starts as its characters, and the pair of neighbours whose
/// union is the token with the best score is joined first. What is in no token falls back to bytes, written <0xNN>.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/text/merge_queue.hpp>
#include <srlm/text/utf8.hpp>
#include <srlm/text/vocabulary.hpp>
#include <algorithm> // max
#include <array>
#include <charconv> // from_chars
#include <cmath>    // isfinite
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace srlm::text {

inline constexpr std::string_view visible_space = "\xE2\x96\x81"; ///< U+2581, which stands for a space

/// The byte that a spelling such as <0x0A> names; nullopt: it names none.
inline std::optional<unsigned char> spelled_byte(std::string_view spelling) {
  unsigned value = 0;
  if (spelling.size() != 6 || spelling.substr(0, 3) != "<0x" || spelling[5] != '>') {
    return std::nullopt;
  }
  auto const [end, problem] = std::from_chars(spelling.data() + 3, spelling.data() + 5, value, 16);
  if (problem != std::errc{} || end != spelling.data() + 5) {
    return std::nullopt;
  }
  return static_cast<unsigned char>(value);
}

/// A spelling as the text it stands for: U+2581 becomes a space.
inline std::string without_visible_spaces(std::string_view spelling) {
  std::string text;
  for (std::size_t at = 0; at < spelling.size();) {
    if (spelling.substr(at, visible_space.size()) == visible_space) {
      text.push_back(' ');
      at += visible_space.size();
    } else {
      text.push_back(spelling[at++]);
    }
  }
  return text;
}

/// Encodes plain text, which holds no special tokens. Immutable.
///
/// Only normal tokens take part in merges, so no text can spell a control token. A U+2581 in the text itself is encoded
/// as bytes (SentencePiece would make it a space), and so are bytes that are no UTF-8: the round trip is exact. Without
/// byte tokens a run of unknown characters is one unknown token, as in SentencePiece; without that either it is left
/// out.
class SentencePieceBpe {
 public:
  /// Throws Error when scores are missing or not finite.
  explicit SentencePieceBpe(Vocabulary const& vocabulary) : unknown_(vocabulary.unknown.value_or(-1)) {
    if (vocabulary.scores.size() != vocabulary.tokens.size()) {
      throw Error("text::SentencePieceBpe", std::to_string(vocabulary.scores.size()) + " scores",
                  "one for each of the " + std::to_string(vocabulary.tokens.size()) + " tokens");
    }
    bytes_.fill(-1);
    for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
      Token const id = static_cast<Token>(i);
      if (vocabulary.roles[i] == TokenRole::byte) {
        if (auto const byte = spelled_byte(vocabulary.tokens[i]); byte && bytes_[*byte] < 0) {
          bytes_[*byte] = id;
        }
      } else if (vocabulary.roles[i] == TokenRole::normal) {
        if (!std::isfinite(vocabulary.scores[i])) {
          throw Error("text::SentencePieceBpe", "a score of token " + std::to_string(i) + " that is no number",
                      "finite scores");
        }
        pieces_.emplace(vocabulary.tokens[i], Merge{-static_cast<double>(vocabulary.scores[i]), id});
        longest_ = std::max(longest_, vocabulary.tokens[i].size());
      }
    }
  }

  /// Appends the ids of the text; space_prefix puts a space before it.
  void encode(std::string_view text, bool space_prefix, Tokens& tokens) const {
    if (text.empty()) {
      return;
    }
    std::string spelled; // the text with its spaces made visible
    spelled.reserve(text.size() + text.size() / 2 + visible_space.size());
    std::vector<Symbol> symbols;
    auto const add = [&](std::string_view part, bool joins) {
      auto const found = joins ? pieces_.find(std::string(part)) : pieces_.end();
      Token const token = found != pieces_.end() ? found->second.token : joins ? in_no_token : bytes_only;
      symbols.push_back({token, spelled.size(), part.size()});
      spelled.append(part);
    };
    if (space_prefix) {
      add(visible_space, true);
    }
    for (std::size_t at = 0; at < text.size();) {
      std::size_t const length = character_length(text, at);
      std::string_view const part = text.substr(at, length == 0 ? 1 : length);
      add(part == " " ? visible_space : part, length != 0 && part != visible_space);
      at += part.size();
    }
    symbols = join_neighbours(std::move(symbols), [&](Symbol const& left, Symbol const& right) -> std::optional<Merge> {
      std::size_t const length = left.length + right.length;
      if (length > longest_ || left.token == bytes_only || right.token == bytes_only) {
        return std::nullopt;
      }
      auto const found = pieces_.find(spelled.substr(left.offset, length));
      return found == pieces_.end() ? std::nullopt : std::optional<Merge>(found->second);
    });
    bool after_unknown = false;
    for (Symbol const& symbol : symbols) {
      std::string_view const part = std::string_view(spelled).substr(symbol.offset, symbol.length);
      if (symbol.token >= 0) {
        tokens.push_back(symbol.token);
        after_unknown = false;
      } else {
        after_unknown =
            fall_back(symbol.token == in_no_token && part == visible_space ? " " : part, after_unknown, tokens);
      }
    }
  }

  /// True when every byte has a token, so that decoding gives back every text exactly.
  bool encodes_every_byte() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](Token token) { return token >= 0; });
  }

 private:
  static constexpr Token in_no_token =
      -1;                                 // a character that is in the vocabulary only as part of others, or not at all
  static constexpr Token bytes_only = -2; // must not be joined: it would be read back as something else

  /// Appends the bytes of the part, or one unknown token for all in a row; returns whether it was unknown.
  bool fall_back(std::string_view part, bool after_unknown, Tokens& tokens) const {
    bool const spelled =
        std::all_of(part.begin(), part.end(), [&](char c) { return bytes_[static_cast<unsigned char>(c)] >= 0; });
    if (spelled) {
      for (char const c : part) {
        tokens.push_back(bytes_[static_cast<unsigned char>(c)]);
      }
      return false;
    }
    if (unknown_ >= 0 && !after_unknown) {
      tokens.push_back(unknown_);
    }
    return true;
  }

  Token unknown_;
  std::array<Token, 256> bytes_{};
  std::unordered_map<std::string, Merge> pieces_;
  std::size_t longest_ = 0;
};

} // namespace srlm::text
