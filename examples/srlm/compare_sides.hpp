/// The sides of a comparison: each a model, which answers, or a file of answers.
#pragma once
#include "adapter_options.hpp"
#include "command.hpp"
#include <srlm/data/prompt_file.hpp>
#include <algorithm> // equal
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

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

/// What is asked: the lines of `in`, or the prompts of the first side that is a file. Without `in` all files answer the
/// same number of prompts.
class Sides {
 public:
  /// Throws: Error for a bad file, CLI::ValidationError for models alone and no `in`.
  Sides(std::vector<std::string> paths, std::string const& in) : paths_(std::move(paths)) {
    AnswerFile const* first = nullptr;
    std::size_t place = 0;
    for (std::string const& path : paths_) {
      files_.push_back(is_model(path) ? nullptr : std::make_unique<AnswerFile>(path));
      AnswerFile const* const file = files_.back().get();
      if (in.empty() && first != nullptr && file != nullptr && file->prompts.size() != first->prompts.size()) {
        throw Error(paths_[place] + " and " + path,
                    std::to_string(first->prompts.size()) + " and " + std::to_string(file->prompts.size()) + " prompts",
                    "the same prompts, or --in with those to compare on");
      }
      if (first == nullptr && file != nullptr) {
        first = file;
        place = files_.size() - 1;
      }
    }
    if (!in.empty()) {
      prompts_ = read_prompts(in).texts();
    } else if (first == nullptr) {
      throw CLI::ValidationError("--in", "is required where all sides are models: lines {\"prompt\"}");
    } else if (first->prompts.empty()) {
      throw Error(paths_[place], "no answers", "at least one line {\"prompt\": ..., \"response\": ...}");
    } else {
      prompts_ = first->prompts;
    }
  }

  std::vector<std::string> const& paths() const { return paths_; }
  std::vector<std::string> const& prompts() const { return prompts_; }

  /// Of each side, one a prompt; one model in memory at a time. Determinism: side i draws from seed.fork(i).
  std::vector<std::vector<std::string>> answers(AnyBackend& backend, Sampling const& sampling, Seed seed,
                                                ProgressIfAsked& progress) const {
    std::vector<std::vector<std::string>> all;
    for (std::size_t side = 0; side < paths_.size(); ++side) {
      if (files_[side] != nullptr) {
        all.push_back(answers_of(*files_[side], paths_[side], prompts_));
      } else {
        Model model = load_model(backend, paths_[side]);
        check_template({{}, paths_[side]}, model, "one with a template, which its prompts need");
        all.push_back(answers_of(model, prompts_, sampling, seed.fork(side), progress));
      }
    }
    return all;
  }

 private:
  std::vector<std::string> paths_, prompts_;
  std::vector<std::unique_ptr<AnswerFile>> files_; ///< nullptr for a model
};

} // namespace srlm::cli
