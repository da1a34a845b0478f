/// A tokenizer's definition from a Hugging Face folder: tokenizer.json, tokenizer_config.json (or
/// special_tokens_map.json), chat_template.jinja and the end tokens of generation_config.json.
/// Format: https://huggingface.co/docs/tokenizers (BPE models)
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/hf_config.hpp> // token_list
#include <srlm/io/hf_pre_tokenizer.hpp>
#include <srlm/io/json.hpp>
#include <srlm/io/mapped_file.hpp>
#include <srlm/text/vocabulary.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace srlm::io {

namespace detail {

/// "<0x1F>": how SentencePiece vocabularies spell a byte.
inline bool is_byte_token(std::string_view token) {
  auto const hexadecimal = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  return token.size() == 6 && token.starts_with("<0x") && token[5] == '>' && hexadecimal(token[3]) &&
         hexadecimal(token[4]);
}

/// "bos_token": a string, or an object with "content".
inline std::optional<std::string> special_spelling(Json const& document, char const* key, std::string const& where) {
  if (!document.is_object()) {
    return std::nullopt;
  }
  Json const* const value = optional_field(document, key, where);
  if (value != nullptr && value->is_object()) {
    return optional_string(*value, "content", where + ": " + key);
  }
  return optional_string(document, key, where);
}

/// Reads model.vocab and added_tokens into tokens and roles. Ids may have small holes, which become unused tokens.
class TokenTable {
 public:
  TokenTable(Json const& document, Json const& model, std::string const& where) : where_(where) {
    Json const& vocab = required_field(model, "vocab", where + ": model");
    if (!vocab.is_object()) {
      throw Error(where + ": model.vocab", excerpt(vocab), "an object from tokens to ids");
    }
    Json const* const added = optional_field(document, "added_tokens", where);
    if (added != nullptr && !added->is_array()) {
      throw Error(where + ": added_tokens", excerpt(*added), "an array");
    }
    most_ = vocab.size() + (added == nullptr ? 0 : added->size()) + 65536; // so many holes at most
    for (auto const& [token, id] : vocab.items()) {
      put(token, id, text::TokenRole::normal);
    }
    if (added != nullptr) {
      for (Json const& entry : *added) {
        bool const special = optional_bool(entry, "special", where).value_or(false);
        put(required_string(entry, "content", where + ": added_tokens"),
            required_field(entry, "id", where + ": added_tokens"),
            special ? text::TokenRole::control : text::TokenRole::user_defined);
      }
    }
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (roles[i] == text::TokenRole::unused) {
        tokens[i] = "[PAD" + std::to_string(i) + "]";
      }
    }
    if (tokens.empty()) {
      throw Error(where + ": model.vocab", "no tokens", "at least one");
    }
  }

  std::optional<Token> id_of(std::string const& token) const {
    auto const found = ids_.find(token);
    return found == ids_.end() ? std::nullopt : std::optional<Token>(found->second);
  }

  std::vector<std::string> tokens;
  std::vector<text::TokenRole> roles;

 private:
  void put(std::string const& token, Json const& value, text::TokenRole role) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= most_) {
      throw Error(where_ + ": the id of " + excerpt(token), excerpt(value), "one below " + std::to_string(most_));
    }
    auto const id = value.get<std::size_t>();
    auto const [known, fresh] = ids_.emplace(token, static_cast<Token>(id));
    if (!fresh && known->second != static_cast<Token>(id)) {
      throw Error(where_ + ": the token " + excerpt(token),
                  "the ids " + std::to_string(known->second) + " and " + std::to_string(id), "one");
    }
    if (id >= tokens.size()) {
      tokens.resize(id + 1);
      roles.resize(id + 1, text::TokenRole::unused);
    }
    if (roles[id] != text::TokenRole::unused && tokens[id] != token) {
      throw Error(where_ + ": the id " + std::to_string(id), excerpt(tokens[id]) + " and " + excerpt(token),
                  "one token");
    }
    tokens[id] = token;
    roles[id] = role;
  }

  std::string where_;
  std::size_t most_ = 0;
  std::unordered_map<std::string, Token> ids_;
};

