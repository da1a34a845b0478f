/// A byte-level BPE vocabulary learned from a few texts (Sennrich et al. 2016), with ChatML's control tokens.
#pragma once
#include <srlm/text/byte_alphabet.hpp>
#include <srlm/text/vocabulary.hpp>
#include <map>
#include <string>
#include <vector>

namespace srlm::cli {

/// Words as GPT-2 cuts them, roughly: letters with the space before them, and everything else by itself.
inline std::map<std::string, std::size_t> count_words(std::vector<std::string> const& texts) {
  std::map<std::string, std::size_t> words;
  auto const is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (std::string const& text : texts) {
    std::string word;
    for (char c : text) {
      bool const goes_on = is_letter(c) && (word.empty() || is_letter(word.back()) || word == " ");
      if (!goes_on && !word.empty()) {
        ++words[word];
        word.clear();
      }
      word.push_back(c);
    }
    ++words[word];
  }
  return words;
}

inline text::Vocabulary tiny_vocabulary(std::vector<std::string> const& texts, std::size_t size) {
  text::Vocabulary v;
  v.kind = text::TokenizerKind::byte_level_bpe;
  v.pre_tokenizer = text::PreTokenizer::gpt2;
  v.chat_template =
      "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + "
      "'<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}"
      "{% endif %}";
  for (char const* control : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}) {
    v.tokens.emplace_back(control);
    v.roles.push_back(text::TokenRole::control);
  }
  v.bos = 1;
  v.eos = 2;
  v.padding = 0;
  v.end_tokens = {2};
  auto const add = [&](std::string const& token) {
    v.tokens.push_back(token);
    v.roles.push_back(text::TokenRole::normal);
  };
  for (int byte = 0; byte < 256; ++byte) {
    add(text::spell_byte(static_cast<unsigned char>(byte)));
  }
  struct Word {
    std::vector<std::string> parts;
    std::size_t count;
  };
  std::vector<Word> words;
  for (auto const& [word, count] : count_words(texts)) {
    Word& w = words.emplace_back(Word{{}, count});
    for (char c : word) {
      w.parts.push_back(text::spell_byte(static_cast<unsigned char>(c)));
    }
  }
  while (v.tokens.size() < size) {
    std::map<std::pair<std::string, std::string>, std::size_t> pairs;
    for (Word const& word : words) {
      for (std::size_t i = 0; i + 1 < word.parts.size(); ++i) {
        pairs[{word.parts[i], word.parts[i + 1]}] += word.count;
      }
    }
    auto best = pairs.end();
    for (auto pair = pairs.begin(); pair != pairs.end(); ++pair) {
      best = best == pairs.end() || pair->second > best->second ? pair : best;
    }
    if (best == pairs.end() || best->second < 2) {
      break;
    }
    auto const [left, right] = best->first;
    add(left + right);
    v.merges.push_back({left, right});
    for (Word& word : words) {
      for (std::size_t i = 0; i + 1 < word.parts.size(); ++i) {
        if (word.parts[i] == left && word.parts[i + 1] == right) {
          word.parts[i] += right;
          word.parts.erase(word.parts.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
      }
    }
  }
  return v;
}

} // namespace srlm::cli
