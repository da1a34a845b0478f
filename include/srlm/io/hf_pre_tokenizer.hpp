/// How a tokenizer.json cuts and normalizes text, recognised from its normalizer and pre_tokenizer. What is not
/// recognised is refused and quoted: another cut gives other ids, and a model that reads other ids is another model.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/json.hpp>
#include <srlm/text/vocabulary.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace srlm::io {

/// The patterns by which Llama 3 and Qwen2 cut text, as their tokenizer.json files hold them.
inline constexpr std::string_view llama3_split_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)"
    R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
inline constexpr std::string_view qwen2_split_pattern = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)"
                                                        R"(\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// U+2581, which SentencePiece writes for a space.
inline constexpr std::string_view sentencepiece_space = "\xE2\x96\x81";

/// The parts of a "Sequence" under that key, or the one part that stands for itself, or none for null.
inline std::vector<Json> sequence_parts(Json const* node, std::string const& key, std::string const& where) {
  if (node == nullptr) {
    return {};
  }
  if (optional_string(*node, "type", where).value_or("") != "Sequence") {
    return {*node};
  }
  Json const& parts = required_array(*node, key, where);
  return std::vector<Json>(parts.begin(), parts.end());
}

inline std::string type_of_part(Json const& part, std::string const& where) {
  return required_string(part, "type", where);
}

[[noreturn]] inline void refuse_pre_tokenizer(std::string const& where, std::vector<Json> const& parts) {
  std::string given;
  for (Json const& part : parts) {
    Json const* const pattern = part.is_object() ? optional_field(part, "pattern", where) : nullptr;
    std::string const text = pattern != nullptr
                                 ? "Split by " + pattern->dump(-1, ' ', false, Json::error_handler_t::replace)
                                 : excerpt(part);
    given += (given.empty() ? "" : ", ") + text;
  }
  throw Error(where + ": pre_tokenizer", given.empty() ? "none" : given,
              "that of GPT-2, SmolLM, Llama 3 or Qwen2 (byte-level), or Metaspace (SentencePiece)");
}

/// How a byte-level tokenizer cuts text. parts: the pre-tokenizers, of which the last is ByteLevel.
inline text::PreTokenizer byte_level_kind(std::vector<Json> const& parts, std::string const& where) {
  Json const& byte_level = parts.back();
  bool const own_pattern = optional_bool(byte_level, "use_regex", where).value_or(true);
  if (optional_bool(byte_level, "add_prefix_space", where).value_or(true)) {
    throw Error(where + ": pre_tokenizer", "ByteLevel with add_prefix_space", "one without");
  }
  if (parts.size() == 1 && own_pattern) {
    return text::PreTokenizer::gpt2;
  }
  if (parts.size() == 2 && own_pattern && type_of_part(parts[0], where) == "Digits" &&
      optional_bool(parts[0], "individual_digits", where).value_or(false)) {
    return text::PreTokenizer::smollm;
  }
  if (parts.size() == 2 && !own_pattern && type_of_part(parts[0], where) == "Split") {
    Json const& pattern = required_field(parts[0], "pattern", where);
    std::string const regex =
        pattern.is_object() ? optional_string(pattern, "Regex", where).value_or("") : std::string();
    std::string const behavior = required_string(parts[0], "behavior", where);
    bool const invert = optional_bool(parts[0], "invert", where).value_or(false);
    if ((behavior == "Isolated" && !invert) || (behavior == "Removed" && invert)) {
      if (regex == llama3_split_pattern) {
        return text::PreTokenizer::llama3;
      }
      if (regex == qwen2_split_pattern) {
        return text::PreTokenizer::qwen2;
      }
    }
  }
  refuse_pre_tokenizer(where, parts);
}

/// Whether a SentencePiece-like tokenizer puts a space before a text; refuses what srlm does not do to a text.
inline bool sentencepiece_prefix(Json const& document, std::vector<Json> const& pre_tokenizers,
                                 std::string const& where) {
  bool prefix = false, replaced = false;
  for (Json const& part : sequence_parts(optional_field(document, "normalizer", where), "normalizers", where)) {
    std::string const type = type_of_part(part, where + ": normalizer");
    if (type == "Prepend" && required_string(part, "prepend", where) == sentencepiece_space) {
      prefix = true;
    } else if (type == "Replace" && required_field(part, "pattern", where) == Json{{"String", " "}} &&
               required_string(part, "content", where) == sentencepiece_space) {
      replaced = true;
    } else {
      throw Error(where + ": normalizer", excerpt(part), "spaces replaced by U+2581, and U+2581 prepended");
    }
  }
  for (Json const& part : pre_tokenizers) {
    bool const metaspace = type_of_part(part, where) == "Metaspace" &&
                           required_string(part, "replacement", where) == sentencepiece_space &&
                           !optional_bool(part, "split", where).value_or(true);
    if (!metaspace) {
      refuse_pre_tokenizer(where, pre_tokenizers);
    }
    replaced = true;
    prefix =
        optional_string(part, "prepend_scheme", where)
            .value_or(optional_bool(part, "add_prefix_space", where).value_or(true) ? "always" : "never") != "never";
  }
  if (!replaced) {
    refuse_pre_tokenizer(where, pre_tokenizers);
  }
  return prefix;
}

} // namespace srlm::io
