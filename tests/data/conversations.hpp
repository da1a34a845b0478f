/// Generated rows for tests of the data formats: texts with quotes, line breaks and characters of every length.
#pragma once
#include <srlm/core/seed.hpp>
#include <srlm/data/preference_row.hpp>
#include <srlm/data/seed_examples.hpp>
#include <string>
#include <vector>

/// Rows that a seed decides.
class Generated {
 public:
  explicit Generated(std::uint64_t seed) : seed_{seed} {}

  std::size_t below(std::size_t n) { return seed_.below(n, next_++); }

  /// A text that is not blank and ends as it begins: with something.
  std::string text() {
    static std::vector<std::string> const parts = {"a",
                                                   " ",
                                                   "\n",
                                                   "word",
                                                   "\"quoted\"",
                                                   "\\",
                                                   "\t",
                                                   "\xC3\xA9",
                                                   "\xE5\xA4\xA9",
                                                   "\xF0\x9F\x98\x80",
                                                   "{\"k\":1}",
                                                   "Human:",
                                                   "\n\n",
                                                   ".",
                                                   "e\xCC\x81",
                                                   "]",
                                                   ",",
                                                   "'",
                                                   "\r\n",
                                                   "0",
                                                   "\xE2\x80\x9C",
                                                   "</s>",
                                                   "<|im_end|>"};
    std::string text;
    for (std::size_t n = 1 + below(9); n > 0; --n) {
      text += parts[below(parts.size())];
    }
    return srlm::is_blank_text(text) ? text + "x" : text;
  }

  /// 1 to 4 turns of the user, perhaps with a system message, which may be empty; ends with the user.
  srlm::Conversation prompt() {
    srlm::Conversation messages;
    if (std::size_t const kind = below(4); kind < 2) {
      messages.push_back({"system", kind == 0 ? "" : text()});
    }
    for (std::size_t turns = below(4); turns > 0; --turns) {
      messages.push_back({"user", text()});
      messages.push_back({"assistant", text()});
    }
    messages.push_back({"user", text()});
    return messages;
  }

  srlm::Conversation conversation() {
    srlm::Conversation messages = prompt();
    messages.push_back({"assistant", text()});
    return messages;
  }

  srlm::PreferenceRow preference() {
    srlm::PreferenceRow row{prompt(), text(), text()};
    if (row.chosen == row.rejected) {
      row.rejected += "!";
    }
    if (below(8) == 0) {
      row.rejected.clear();
    }
    if (below(2) == 0) {
      row.chosen_score = static_cast<float>(below(50)) / 7.0f;
    }
    if (below(2) == 0) {
      row.rejected_score = -static_cast<float>(below(50)) / 3.0f;
    }
    return row;
  }

  srlm::SeedExample seed_example() {
    srlm::SeedExample seed{text(), {}, below(2) == 0, below(2) == 0 ? "" : text()};
    for (std::size_t n = 1 + below(4); n > 0; --n) {
      seed.answers.push_back({text() + std::to_string(n), static_cast<int>(below(3))});
    }
    return seed;
  }

 private:
  srlm::Seed seed_;
  std::uint64_t next_ = 0;
};
