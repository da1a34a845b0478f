/// A tokenizer's definition from and to the tokenizer.ggml.* keys of GGUF.
/// Keys: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (section Tokenizer)
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/gguf_config.hpp> // end_tokens_from_gguf
#include <srlm/io/gguf_metadata.hpp>
#include <srlm/text/vocabulary.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility> // pair
#include <vector>

namespace srlm::io {

namespace detail {

struct PreTokenizerName {
  std::string_view name;
  text::PreTokenizer kind;
};

/// tokenizer.ggml.pre -> how the text is cut. The first name of each kind is the one that is written. Names share a
/// line where llama.cpp uses the same patterns for them.
inline constexpr PreTokenizerName pre_tokenizer_names[] = {
    {"gpt-2", text::PreTokenizer::gpt2},       {"gpt2", text::PreTokenizer::gpt2},
    {"phi-2", text::PreTokenizer::gpt2},       {"mpt", text::PreTokenizer::gpt2},
    {"olmo", text::PreTokenizer::gpt2},        {"smollm", text::PreTokenizer::smollm},
    {"starcoder", text::PreTokenizer::smollm}, {"refact", text::PreTokenizer::smollm},
    {"codeshell", text::PreTokenizer::smollm}, {"llama-bpe", text::PreTokenizer::llama3},
    {"llama3", text::PreTokenizer::llama3},    {"llama-v3", text::PreTokenizer::llama3},
    {"qwen2", text::PreTokenizer::qwen2},      {"deepseek-r1-qwen", text::PreTokenizer::qwen2},
    {"stablelm2", text::PreTokenizer::qwen2},
};

inline std::string pre_tokenizer_list() {
  std::string list;
  for (PreTokenizerName const& entry : pre_tokenizer_names) {
    list += (list.empty() ? "" : ", ") + std::string(entry.name);
  }
  return list;
}

inline text::PreTokenizer pre_tokenizer_of(GgufMetadata const& metadata) {
  std::string const name = metadata.find<std::string>("tokenizer.ggml.pre").value_or("");
  for (PreTokenizerName const& entry : pre_tokenizer_names) {
    if (entry.name == name) {
      return entry.kind;
    }
  }
  throw Error(metadata.where() + ": tokenizer.ggml.pre", name.empty() ? "no such key" : "\"" + name + "\"",
              "one of " + pre_tokenizer_list());
}

/// "a b" -> (a, b); a token never starts with a space here, so the first one after the first byte parts them.
inline std::pair<std::string, std::string> split_merge(std::string const& merge, std::string const& where) {
  std::size_t const space = merge.find(' ', 1);
  if (space == std::string::npos || space + 1 == merge.size()) {
    throw Error(where, "\"" + merge + "\"", "two tokens with a space between");
  }
  return {merge.substr(0, space), merge.substr(space + 1)};
}

inline std::optional<Token> special_token(GgufMetadata const& metadata, std::string const& key, std::size_t size) {
  std::optional<Token> const token = metadata.find<Token>(key);
  if (token && (*token < 0 || static_cast<std::size_t>(*token) >= size)) {
    throw Error(metadata.where() + ": " + key, std::to_string(*token), "0 to " + std::to_string(size - 1));
  }
  return token;
}

} // namespace detail

/// The tokenizer of a GGUF file. Defaults of absent keys are llama.cpp's: SentencePiece models have bos 1, eos 2 and
/// unknown 0, start with bos and with a space; byte-level models have none of this, except that Llama 3 starts with
/// bos. Throws: Error that names the file and the key.
inline text::Vocabulary vocabulary_from_gguf(GgufMetadata const& metadata) {
  std::string const& where = metadata.where();
  std::string const model = metadata.get<std::string>("tokenizer.ggml.model");
  text::Vocabulary vocabulary;
  vocabulary.tokens = metadata.get<std::vector<std::string>>("tokenizer.ggml.tokens");
  std::size_t const size = vocabulary.tokens.size();
  if (size == 0 || size > (std::size_t{1} << 24)) {
    throw Error(where + ": tokenizer.ggml.tokens", std::to_string(size) + " tokens", "1 to 2^24");
  }
  auto const same_size = [&](char const* key, std::size_t given) {
    if (given != size) {
      throw Error(where + ": " + key, std::to_string(given) + " entries", std::to_string(size) + ", one a token");
    }
  };
  vocabulary.roles.assign(size, text::TokenRole::normal);
  if (auto const types = metadata.find<std::vector<std::int64_t>>("tokenizer.ggml.token_type")) {
    same_size("tokenizer.ggml.token_type", types->size());
    for (std::size_t i = 0; i < size; ++i) {
      if ((*types)[i] < 1 || (*types)[i] > 6) {
        throw Error(where + ": tokenizer.ggml.token_type", std::to_string((*types)[i]), "1 to 6");
      }
      vocabulary.roles[i] = static_cast<text::TokenRole>((*types)[i]);
    }
  }
  bool const sentencepiece = model == "llama";
  bool bos_by_default = sentencepiece;
  if (sentencepiece) {
    vocabulary.kind = text::TokenizerKind::sentencepiece_bpe;
    vocabulary.scores = metadata.get<std::vector<float>>("tokenizer.ggml.scores");
    same_size("tokenizer.ggml.scores", vocabulary.scores.size());
  } else if (model == "gpt2") {
    vocabulary.kind = text::TokenizerKind::byte_level_bpe;
    vocabulary.pre_tokenizer = detail::pre_tokenizer_of(metadata);
    bos_by_default = vocabulary.pre_tokenizer == text::PreTokenizer::llama3;
    for (std::string const& merge : metadata.get<std::vector<std::string>>("tokenizer.ggml.merges")) {
      vocabulary.merges.push_back(detail::split_merge(merge, where + ": tokenizer.ggml.merges"));
    }
  } else {
    throw Error(where + ": tokenizer.ggml.model", "\"" + model + "\"",
                "gpt2 (byte-level BPE) or llama (SentencePiece)");
  }
  auto const special = [&](char const* name, Token fallback) -> std::optional<Token> {
    std::optional<Token> const token = detail::special_token(metadata, std::string("tokenizer.ggml.") + name, size);
    return !token && sentencepiece && static_cast<std::size_t>(fallback) < size ? fallback : token;
  };
  vocabulary.bos = special("bos_token_id", 1);
  vocabulary.eos = special("eos_token_id", 2);
  vocabulary.unknown = special("unknown_token_id", 0);
  vocabulary.padding = detail::special_token(metadata, "tokenizer.ggml.padding_token_id", size);
  vocabulary.end_tokens = end_tokens_from_gguf(metadata);
  for (Token const token : vocabulary.end_tokens) {
    if (token < 0 || static_cast<std::size_t>(token) >= size) {
      throw Error(where + ": a token that ends a response", std::to_string(token), "0 to " + std::to_string(size - 1));
    }
  }
  if (vocabulary.eos && std::find(vocabulary.end_tokens.begin(), vocabulary.end_tokens.end(), *vocabulary.eos) ==
                            vocabulary.end_tokens.end()) {
    vocabulary.end_tokens.insert(vocabulary.end_tokens.begin(), *vocabulary.eos);
  }
  vocabulary.add_bos =
      metadata.find<bool>("tokenizer.ggml.add_bos_token").value_or(bos_by_default) && vocabulary.bos.has_value();
  vocabulary.add_space_prefix = sentencepiece && metadata.find<bool>("tokenizer.ggml.add_space_prefix").value_or(true);
  vocabulary.chat_template = metadata.find<std::string>("tokenizer.chat_template").value_or("");
  return vocabulary;
}

/// Sets the tokenizer keys. rows: how many tokens the model's embedding has; missing ones are filled up with unused
/// "[PADn]", as llama.cpp wants the two numbers equal. Of more than three end tokens the first three are kept.
/// Throws: Error if the parts of the vocabulary do not belong together.
inline void vocabulary_to_gguf(text::Vocabulary vocabulary, std::size_t rows, GgufMetadata& metadata) {
  std::string const where = metadata.where() + ": tokenizer";
  bool const sentencepiece = vocabulary.kind == text::TokenizerKind::sentencepiece_bpe;
  std::size_t const size = vocabulary.tokens.size();
  if (vocabulary.roles.size() != size || (sentencepiece && vocabulary.scores.size() != size) || size == 0) {
    throw Error(where,
                std::to_string(size) + " tokens with " + std::to_string(vocabulary.roles.size()) + " roles and " +
                    std::to_string(vocabulary.scores.size()) + " scores",
                "one role (and for SentencePiece one score) a token");
  }
  if (rows < size) {
    throw Error(where, std::to_string(size) + " tokens", "at most the " + std::to_string(rows) + " that the model has");
  }
  for (std::size_t i = size; i < rows; ++i) {
    vocabulary.tokens.push_back("[PAD" + std::to_string(i) + "]");
    vocabulary.roles.push_back(text::TokenRole::unused);
    if (sentencepiece) {
      vocabulary.scores.push_back(-1000.0f);
    }
  }
  std::vector<std::int32_t> types;
  for (text::TokenRole const role : vocabulary.roles) {
    types.push_back(static_cast<std::int32_t>(role));
  }
  metadata.set("tokenizer.ggml.model", std::string(sentencepiece ? "llama" : "gpt2"));
  std::string_view pre = "default";
  for (detail::PreTokenizerName const& entry : detail::pre_tokenizer_names) {
    if (!sentencepiece && entry.kind == vocabulary.pre_tokenizer) {
      pre = entry.name;
      break;
    }
  }
  metadata.set("tokenizer.ggml.pre", std::string(pre));
  metadata.set("tokenizer.ggml.tokens", std::move(vocabulary.tokens));
  if (sentencepiece) {
    metadata.set("tokenizer.ggml.scores", std::move(vocabulary.scores));
  }
  metadata.set("tokenizer.ggml.token_type", std::move(types));
  if (!sentencepiece) {
    std::vector<std::string> merges;
    for (auto const& [left, right] : vocabulary.merges) {
      if (left.empty() || right.empty() || left.find(' ') != std::string::npos) {
        throw Error(where, "the merge of \"" + left + "\" and \"" + right + "\"", "tokens without spaces");
      }
      merges.push_back(left + " " + right);
    }
    metadata.set("tokenizer.ggml.merges", std::move(merges));
  }
  auto const special = [&](char const* name, std::optional<Token> token) {
    if (token) {
      if (*token < 0 || static_cast<std::size_t>(*token) >= rows) {
        throw Error(where + ": " + name, std::to_string(*token), "0 to " + std::to_string(rows - 1));
      }
      metadata.set(std::string("tokenizer.ggml.") + name, static_cast<std::uint32_t>(*token));
    }
  };
  special("bos_token_id", vocabulary.bos);
  special("eos_token_id", vocabulary.eos);
  special("unknown_token_id", vocabulary.unknown);
  special("padding_token_id", vocabulary.padding);
  std::vector<char const*> names = {"eom_token_id", "eot_token_id"};
  for (Token const token : vocabulary.end_tokens) {
    if (token != vocabulary.eos && !names.empty()) {
      special(names.back(), token);
      names.pop_back();
    }
  }
  metadata.set("tokenizer.ggml.add_bos_token", vocabulary.add_bos);
  metadata.set("tokenizer.ggml.add_space_prefix", vocabulary.add_space_prefix);
  if (!vocabulary.chat_template.empty()) {
    metadata.set("tokenizer.chat_template", std::move(vocabulary.chat_template));
  }
}

} // namespace srlm::io
