/// A tokenizer's definition to a Hugging Face folder: tokenizer.json, tokenizer_config.json, special_tokens_map.json
/// and chat_template.jinja, which the tokenizers and transformers packages load and which give the same ids there.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/atomic_file.hpp>
#include <srlm/io/hf_pre_tokenizer.hpp> // split patterns
#include <srlm/io/json.hpp>
#include <srlm/text/vocabulary.hpp>
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility> // move
#include <vector>

namespace srlm::io {

/// The merges that "best score first" performs on a SentencePiece vocabulary, best first: for each token every way to
/// make it of two others.
inline std::vector<std::pair<std::string, std::string>> merges_from_scores(text::Vocabulary const& vocabulary) {
  std::unordered_map<std::string_view, std::size_t> ids;
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    if (vocabulary.roles[i] == text::TokenRole::normal) {
      ids.emplace(vocabulary.tokens[i], i);
    }
  }
  struct Merge {
    float score;
    std::size_t token, left, right;
  };
  std::vector<Merge> found;
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    std::string_view const token = vocabulary.tokens[i];
    if (vocabulary.roles[i] != text::TokenRole::normal) {
      continue;
    }
    for (std::size_t cut = 1; cut < token.size(); ++cut) {
      auto const left = ids.find(token.substr(0, cut)), right = ids.find(token.substr(cut));
      if (left != ids.end() && right != ids.end()) {
        found.push_back({vocabulary.scores[i], i, left->second, right->second});
      }
    }
  }
  std::sort(found.begin(), found.end(), [](Merge const& a, Merge const& b) {
    return std::tuple(-a.score, a.token, a.left, a.right) < std::tuple(-b.score, b.token, b.left, b.right);
  });
  std::vector<std::pair<std::string, std::string>> merges;
  for (Merge const& merge : found) {
    merges.emplace_back(vocabulary.tokens[merge.left], vocabulary.tokens[merge.right]);
  }
  return merges;
}

namespace detail {

inline OrderedJson byte_level_node(bool use_regex) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", use_regex}};
}

inline OrderedJson pre_tokenizer_node(text::PreTokenizer kind) {
  OrderedJson first;
  switch (kind) {
  case text::PreTokenizer::gpt2:
    return byte_level_node(true);
  case text::PreTokenizer::smollm:
    first = {{"type", "Digits"}, {"individual_digits", true}};
    break;
  case text::PreTokenizer::llama3:
  case text::PreTokenizer::qwen2:
    first["type"] = "Split";
    first["pattern"]["Regex"] =
        std::string(kind == text::PreTokenizer::llama3 ? llama3_split_pattern : qwen2_split_pattern);
    first["behavior"] = "Isolated";
    first["invert"] = false;
    break;
  }
  OrderedJson node;
  node["type"] = "Sequence";
  node["pretokenizers"] = OrderedJson::array({first, byte_level_node(kind == text::PreTokenizer::smollm)});
  return node;
}

