/// srlm: the command line. Parses, runs one command, turns errors into messages and exit codes: 0, 1 (error), 2
/// (usage).
#include "command.hpp"
#include "nearest.hpp"
#include "option_values.hpp"
#include <srlm/core/version.hpp>
#include <csignal>
#include <cstdio>

namespace {

using namespace srlm;

struct Entry {
  char const *name, *what;
  cli::Action (*add)(CLI::App&);
};

constexpr Entry commands[] = {
    {"inspect", "say what a model is, as one JSON object", cli::add_inspect},
    {"tokenize", "text or chat messages to token ids", cli::add_tokenize},
    {"detokenize", "token ids to text", cli::add_detokenize},
    {"loss", "values and derivatives of a preference loss", cli::add_loss},
    {"score", "log-probabilities of responses", cli::add_score},
    {"generate", "answer prompts", cli::add_generate},
    {"judge", "let the model judge responses", cli::add_judge},
    {"evaluate-judge", "how well a judge orders responses whose order is known", cli::add_evaluate_judge},
    {"compare", "two models, or two files of answers, head to head", cli::add_compare},
    {"rate", "ratings of several models or files of answers, from their matches", cli::add_rate},
    {"choose", "how often a model finds the right one of given choices most likely", cli::add_choose},
    {"sft", "supervised fine-tuning on prompts and responses, in any format", cli::add_sft},
    {"dpo", "preference training on prompts with a chosen and a rejected response, in any format", cli::add_dpo},
    {"run", "the whole of Self-Rewarding Language Models: M0 -> M1 -> M2 -> M3", cli::add_run},
    {"health", "lengths, repetition and diversity of answers", cli::add_health},
    {"instructions", "how well answers keep verifiable instructions (IFEval)", cli::add_instructions},
    {"report", "a run's folder as one page of HTML", cli::add_report},
    {"data", "rows of one data format as rows of another", cli::add_data},
    {"convert", "write a model, with its adapter merged, as GGUF or as a Hugging Face folder", cli::add_convert},
    {"catalogue", "list losses, pair rules, judges and rubrics as Markdown", cli::add_catalogue},
    {"init", "train a tiny model from nothing on a seed file", cli::add_init},
};

int usage(std::string const& message) {
  std::fprintf(stderr, "srlm: %s\nsrlm --help and srlm COMMAND --help tell more.\n", message.c_str());
  return 2;
}

int run(int argc, char** argv) {
  CLI::App app("Self-Rewarding Language Models (arXiv 2401.10020): a model that answers, judges itself and learns.",
               "srlm");
  app.set_version_flag("--version", version);
  app.require_subcommand(1);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  std::vector<std::pair<CLI::App*, cli::Action>> actions;
  for (Entry const& entry : commands) {
    CLI::App* const command = app.add_subcommand(entry.name, entry.what);
    command->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    actions.emplace_back(command, entry.add(*command));
  }
  std::vector<std::string> arguments(argv + 1, argv + argc), given;
  CLI::App const* chosen = &app;
  try {
    if (!arguments.empty()) {
      for (auto const& [command, action] : actions) {
        if (command->get_name() == arguments.front()) {
          chosen = command;
        }
      }
    }
    std::string config; // the last one, as with every option
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      bool const joined = arguments[i].starts_with("--config=");
      if (joined || (arguments[i] == "--config" && i + 1 < arguments.size())) {
        config = joined ? arguments[i].substr(9) : arguments[i + 1];
      }
    }
    if (!config.empty() && chosen != &app) {
      auto const more = cli::arguments_of(config, *chosen);
      arguments.insert(arguments.begin() + 1, more.begin(), more.end());
    }
    std::reverse(arguments.begin(), arguments.end());
    given = arguments; // parse() uses them up
    app.parse(arguments);
    cli::check_values(*chosen);
  } catch (CLI::CallForHelp const& request) {
    return app.exit(request);
  } catch (CLI::CallForAllHelp const& request) {
    return app.exit(request);
  } catch (CLI::CallForVersion const& request) {
    return app.exit(request);
  } catch (CLI::ExtrasError const& error) {
    return usage(cli::unknown_argument(app, *chosen, given, error.what()));
  } catch (CLI::RequiredError const& error) {
    return usage(chosen == &app && !given.empty() ? cli::unknown_argument(app, *chosen, given, error.what())
                                                  : error.what());
  } catch (CLI::ParseError const& error) {
    return usage(error.what());
  }
  for (auto const& [command, action] : actions) {
    if (command->parsed()) {
      try {
        return action();
      } catch (CLI::ValidationError const& error) { // options that do not fit together
        return usage(error.what());
      }
    }
  }
  return usage("no command");
}

} // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN); // a closed pipe is an error message, not a kill
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (std::bad_alloc const&) {
    std::fprintf(stderr, "srlm: error: not enough memory\n");
  } catch (std::exception const& error) {
    std::fprintf(stderr, "srlm: error: %s\n", error.what());
  }
  return 1;
}
