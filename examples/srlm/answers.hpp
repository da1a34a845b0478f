/// Answers to look at, from a file: as `srlm generate` writes them, or one a line.
#pragma once
#include "command.hpp"
#include <optional>
#include <string>
#include <vector>

namespace srlm::cli {

/// One line of answers. Without "finished" nothing is known of an answer's end.
struct AnswerLine {
  std::optional<std::string> prompt;
  std::vector<Response> responses;
  bool ends_known = true;
  std::string where;
};

/// {"response", "ids", "finished"} with the key of the text given, of which only the text must be there.
inline void add_answer_to(AnswerLine& line, io::Json const& object, char const* key) {
  Response response{io::required_string(object, key, line.where), {}};
  if (io::optional_field(object, "ids", line.where) != nullptr) {
    Tokens ids;
    for (io::Json const& id : io::required_array(object, "ids", line.where)) {
      if (!id.is_number_integer() || id.get<std::int64_t>() < 0 || id.get<std::int64_t>() > INT32_MAX) {
        throw Error(line.where + ": ids", io::excerpt(id), "token ids");
      }
      ids.push_back(id.get<Token>());
    }
    response.tokens = std::move(ids);
  }
  auto const finished = io::optional_bool(object, "finished", line.where);
  response.finished = finished.value_or(true);
  line.ends_known = line.ends_known && finished.has_value();
  line.responses.push_back(std::move(response));
}

/// Lines {"response"} or {"candidates": [{"text"}, ...]}, with a "prompt" or without.
/// Throws: Error "file:line: ..." for a line that holds neither, and Error for a file without an answer.
inline std::vector<AnswerLine> read_answers(std::string const& path) {
  std::vector<AnswerLine> answers;
  std::size_t count = 0;
  for (InputLine const& line : read_lines(path)) {
    AnswerLine answer;
    answer.where = line.where;
    answer.prompt = io::optional_string(line.json, "prompt", line.where);
    if (line.json.contains("candidates")) {
      for (io::Json const& candidate : io::required_array(line.json, "candidates", line.where)) {
        add_answer_to(answer, candidate, "text");
      }
    } else if (line.json.contains("response")) {
      add_answer_to(answer, line.json, "response");
    } else {
      throw Error(line.where, io::excerpt(line.json), "an object with \"response\" or \"candidates\"");
    }
    count += answer.responses.size();
    answers.push_back(std::move(answer));
  }
  if (count == 0) {
    throw Error(path == "-" ? "standard input" : path, "no answers", "at least one");
  }
  return answers;
}

} // namespace srlm::cli
