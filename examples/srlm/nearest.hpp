/// The known name nearest to a mistyped one.
#pragma once
#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>
#include <string>
#include <utility> // exchange
#include <vector>

namespace srlm::cli {

/// Insertions, deletions and replacements between two words (Levenshtein 1966).
inline std::size_t edit_distance(std::string const& a, std::string const& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::size_t const replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

inline std::string nearest(std::string const& word, std::vector<std::string> const& known) {
  auto const best = std::min_element(known.begin(), known.end(), [&](std::string const& a, std::string const& b) {
    return edit_distance(word, a) < edit_distance(word, b);
  });
  return best == known.end() ? "" : *best;
}

/// "--rate" for "rte".
inline std::string nearest_option(CLI::App const& command, std::string const& name) {
  std::vector<std::string> known;
  for (CLI::Option const* option : command.get_options()) {
    for (std::string const& spelling : option->get_lnames()) {
      known.push_back("--" + spelling);
    }
  }
  return nearest("--" + name.substr(std::min(name.find_first_not_of('-'), name.size())), known);
}

/// The message for an argument that no command or option takes; arguments are in reverse order, as CLI11 wants them.
inline std::string unknown_argument(CLI::App const& app, CLI::App const& command,
                                    std::vector<std::string> const& arguments, std::string const& message) {
  if (&command == &app) {
    std::vector<std::string> known;
    for (CLI::App const* each : app.get_subcommands([](CLI::App const*) { return true; })) {
      known.push_back(each->get_name());
    }
    std::string const word = arguments.empty() ? "" : arguments.back();
    if (!word.starts_with("-")) {
      return "unknown command \"" + word + "\"; did you mean \"" + nearest(word, known) + "\"?";
    }
    std::string const name = word.substr(0, word.find('='));
    return app.get_option_no_throw(name) != nullptr
               ? message
               : "unknown option " + name + "; did you mean " + nearest_option(app, name) +
                     "? (a command's options stand behind the command)";
  }
  for (auto argument = arguments.rbegin(); argument != arguments.rend(); ++argument) {
    std::string const name = argument->substr(0, argument->find('='));
    bool const dashed = name.size() > 1 && name[0] == '-' && (name[1] < '0' || name[1] > '9');
    if (dashed && command.get_option_no_throw(name) == nullptr) {
      return "unknown option " + name + "; did you mean " + nearest_option(command, name) + "?";
    }
  }
  return message;
}

} // namespace srlm::cli