inline std::vector<std::pair<std::string, std::string>> merges_of(Json const& model, std::string const& where) {
  std::vector<std::pair<std::string, std::string>> merges;
  for (Json const& entry : required_array(model, "merges", where)) {
    if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
      merges.emplace_back(entry[0].get<std::string>(), entry[1].get<std::string>());
      continue;
    }
    std::string const text = entry.is_string() ? entry.get<std::string>() : std::string();
    std::size_t const space = text.find(' ', 1);
    if (space == std::string::npos || space + 1 == text.size()) {
      throw Error(where + ": merges", excerpt(entry), "two tokens");
    }
    merges.emplace_back(text.substr(0, space), text.substr(space + 1));
  }
  return merges;
}

/// A score for each token, since tokenizer.json keeps merges instead: a token that merges make has minus the rank of
/// the first merge that makes it, so that "best score first" follows the order of the merges; the others, which no
/// merge makes, come last.
inline std::vector<float> scores_from_merges(std::vector<std::pair<std::string, std::string>> const& merges,
                                             std::vector<std::string> const& tokens,
                                             std::vector<text::TokenRole> const& roles) {
  std::unordered_map<std::string, std::size_t> rank;
  for (std::size_t i = 0; i < merges.size(); ++i) {
    rank.emplace(merges[i].first + merges[i].second, i);
  }
  std::vector<float> scores(tokens.size(), 0.0f);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    auto const found = rank.find(tokens[i]);
    if (found != rank.end()) {
      scores[i] = -static_cast<float>(found->second);
    } else if (roles[i] == text::TokenRole::normal) {
      scores[i] = -static_cast<float>(merges.size());
    }
  }
  return scores;
}

/// Whether the post-processor puts that token before a text.
inline bool post_processor_adds(Json const& document, std::string const& token, std::string const& where) {
  for (Json const& part : sequence_parts(optional_field(document, "post_processor", where), "processors", where)) {
    Json const* const single = optional_field(part, "single", where);
    if (single != nullptr && single->is_array() && !single->empty() && single->front().is_object()) {
      Json const* const first = optional_field(single->front(), "SpecialToken", where);
      if (first != nullptr && optional_string(*first, "id", where) == token) {
        return true;
      }
    }
  }
  return false;
}

/// The chat template: chat_template.jinja, else "chat_template" of tokenizer_config.json (a string, or a list of named
/// ones of which "default" counts).
inline std::string read_chat_template(std::filesystem::path const& root, Json const& config, std::string const& where) {
  std::error_code ignored;
  std::filesystem::path const file = root / "chat_template.jinja";
  if (std::filesystem::exists(file, ignored)) {
    MappedFile const mapped(file.string());
    return std::string(reinterpret_cast<char const*>(mapped.bytes().data()), mapped.bytes().size());
  }
  Json const* const value = config.is_object() ? optional_field(config, "chat_template", where) : nullptr;
  if (value == nullptr) {
    return {};
  }
  if (value->is_array()) {
    for (Json const& entry : *value) {
      if (required_string(entry, "name", where + ": chat_template") == "default") {
        return required_string(entry, "template", where + ": chat_template");
      }
    }
    return {};
  }
  return *optional_string(config, "chat_template", where);
}

} // namespace detail

