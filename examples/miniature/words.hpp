/// The words of the closed world: eight kinds of things with eight names each, and the few words that instructions and
/// judgements are made of. A token is a word.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/core/token.hpp>
#include <array>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace miniature {

inline constexpr std::size_t kinds = 8, names_a_kind = 8;

/// The names of a kind stand in alphabetical order.
struct Kind {
  std::string_view plural;
  std::array<std::string_view, names_a_kind> names;
};

inline constexpr std::array<Kind, kinds> world = {{
    {"birds", {"crane", "dove", "eagle", "finch", "goose", "heron", "ibis", "jay"}},
    {"fish", {"bream", "carp", "dace", "eel", "gar", "hake", "ling", "perch"}},
    {"trees", {"alder", "beech", "cedar", "elm", "fir", "hazel", "larch", "maple"}},
    {"tools", {"adze", "chisel", "drill", "file", "hammer", "lathe", "mallet", "plane"}},
    {"fruits", {"apple", "cherry", "date", "fig", "grape", "lemon", "mango", "olive"}},
    {"metals", {"brass", "copper", "gold", "iron", "lead", "nickel", "silver", "steel"}},
    {"drinks", {"ale", "cider", "cocoa", "coffee", "juice", "mead", "milk", "tea"}},
    {"clothes", {"apron", "belt", "cap", "gloves", "hat", "jacket", "scarf", "shirt"}},
}};

inline constexpr std::array<std::string_view, 3> numbers = {"two", "three", "four"};

inline std::vector<std::string> split(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    words.push_back(word);
  }
  return words;
}

/// A Tokenizer that knows end tokens: one id a word, white space between words is nothing. A turn is
/// "<user> words <model> words <end>".
class WordTokenizer {
 public:
  static constexpr std::string_view user = "<user>", answer = "<model>", end = "<end>";

  WordTokenizer() {
    for (std::string_view word : {user,
                                  answer,
                                  end,
                                  std::string_view("list"),
                                  std::string_view("without"),
                                  std::string_view("."),
                                  std::string_view("judge"),
                                  std::string_view("answer"),
                                  std::string_view("kind"),
                                  std::string_view("count"),
                                  std::string_view("order"),
                                  std::string_view("close"),
                                  std::string_view("yes"),
                                  std::string_view("no"),
                                  std::string_view("Score:"),
                                  std::string_view("0"),
                                  std::string_view("1"),
                                  std::string_view("2"),
                                  std::string_view("3"),
                                  std::string_view("4"),
                                  std::string_view("5"),
                                  std::string_view("repeat"),
                                  std::string_view("well"),
                                  std::string_view("maybe"),
                                  std::string_view("so")}) {
      add(word);
    }
    for (std::string_view number : numbers) {
      add(number);
    }
    for (Kind const& kind : world) {
      add(kind.plural);
      for (std::string_view name : kind.names) {
        add(name);
      }
    }
  }

  std::vector<std::string> const& words() const { return words_; }
  srlm::Token id(std::string_view word) const {
    auto const found = ids_.find(word);
    if (found == ids_.end()) {
      throw srlm::Error("WordTokenizer", "the word \"" + std::string(word) + "\"",
                        "one of the world's " + std::to_string(words_.size()) + " words");
    }
    return found->second;
  }

  // ---- Tokenizer
  srlm::Tokens encode_prompt(std::string_view text) const {
    srlm::Tokens tokens = {id(user)};
    append(text, tokens);
    tokens.push_back(id(answer));
    return tokens;
  }
  srlm::Tokens encode_response(std::string_view text) const {
    srlm::Tokens tokens;
    append(text, tokens);
    tokens.push_back(id(end));
    return tokens;
  }
  /// Words with a space between them; "Score:" begins a line.
  std::string decode(std::span<srlm::Token const> tokens) const {
    std::string text;
    for (srlm::Token token : tokens) {
      std::string const& word = words_.at(static_cast<std::size_t>(token));
      if (!word.starts_with('<')) {
        text += (text.empty() ? "" : word == "Score:" ? "\n" : " ") + word;
      }
    }
    return text;
  }
  bool is_end(srlm::Token token) const { return token == id(end); }

 private:
  void add(std::string_view word) {
    if (ids_.emplace(word, static_cast<srlm::Token>(words_.size())).second) {
      words_.emplace_back(word);
    }
  }
  void append(std::string_view text, srlm::Tokens& tokens) const {
    for (std::string const& word : split(text)) {
      tokens.push_back(id(word));
    }
  }

  std::vector<std::string> words_;
  std::map<std::string, srlm::Token, std::less<>> ids_;
};

} // namespace miniature
