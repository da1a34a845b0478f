/// What the commands of `srlm` share: common options, JSON lines in and out, errors that name the line.
#pragma once
#include <srlm/backend/eigen.hpp>
#include <srlm/core/conversation.hpp>
#include <srlm/io/jsonl.hpp>
#include <srlm/model/load.hpp>
#include <CLI/CLI.hpp>
#include <unistd.h>
#include <functional>
#include <string>
#include <vector>

namespace srlm::cli {

using Model = LanguageModel<EigenBackend>;

/// One command: adds its options to `app` and gives what is to be done once they are parsed (the exit code).
using Action = std::function<int()>;

Action add_inspect(CLI::App& app);
Action add_tokenize(CLI::App& app);
Action add_detokenize(CLI::App& app);
Action add_score(CLI::App& app);
Action add_generate(CLI::App& app);
Action add_judge(CLI::App& app);
Action add_sft(CLI::App& app);
Action add_dpo(CLI::App& app);
Action add_run(CLI::App& app);
Action add_convert(CLI::App& app);
Action add_init(CLI::App& app);

/// Options that every command with a model takes.
struct Common {
  std::string model, backend = "eigen", config;
  int threads = 0;
  std::uint64_t seed = 0;
  bool progress = ::isatty(STDERR_FILENO) != 0;

  void add(CLI::App& app) {
    app.add_option("MODEL", model, "a GGUF file or a Hugging Face folder")->required();
    app.add_option("--threads", threads, "threads to use; 0: all")->check(CLI::Range(0, 1024))->capture_default_str();
    app.add_option("--seed", seed, "seed of all randomness")->capture_default_str();
    app.add_option("--backend", backend, "tensor policy")->check(CLI::IsMember({"eigen"}))->capture_default_str();
    app.add_option("--config", config, "a JSON file {\"option-name\": value}; the command line wins");
    app.add_flag("--progress", progress, "show progress on stderr (default: when it is a terminal)");
  }
};

/// Lines in and out.
struct Lines {
  std::string in = "-", out = "-";

  void add(CLI::App& app) {
    app.add_option("--in", in, "JSON lines to read; -: stdin")->capture_default_str();
    app.add_option("--out", out, "JSON lines to write; -: stdout")->capture_default_str();
  }
};

/// A line of input and where it stands, for messages.
struct InputLine {
  io::Json json;
  std::string where;
};

inline std::vector<InputLine> read_lines(std::string const& path) {
  std::vector<InputLine> lines;
  std::string const name = path == "-" ? "standard input" : path;
  io::read_jsonl(path, [&](io::Json const& json, std::size_t number) {
    lines.push_back({json, name + ":" + std::to_string(number)});
  });
  return lines;
}

/// Runs `work` and puts the line's place before its errors.
template <class Work>
auto at_line(InputLine const& line, Work&& work) {
  try {
    return work();
  } catch (Error const& error) {
    std::string const message = error.what();
    throw Error(message.starts_with(line.where) ? message : line.where + ": " + message);
  }
}

/// Token ids under a key, each a token of the model.
inline Tokens required_tokens(InputLine const& line, char const* key, std::size_t vocabulary) {
  io::Json const& value = io::required_field(line.json, key, line.where);
  Tokens tokens;
  for (io::Json const& id : value.is_array() ? value : io::Json::array({value})) {
    bool const known = id.is_number_integer() && id.get<std::int64_t>() >= 0 &&
                       id.get<std::int64_t>() < static_cast<std::int64_t>(vocabulary);
    if (!value.is_array() || !known) {
      throw Error(line.where + ": " + key, io::excerpt(value),
                  "a list of token ids from 0 to " + std::to_string(vocabulary - 1));
    }
    tokens.push_back(id.get<Token>());
  }
  return tokens;
}

/// The ids of the user's turn: "prompt_ids" as they are, or "prompt" through the chat template.
inline Prompt prompt_of(InputLine const& line, Model const& model) {
  if (line.json.contains("prompt_ids")) {
    return {"", required_tokens(line, "prompt_ids", model.config().vocabulary)};
  }
  std::string text = io::required_string(line.json, "prompt", line.where);
  Tokens tokens = model.tokenizer().encode_prompt(text);
  return {std::move(text), std::move(tokens)};
}

/// Refuses what does not fit into the model's context, before work is lost.
inline void check_length(InputLine const& line, Model const& model, std::size_t tokens, char const* what) {
  if (tokens > model.context_length()) {
    throw Error(line.where, std::string(what) + " of " + std::to_string(tokens) + " tokens",
                "at most the context of " + std::to_string(model.context_length()));
  }
}

/// The command's options with their values, complete, for the record: numbers as numbers.
inline io::OrderedJson options_of(CLI::App const& app) {
  io::OrderedJson record;
  for (CLI::Option const* option : app.get_options()) {
    std::string const name = option->get_single_name();
    if (name == "help" || name == "config" || name == "progress") {
      continue;
    }
    std::string const text = option->count() > 0 ? option->results().back() : option->get_default_str();
    io::OrderedJson const value = io::OrderedJson::parse(text, nullptr, false);
    record[name] = option->get_expected_max() == 0 ? io::OrderedJson(text == "true")
                   : value.is_number()             ? value
                                                   : io::OrderedJson(text);
  }
  return record;
}

} // namespace srlm::cli
