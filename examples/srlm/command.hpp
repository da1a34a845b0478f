/// What the commands of `srlm` share: common options, JSON lines in and out, errors that name the line.
#pragma once
#include "backends.hpp"
#include <srlm/core/conversation.hpp>
#include <srlm/data/bad_row.hpp>
#include <srlm/io/jsonl.hpp>
#include <srlm/model/load.hpp>
#include <srlm/observe/progress.hpp>
#include <CLI/CLI.hpp>
#include <unistd.h>
#include <concepts> // invocable
#include <functional>
#include <string>
#include <vector>

namespace srlm::cli {

using Model = LanguageModel<AnyBackend>;

/// One command: adds its options to `app` and gives what is to be done once they are parsed (the exit code).
using Action = std::function<int()>;

Action add_inspect(CLI::App& app);
Action add_tokenize(CLI::App& app);
Action add_detokenize(CLI::App& app);
Action add_score(CLI::App& app);
Action add_loss(CLI::App& app);
Action add_generate(CLI::App& app);
Action add_judge(CLI::App& app);
Action add_evaluate_judge(CLI::App& app);
Action add_compare(CLI::App& app);
Action add_rate(CLI::App& app);
Action add_choose(CLI::App& app);
Action add_sft(CLI::App& app);
Action add_dpo(CLI::App& app);
Action add_run(CLI::App& app);
Action add_convert(CLI::App& app);
Action add_catalogue(CLI::App& app);
Action add_init(CLI::App& app);
Action add_data(CLI::App& app);
Action add_health(CLI::App& app);
Action add_instructions(CLI::App& app);
Action add_report(CLI::App& app);

/// Options that every command takes, and the model that all but one begin with.
struct Common {
  std::string model, backend = "eigen", config;
  int threads = 0;
  std::uint64_t seed = 0;
  bool progress = ::isatty(STDERR_FILENO) != 0;

  void add(CLI::App& app) {
    app.add_option("MODEL", model, "a GGUF file or a Hugging Face folder")->required();
    add_without_model(app);
  }

  void add_without_model(CLI::App& app) {
    app.add_option("--threads", threads, "threads to use; 0: all")->check(CLI::Range(0, 1024))->capture_default_str();
    app.add_option("--seed", seed, "seed of all randomness")->capture_default_str();
    app.add_option("--backend", backend, backends_in_words)
        ->check(CLI::IsMember(backend_names()))
        ->capture_default_str();
    app.add_option("--config", config, "a JSON file {\"option-name\": value}; the command line wins");
    app.add_flag("--progress", progress, "show progress on stderr (default: when it is a terminal)");
  }
};

/// The tensor policy that a command was told.
inline AnyBackend make_backend(Common const& common) { return make_backend(common.backend, common.threads); }

/// Lines in and out.
struct Lines {
  std::string in = "-", out = "-";

  void add(CLI::App& app) {
    app.add_option("--in", in, "JSON lines to read; -: stdin")->capture_default_str();
    app.add_option("--out", out, "JSON lines to write; -: stdout")->capture_default_str();
  }
};

/// Progress on stderr where it is asked for, else nothing: an observer, or told directly.
class ProgressIfAsked {
 public:
  explicit ProgressIfAsked(bool asked) : asked_(asked), line_(::isatty(STDERR_FILENO) != 0) {}

  template <class Event>
  requires std::invocable<Progress&, Event const&>
  void operator()(Event const& event) {
    if (asked_) {
      line_(event);
    }
  }

 private:
  bool asked_;
  Progress line_;
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

/// The message with the line's place before it.
inline std::string placed(InputLine const& line, std::string const& message) {
  return message.starts_with(line.where) ? message : line.where + ": " + message;
}

/// Runs `work` and puts the line's place before its errors.
template <class Work>
auto at_line(InputLine const& line, Work&& work) {
  try {
    return work();
  } catch (BadRow const& error) {
    throw BadRow(error.fault(), placed(line, error.what()));
  } catch (Error const& error) {
    throw Error(placed(line, error.what()));
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

/// Refuses text where the model has no chat template to tell questions from answers; instead: what would do.
inline void check_template(InputLine const& line, Model const& model, char const* instead) {
  if (!model.tokenizer().chat_template()) {
    bool const unknown = !model.tokenizer().vocabulary().chat_template.empty();
    throw Error(line.where,
                unknown ? "a model whose chat template is of no known family" : "a model without a chat template",
                instead);
  }
}

/// The ids of the user's turn: "prompt_ids" as they are, or "prompt" through the chat template.
inline Prompt prompt_of(InputLine const& line, Model const& model) {
  if (line.json.contains("prompt_ids")) {
    return {"", required_tokens(line, "prompt_ids", model.config().vocabulary)};
  }
  std::string text = io::required_string(line.json, "prompt", line.where);
  check_template(line, model, "\"prompt_ids\" (token ids) in place of \"prompt\", or a model with a template");
  Tokens tokens = model.tokenizer().encode_prompt(text);
  return {std::move(text), std::move(tokens)};
}

/// The ids of an answer: "response_ids" as they are, or "response" with the end of the turn.
inline Tokens response_of(InputLine const& line, Model const& model) {
  if (line.json.contains("response_ids")) {
    return required_tokens(line, "response_ids", model.config().vocabulary);
  }
  std::string const text = io::required_string(line.json, "response", line.where);
  return model.tokenizer().encode_response(text);
}

/// Refuses what does not fit into the model's context, before work is lost.
inline void check_length(InputLine const& line, Model const& model, std::size_t tokens, char const* what) {
  if (tokens > model.context_length()) {
    throw BadRow(RowFault::too_long, line.where, std::string(what) + " of " + std::to_string(tokens) + " tokens",
                 "at most the context of " + std::to_string(model.context_length()));
  }
}

} // namespace srlm::cli
