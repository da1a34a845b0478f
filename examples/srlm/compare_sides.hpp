/// The two sides of a comparison: each a model, which answers, or a file of answers.
#pragma once
#include "adapter_options.hpp"
#include "command.hpp"
#include <srlm/data/prompt_file.hpp>
#include <algorithm> // equal
#include <filesystem>
#include <fstream>
#include <map>

namespace srlm::cli {

/// A folder and a file that begins as GGUF files do are models, every other file holds answers.
inline bool is_model(std::string const& path) {
  std::error_code ignored;
  char magic[4] = {};
  return std::filesystem::is_directory(path, ignored) ||
         (std::ifstream(path, std::ios::binary).read(magic, 4) && std::equal(magic, magic + 4, "GGUF"));
}

/// Rows {"prompt", "response"}, in order. A response may be empty: a model may say nothing, and lose.
struct AnswerFile {
  std::vector<std::string> prompts;
  std::map<std::string, std::string> answers;

  /// Throws: Error "file:line: ..." for a bad row and for a prompt that an earlier line has.
  explicit AnswerFile(std::string const& path) {
    for (InputLine const& line : read_lines(path)) {
      std::string prompt = io::required_string(line.json, "prompt", line.where);
      if (!answers.emplace(prompt, io::required_string(line.json, "response", line.where)).second) {
        throw Error(line.where, "the prompt of an earlier line", "each prompt once");
      }
      prompts.push_back(std::move(prompt));
    }
  }
};

/// The answers of a file to these prompts. Throws: Error for a prompt that it does not answer.
inline std::vector<std::string> answers_of(AnswerFile const& file, std::string const& path,
                                           std::vector<std::string> const& prompts) {
  std::vector<std::string> answers;
  for (std::string const& prompt : prompts) {
    auto const found = file.answers.find(prompt);
    if (found == file.answers.end()) {
      throw Error(path, "no answer to " + io::excerpt(prompt), "an answer to every prompt of the comparison");
    }
    answers.push_back(found->second);
  }
  return answers;
}

/// A model's answers. Determinism: the answer to prompt i draws from seed.fork(i).
inline std::vector<std::string> answers_of(Model& model, std::vector<std::string> const& prompts,
                                           Sampling const& sampling, Seed seed, ProgressIfAsked& progress) {
  constexpr std::size_t at_once = 128;
  model.on_generation = [&](GenerationAdvanced const& e) { progress(e); };
  progress(StageBegan{0, Stage::candidates, prompts.size(), at_once});
  std::vector<std::string> answers;
  for (std::size_t first = 0; first < prompts.size(); first += at_once) {
    std::vector<Tokens> tokens;
    std::vector<GenerationRequest> requests;
    for (std::size_t i = first; i < std::min(first + at_once, prompts.size()); ++i) {
      tokens.push_back(model.tokenizer().encode_prompt(prompts[i]));
      if (tokens.back().size() + 1 > model.context_length()) {
        throw Error(io::excerpt(prompts[i]), std::to_string(tokens.back().size()) + " tokens",
                    "room for an answer in the context of " + std::to_string(model.context_length()));
      }
    }
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      requests.push_back({tokens[i], seed.fork(first + i)});
    }
    std::size_t written = 0;
    for (auto const& answer : model.generate(requests, sampling)) {
      answers.push_back(model.tokenizer().decode(answer));
      written += answer.size();
    }
    progress(StageAdvanced{0, Stage::candidates, answers.size(), prompts.size(), written});
  }
  return answers;
}

} // namespace srlm::cli