/// The tokenizer of a Hugging Face folder.
/// Semantics: Qwen2's normalizer (NFC) is accepted and not applied, as llama.cpp does it: texts that are not in NFC get
/// other ids than with transformers. Throws: Error that names the file and the field: absent, inconsistent, or of a
/// kind that srlm does not compute (a pre-tokenizer is quoted).
inline text::Vocabulary read_hf_tokenizer(std::string const& folder) {
  std::filesystem::path const root(folder);
  std::string const path = (root / "tokenizer.json").string();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    throw Error(folder + ": there is no tokenizer.json" +
                (std::filesystem::exists(root / "tokenizer.model", ignored)
                     ? " (tokenizer.model alone is not read; AutoTokenizer(...).save_pretrained makes one)"
                     : ""));
  }
  Json const document = read_json_file(path);
  Json const& model = required_field(document, "model", path);
  std::string const type = optional_string(model, "type", path + ": model").value_or("BPE");
  if (type != "BPE") {
    throw Error(path + ": model.type", "\"" + type + "\"", "BPE");
  }
  text::Vocabulary vocabulary;
  detail::TokenTable table(document, model, path);
  std::vector<std::pair<std::string, std::string>> merges = detail::merges_of(model, path + ": model");
  std::vector<Json> const cuts = sequence_parts(optional_field(document, "pre_tokenizer", path), "pretokenizers", path);
  std::optional<std::string> unknown = optional_string(model, "unk_token", path + ": model");
  if (!cuts.empty() && type_of_part(cuts.back(), path) == "ByteLevel") {
    vocabulary.kind = text::TokenizerKind::byte_level_bpe;
    vocabulary.pre_tokenizer = byte_level_kind(cuts, path);
    for (Json const& part : sequence_parts(optional_field(document, "normalizer", path), "normalizers", path)) {
      if (type_of_part(part, path) != "NFC") {
        throw Error(path + ": normalizer", excerpt(part), "none (or NFC, which is left out)");
      }
    }
    vocabulary.merges = std::move(merges);
  } else if (optional_bool(model, "byte_fallback", path + ": model").value_or(false)) {
    vocabulary.kind = text::TokenizerKind::sentencepiece_bpe;
    vocabulary.add_space_prefix = sentencepiece_prefix(document, cuts, path);
    for (std::size_t i = 0; i < table.tokens.size(); ++i) {
      if (detail::is_byte_token(table.tokens[i]) && table.roles[i] == text::TokenRole::normal) {
        table.roles[i] = text::TokenRole::byte;
      } else if (unknown && table.tokens[i] == *unknown) {
        table.roles[i] = text::TokenRole::unknown;
      }
    }
    vocabulary.scores = detail::scores_from_merges(merges, table.tokens, table.roles);
  } else {
    refuse_pre_tokenizer(path, cuts);
  }

  std::string const config_path = (root / "tokenizer_config.json").string();
  Json const config = read_json_file_if_present(config_path).value_or(Json::object());
  std::string const map_path = (root / "special_tokens_map.json").string();
  Json const map = read_json_file_if_present(map_path).value_or(Json::object());
  auto const special = [&](char const* key) -> std::optional<Token> {
    std::optional<std::string> spelling = detail::special_spelling(config, key, config_path);
    if (!spelling) {
      spelling = detail::special_spelling(map, key, map_path);
    }
    if (!spelling && std::string_view(key) == "unk_token") {
      spelling = unknown;
    }
    if (!spelling) {
      return std::nullopt;
    }
    std::optional<Token> const id = table.id_of(*spelling);
    if (!id) {
      throw Error(config_path + ": " + key, excerpt(*spelling), "a token of tokenizer.json");
    }
    return id;
  };
  vocabulary.bos = special("bos_token");
  vocabulary.eos = special("eos_token");
  vocabulary.unknown = special("unk_token");
  vocabulary.padding = special("pad_token");
  if (vocabulary.bos) {
    vocabulary.add_bos = optional_bool(config, "add_bos_token", config_path)
                             .value_or(detail::post_processor_adds(
                                 document, table.tokens[static_cast<std::size_t>(*vocabulary.bos)], path));
  }
  vocabulary.chat_template = detail::read_chat_template(root, config, config_path);
  vocabulary.tokens = std::move(table.tokens);
  vocabulary.roles = std::move(table.roles);

  auto const add_end = [&](Token token, std::string const& where) {
    if (static_cast<std::size_t>(token) >= vocabulary.tokens.size()) {
      throw Error(where + ": eos_token_id", std::to_string(token),
                  "a token of tokenizer.json, which has " + std::to_string(vocabulary.tokens.size()));
    }
    if (std::find(vocabulary.end_tokens.begin(), vocabulary.end_tokens.end(), token) == vocabulary.end_tokens.end()) {
      vocabulary.end_tokens.push_back(token);
    }
  };
  if (vocabulary.eos) {
    add_end(*vocabulary.eos, config_path);
  }
  for (char const* name : {"generation_config.json", "config.json"}) {
    std::string const where = (root / name).string();
    if (std::optional<Json> const other = read_json_file_if_present(where)) {
      for (Token const token : token_list(*other, "eos_token_id", where)) {
        add_end(token, where);
      }
    }
  }
  if (!vocabulary.eos && !vocabulary.end_tokens.empty()) {
    vocabulary.eos = vocabulary.end_tokens.front();
  }
  return vocabulary;
}

} // namespace srlm::io
