/// A model whose answers a test writes: a function from the prompt's text and the request's seed. Its tokens are bytes,
/// the end of a turn is one of its own, and the length limit cuts like a real one.
#pragma once
#include <srlm/concepts/generator.hpp>
#include <srlm/core/preference.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

struct ByteTokenizer {
  static constexpr srlm::Token end = 256, turn = 257;

  srlm::Tokens encode_prompt(std::string_view text) const { return with(text, turn); }
  srlm::Tokens encode_response(std::string_view text) const { return with(text, end); }
  std::string decode(std::span<srlm::Token const> tokens) const {
    std::string text;
    for (srlm::Token const token : tokens) {
      if (token < 256) {
        text += static_cast<char>(token);
      }
    }
    return text;
  }
  bool is_end(srlm::Token token) const { return token == end; }

 private:
  static srlm::Tokens with(std::string_view text, srlm::Token last) {
    srlm::Tokens tokens;
    for (char const c : text) {
      tokens.push_back(static_cast<unsigned char>(c));
    }
    tokens.push_back(last);
    return tokens;
  }
};

/// Knows no end token: an answer is finished when it is shorter than the limit.
struct EndlessTokenizer {
  srlm::Tokens encode_prompt(std::string_view text) const { return ByteTokenizer{}.encode_prompt(text); }
  srlm::Tokens encode_response(std::string_view text) const {
    srlm::Tokens tokens = ByteTokenizer{}.encode_response(text);
    tokens.pop_back();
    return tokens;
  }
  std::string decode(std::span<srlm::Token const> tokens) const { return ByteTokenizer{}.decode(tokens); }
};

template <class T>
struct ScriptedModelWith {
  std::function<std::string(std::string const&, srlm::Seed)> answer;
  std::vector<std::size_t> calls = {};          ///< requests of each call
  std::vector<srlm::Token const*> prompts = {}; ///< where each request's prompt lay
  std::vector<std::string> questions = {};      ///< what each request asked

  T tokenizer() const { return {}; }
  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const> requests,
                                     srlm::Sampling const& sampling) {
    calls.push_back(requests.size());
    std::vector<srlm::Tokens> answers;
    for (srlm::GenerationRequest const& request : requests) {
      prompts.push_back(request.prompt.data());
      questions.push_back(T{}.decode(request.prompt));
      srlm::Tokens tokens = T{}.encode_response(answer(questions.back(), request.seed));
      if (tokens.size() > static_cast<std::size_t>(sampling.max_new_tokens)) {
        tokens.resize(static_cast<std::size_t>(sampling.max_new_tokens));
      }
      answers.push_back(std::move(tokens));
    }
    return answers;
  }
};

using ScriptedModel = ScriptedModelWith<ByteTokenizer>;

/// Knows how long its context is.
struct BoundedModel : ScriptedModel {
  std::size_t context = 0;
  std::size_t context_length() const { return context; }
};

static_assert(srlm::Generator<ScriptedModel> && srlm::Generator<BoundedModel> && srlm::ContextAware<BoundedModel>);

/// One prompt with these finished answers.
inline srlm::JudgedGroup group_of(std::vector<std::string> const& texts) {
  srlm::JudgedGroup group{{"Name a colour.", {1, 2}}, {}};
  for (std::string const& text : texts) {
    group.responses.push_back({text, ByteTokenizer{}.encode_response(text), true});
  }
  return group;
}

inline std::vector<srlm::JudgedGroup> one(srlm::JudgedGroup group) { return {std::move(group)}; }
