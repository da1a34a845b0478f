/// Everything that defines a tokenizer, as read from a file and before it is put to work. The readers of GGUF and
/// tokenizer.json fill it, the tokenizers are built from it, the writers store it.
#pragma once
#include <srlm/core/token.hpp>
#include <optional>
#include <string>
#include <utility> // pair
#include <vector>

namespace srlm::text {

enum class TokenizerKind {
  byte_level_bpe,    ///< GPT-2's: tokens are written in GPT-2's printable byte alphabet, merges have ranks
  sentencepiece_bpe, ///< Llama-2's: tokens have scores, U+2581 stands for a space, bytes fall back to <0xNN>
};

enum class PreTokenizer { gpt2, smollm, llama3, qwen2 }; ///< how byte-level BPE cuts text before merging

/// The role of a token, with GGUF's numbers (tokenizer.ggml.token_type).
enum class TokenRole { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };

struct Vocabulary {
  TokenizerKind kind = TokenizerKind::byte_level_bpe;
  PreTokenizer pre_tokenizer = PreTokenizer::gpt2;
  std::vector<std::string> tokens;                         ///< id -> its spelling, as stored in the file
  std::vector<TokenRole> roles;                            ///< id -> its role; same length as tokens
  std::vector<float> scores;                               ///< sentencepiece_bpe: id -> score; else empty
  std::vector<std::pair<std::string, std::string>> merges; ///< byte_level_bpe: by rank; else empty
  std::optional<Token> bos, eos, unknown, padding;         ///< eos ends a response (end of turn in chat models)
  std::vector<Token> end_tokens;                           ///< every token that ends a response, eos included
  bool add_bos = false;                                    ///< a text starts with bos
  bool add_space_prefix = false;                           ///< sentencepiece_bpe: a text starts with a space
  std::string chat_template;                               ///< Jinja text as stored; empty: none
};

} // namespace srlm::text