/// Spaces to U+2581, one before the text where the vocabulary wants it.
inline OrderedJson sentencepiece_normalizer(bool prefix) {
  OrderedJson parts = OrderedJson::array();
  if (prefix) {
    parts.push_back({{"type", "Prepend"}, {"prepend", std::string(sentencepiece_space)}});
  }
  parts.push_back({{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", std::string(sentencepiece_space)}});
  return {{"type", "Sequence"}, {"normalizers", parts}};
}

inline OrderedJson sentencepiece_decoder(bool prefix) {
  OrderedJson parts = OrderedJson::array();
  parts.push_back({{"type", "Replace"}, {"pattern", {{"String", std::string(sentencepiece_space)}}}, {"content", " "}});
  parts.push_back({{"type", "ByteFallback"}});
  parts.push_back({{"type", "Fuse"}});
  if (prefix) {
    parts.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  }
  return {{"type", "Sequence"}, {"decoders", parts}};
}

inline OrderedJson bos_node(std::string const& bos, Token id) {
  OrderedJson const special = {{"SpecialToken", {{"id", bos}, {"type_id", 0}}}};
  OrderedJson const first = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  OrderedJson const second = {{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
  OrderedJson node;
  node["type"] = "TemplateProcessing";
  node["single"] = OrderedJson::array({special, first});
  node["pair"] = OrderedJson::array({special, first, special, second});
  node["special_tokens"][bos] = {{"id", bos}, {"ids", OrderedJson::array({id})}, {"tokens", OrderedJson::array({bos})}};
  return node;
}

inline OrderedJson added_tokens_node(text::Vocabulary const& vocabulary) {
  OrderedJson added = OrderedJson::array();
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    text::TokenRole const role = vocabulary.roles[i];
    bool const special = role == text::TokenRole::control || role == text::TokenRole::unknown;
    if (special || role == text::TokenRole::user_defined) {
      added.push_back({{"id", i},
                       {"content", vocabulary.tokens[i]},
                       {"single_word", false},
                       {"lstrip", false},
                       {"rstrip", false},
                       {"normalized", false},
                       {"special", special}});
    }
  }
  return added;
}

inline OrderedJson bpe_node(text::Vocabulary const& vocabulary, std::size_t size, std::string const& where) {
  bool const sentencepiece = vocabulary.kind == text::TokenizerKind::sentencepiece_bpe;
  OrderedJson node;
  node["type"] = "BPE";
  node["dropout"] = nullptr;
  node["unk_token"] = nullptr;
  if (sentencepiece && vocabulary.unknown) {
    node["unk_token"] = vocabulary.tokens[static_cast<std::size_t>(*vocabulary.unknown)];
  }
  node["continuing_subword_prefix"] = nullptr;
  node["end_of_word_suffix"] = nullptr;
  node["fuse_unk"] = sentencepiece;
  node["byte_fallback"] = sentencepiece;
  node["ignore_merges"] = !sentencepiece && vocabulary.pre_tokenizer == text::PreTokenizer::llama3;
  OrderedJson vocab = OrderedJson::object();
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < size; ++i) {
    auto const [known, fresh] = seen.emplace(vocabulary.tokens[i], i);
    if (!fresh) {
      throw Error(where,
                  "the token " + excerpt(vocabulary.tokens[i]) + " with the ids " + std::to_string(known->second) +
                      " and " + std::to_string(i),
                  "each token once");
    }
    // push_back, since ordered_json looks a key up in linear time
    vocab.get_ref<OrderedJson::object_t&>().push_back({vocabulary.tokens[i], OrderedJson(i)});
  }
  node["vocab"] = std::move(vocab);
  OrderedJson merges = OrderedJson::array();
  for (auto const& [left, right] : sentencepiece ? merges_from_scores(vocabulary) : vocabulary.merges) {
    merges.push_back(left + " " + right);
  }
  node["merges"] = std::move(merges);
  return node;
}

} // namespace detail

/// Writes the tokenizer into an existing folder. Unused tokens at the end (those that fill up an embedding) are left
/// out. Throws: Error if the vocabulary is inconsistent (a token twice, a text that is not UTF-8) or if the system
/// cannot write.
inline void write_hf_tokenizer(std::string const& folder, text::Vocabulary const& vocabulary) {
  std::filesystem::path const root(folder);
  std::string const path = (root / "tokenizer.json").string();
  bool const sentencepiece = vocabulary.kind == text::TokenizerKind::sentencepiece_bpe;
  std::size_t size = vocabulary.tokens.size();
  if (vocabulary.roles.size() != size || (sentencepiece && vocabulary.scores.size() != size)) {
    throw Error(path,
                std::to_string(size) + " tokens with " + std::to_string(vocabulary.roles.size()) + " roles and " +
                    std::to_string(vocabulary.scores.size()) + " scores",
                "one role (and one score) a token");
  }
  while (size > 0 && vocabulary.roles[size - 1] == text::TokenRole::unused) {
    --size;
  }
  auto const spelling = [&](std::optional<Token> token) -> std::optional<std::string> {
    if (!token) {
      return std::nullopt;
    }
    if (*token < 0 || static_cast<std::size_t>(*token) >= size) {
      throw Error(path, "the special token " + std::to_string(*token), "0 to " + std::to_string(size - 1));
    }
    return vocabulary.tokens[static_cast<std::size_t>(*token)];
  };
  std::optional<std::string> const bos = spelling(vocabulary.bos), eos = spelling(vocabulary.eos),
                                   unknown = spelling(vocabulary.unknown), padding = spelling(vocabulary.padding);
  OrderedJson document;
  document["version"] = "1.0";
  document["truncation"] = nullptr;
  document["padding"] = nullptr;
  document["added_tokens"] = detail::added_tokens_node(vocabulary);
  document["normalizer"] = nullptr;
  document["pre_tokenizer"] = nullptr;
  if (sentencepiece) {
    document["normalizer"] = detail::sentencepiece_normalizer(vocabulary.add_space_prefix);
  } else {
    document["pre_tokenizer"] = detail::pre_tokenizer_node(vocabulary.pre_tokenizer);
  }
  document["post_processor"] = nullptr;
  if (vocabulary.add_bos && bos) {
    document["post_processor"] = detail::bos_node(*bos, *vocabulary.bos);
  }
  document["decoder"] =
      sentencepiece ? detail::sentencepiece_decoder(vocabulary.add_space_prefix) : detail::byte_level_node(true);
  document["model"] = detail::bpe_node(vocabulary, size, path);
  write_json_file(path, document);

  OrderedJson map = OrderedJson::object();
  auto const put = [&](char const* key, std::optional<std::string> const& token) {
    if (token) {
      map[key] = *token;
    }
  };
  put("bos_token", bos);
  put("eos_token", eos);
  put("unk_token", unknown);
  put("pad_token", padding);
  write_json_file((root / "special_tokens_map.json").string(), map);
  OrderedJson config = map;
  config["add_bos_token"] = vocabulary.add_bos;
  config["add_eos_token"] = false;
  config["clean_up_tokenization_spaces"] = false;
  config["tokenizer_class"] = "PreTrainedTokenizerFast";
  std::string const template_path = (root / "chat_template.jinja").string();
  if (!vocabulary.chat_template.empty()) {
    config["chat_template"] = vocabulary.chat_template; // transformers before 4.50
    AtomicFile file(template_path);
    file.write(vocabulary.chat_template);
    file.commit();
  } else {
    std::error_code ignored;
    std::filesystem::remove(template_path, ignored); // one from an earlier model would be taken for ours
  }
  write_json_file((root / "tokenizer_config.json").string(), config);
}

} // namespace srlm::io
