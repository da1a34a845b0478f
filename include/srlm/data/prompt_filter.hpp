/// Which generated instructions are worth keeping: the filters of Self-Instruct (Wang et al. 2022, section 2.2 and its
/// code), which the paper uses for its new prompts (section 3.1.1).
#pragma once
#include <srlm/data/rouge_l.hpp>
#include <array>
#include <cstdint>
#include <limits>
#include <unordered_map>
#include <unordered_set>
#include <utility> // move

namespace srlm {

/// Why an instruction was refused; none: it was not.
enum class PromptRefusal {
  none,
  too_short,       ///< three words or fewer
  too_long,        ///< more than 150 words
  keyword,         ///< asks for what text cannot do: images, files, drawing, ...
  program,         ///< begins with "Write a program"
  bad_start,       ///< begins with punctuation or a character that is not ASCII
  duplicate,       ///< is known, but for case and white space
  too_similar,     ///< ROUGE-L above 0.7 with one that is known
  unfinished,      ///< the length limit cut it off
  prompt_too_long, ///< the request with that many examples leaves no room in the context for a reply
};

inline constexpr std::size_t prompt_refusals = 10; ///< how many values PromptRefusal has

constexpr std::string_view name_of(PromptRefusal refusal) {
  constexpr std::array<std::string_view, prompt_refusals> names = {
      "none",      "too_short", "too_long",    "keyword",    "program",
      "bad_start", "duplicate", "too_similar", "unfinished", "prompt_too_long"};
  auto const i = static_cast<std::size_t>(refusal);
  return i < names.size() ? names[i] : "unknown";
}

/// Defaults: the code of Self-Instruct. Words are stretches between white space.
struct PromptFilterOptions {
  std::size_t fewest_words = 4, most_words = 150;
  double largest_rouge_l = 0.7; ///< this much is still accepted
};

/// Knows the seeds and what was accepted, and compares with all of them.
class PromptFilter {
 public:
  explicit PromptFilter(PromptFilterOptions options = {}) : options_(options) {}

  /// Makes the text known, whatever check() says of it.
  void add(std::string_view text) {
    exact_.insert(ascii::lower(ascii::collapsed(text)));
    std::vector<std::uint32_t> words;
    for (std::string& word : rouge_words(text)) {
      auto const id = static_cast<std::uint32_t>(ids_.size());
      words.push_back(ids_.emplace(std::move(word), id).first->second);
    }
    known_.push_back(std::move(words));
  }

  /// Cost: one comparison of words with each known text that is about as long.
  PromptRefusal check(std::string_view text) const {
    std::string const plain = ascii::collapsed(text);
    std::size_t words = plain.empty() ? 0 : 1;
    for (char const c : plain) {
      words += c == ' ' ? 1 : 0;
    }
    if (words < options_.fewest_words || words == 0) {
      return PromptRefusal::too_short;
    }
    if (words > options_.most_words) {
      return PromptRefusal::too_long;
    }
    if (!ascii::is_plain(plain[0]) || ascii::is_punctuation(plain[0])) {
      return PromptRefusal::bad_start;
    }
    if (ascii::holds_word_at(plain, 0, "write a program")) {
      return PromptRefusal::program;
    }
    if (has_keyword(plain)) {
      return PromptRefusal::keyword;
    }
    if (exact_.contains(ascii::lower(plain))) {
      return PromptRefusal::duplicate;
    }
    return is_similar(plain) ? PromptRefusal::too_similar : PromptRefusal::none;
  }

  /// How many texts are known.
  std::size_t size() const { return known_.size(); }

 private:
  static bool has_keyword(std::string_view text) {
    constexpr std::array<std::string_view, 13> keywords = {"image",    "images", "graph", "graphs", "picture",
                                                           "pictures", "file",   "files", "map",    "maps",
                                                           "draw",     "plot",   "go to"};
    auto const in_word = [](char c) {
      return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || !ascii::is_plain(c);
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i > 0 && in_word(text[i - 1])) {
        continue;
      }
      for (std::string_view const keyword : keywords) {
        std::size_t const end = i + keyword.size();
        if (ascii::holds_at(text, i, keyword) && (end == text.size() || !in_word(text[end]))) {
          return true;
        }
      }
    }
    return false;
  }

  bool is_similar(std::string_view text) const {
    std::vector<std::uint32_t> words;
    for (std::string const& word : rouge_words(text)) {
      auto const found = ids_.find(word);
      words.push_back(found == ids_.end() ? std::numeric_limits<std::uint32_t>::max() : found->second);
    }
    for (std::vector<std::uint32_t> const& known : known_) {
      if (rouge_l_exceeds(words, known, options_.largest_rouge_l)) {
        return true;
      }
    }
    return false;
  }

  PromptFilterOptions options_;
  std::unordered_set<std::string> exact_;
  std::unordered_map<std::string, std::uint32_t> ids_; ///< words are compared by number
  std::vector<std::vector<std::uint32_t>> known_;
};

} // namespace srlm
