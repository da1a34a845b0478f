/// What an OpenAI-compatible server's answer to POST /v1/chat/completions holds: one text, and whether the length limit
/// ended it. Anything else is a failure with its cause, never an exception.
#pragma once
#include <srlm/core/verdict.hpp>
#include <srlm/data/ascii.hpp>
#include <srlm/io/json.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace srlm {

struct ChatAnswer {
  std::string text;
  bool finished = true; ///< false: cut off by the length limit
};

/// No answer came, or nothing that is one.
struct ChatFailure {
  VerdictCause cause = VerdictCause::no_answer; ///< or bad_answer, or prompt_too_long
  std::string reason = {};                      ///< one line
};

using ChatResult = std::variant<ChatFailure, ChatAnswer>;

/// Reads choices[0].message.content and choices[0].finish_reason; "length" is unfinished, then even without a text (a
/// model that thinks first may come to none). No text otherwise, no choice, a wrong type or no JSON is a bad_answer.
inline ChatResult read_chat_answer(std::string_view body) {
  try {
    std::string const where = "the server's answer";
    io::Json const json = io::parse_json(body, where);
    io::Json const& choices = io::required_array(json, "choices", where);
    if (choices.empty()) {
      throw Error(where, "no choices", "one");
    }
    io::Json const& message = io::required_field(choices[0], "message", where);
    ChatAnswer answer;
    answer.finished = io::optional_string(choices[0], "finish_reason", where) != "length";
    answer.text = io::optional_string(message, "content", where).value_or("");
    if (answer.finished && answer.text.empty()) {
      throw Error(where, "an empty text", "a text");
    }
    return answer;
  } catch (Error const& problem) {
    return ChatFailure{VerdictCause::bad_answer, problem.what()};
  }
}

/// Whether a refusal is about the length of this one question, not about all of them: status 413, or 400 or 422 with
/// the words that OpenAI and vLLM ("context_length_exceeded", "maximum context length") or llama.cpp
/// ("exceed_context_size_error") have for it.
inline bool refuses_length(int status, std::string_view body) {
  std::string const words = ascii::lower(body.substr(0, 4096));
  return status == 413 ||
         ((status == 400 || status == 422) &&
          (words.find("context_length") != std::string::npos || words.find("context length") != std::string::npos ||
           words.find("context_size") != std::string::npos || words.find("context size") != std::string::npos));
}

/// Whether the same request may do better later (RFC 9110, section 15; 429 from RFC 6585).
constexpr bool is_passing_status(int status) {
  return status == 408 || status == 429 || (status >= 500 && status < 600);
}

} // namespace srlm
