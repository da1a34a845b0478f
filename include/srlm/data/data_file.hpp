/// Reads a file of any format of formats.hpp, JSON Lines or a JSON array, and gives its rows as the kind that is asked
/// for. Nothing gets lost in silence: what is not read, not converted or not carried is an error or a count.
#pragma once
#include <srlm/data/formats.hpp>
#include <srlm/data/located.hpp>
#include <srlm/data/row_conversions.hpp>
#include <srlm/io/json_rows.hpp>
#include <algorithm> // find
#include <map>
#include <set>
#include <string>
#include <utility> // move
#include <variant>
#include <vector>

namespace srlm {

struct DataOptions {
  std::string format = "auto"; ///< a name of Formats, or "auto": the one that most rows have
  std::string fallback = {};   ///< the format where "auto" recognises no row; empty: an error
  bool skip_bad = false;       ///< count bad rows instead of ending with the first
  OpenAssistantOptions trees = {};
};

/// What became of a file's rows.
struct DataReport {
  std::string format;                              ///< that was read
  std::size_t rows = 0;                            ///< in the file
  std::map<RowFault, std::size_t> bad = {};        ///< rows that could not be used
  std::vector<std::string> first_bad = {};         ///< what was wrong with the first few
  LeftOut left_out = {};                           ///< usable, but not asked for
  std::map<std::string, std::size_t> ignored = {}; ///< fields that the format does not know, and in how many rows

  static constexpr std::size_t listed = 5;

  /// Counts a bad row.
  void count(BadRow const& problem) {
    ++bad[problem.fault()];
    if (first_bad.size() < listed) {
      first_bad.emplace_back(problem.what());
    }
  }
};

/// The rows of a file, of the kind that its format holds.
using DataRows = std::variant<std::vector<Located<Conversation>>, std::vector<Located<PreferenceRow>>,
                              std::vector<Located<SeedExample>>, std::vector<Located<OpenAssistantTree>>>;

/// Runs work; what it throws of a row is counted in the report where bad rows are skipped, else it is thrown on, always
/// as a BadRow.
template <class Work>
void with_row(DataOptions const& options, DataReport& report, Work&& work) {
  auto const refuse = [&](BadRow const& problem) {
    if (!options.skip_bad) {
      throw problem;
    }
    report.count(problem);
  };
  try {
    work();
  } catch (BadRow const& problem) {
    refuse(problem);
  } catch (Error const& error) { // of a field
    refuse(BadRow(RowFault::field, error.what()));
  }
}

/// Calls f(std::type_identity<Format>{}) for the format of that name; false where there is none.
template <class F>
bool with_format(std::string_view name, F&& f) {
  bool found = false;
  for_each_type(Formats{}, [&]<class Format>(std::type_identity<Format> format) {
    if (Format::name == name) {
      found = true;
      f(format);
    }
  });
  return found;
}

/// The objects of a file ("-": the standard input), unread. Throws: Error for what is not JSON, as options say.
inline std::vector<Located<io::Json>> read_objects(std::string const& path, DataOptions const& options,
                                                   DataReport& report) {
  std::vector<Located<io::Json>> objects;
  io::read_json_rows(
      path,
      [&](io::Json object, std::string const& where) {
        ++report.rows;
        objects.push_back({std::move(object), where});
      },
      [&](Error const& error) {
        ++report.rows;
        with_row(options, report, [&] { throw BadRow(RowFault::syntax, error.what()); });
      });
  return objects;
}

/// The format of the objects: options.format, or the one that most of them have (of equals the first of Formats), or
/// options.fallback. Throws: Error for an unknown name, and where no object is recognised.
inline std::string format_of(std::vector<Located<io::Json>> const& objects, std::string const& path,
                             DataOptions const& options) {
  std::string names;
  for_each_type(Formats{}, [&]<class Format>(std::type_identity<Format>) {
    names += (names.empty() ? "" : ", ") + std::string(Format::name);
  });
  if (options.format != "auto") {
    if (!with_format(options.format, [](auto) {})) {
      throw Error("the data format", '"' + options.format + '"', "auto or one of " + names);
    }
    return options.format;
  }
  std::map<std::string_view, std::size_t> votes;
  for (auto const& object : objects) {
    bool known = false;
    for_each_type(Formats{}, [&]<class Format>(std::type_identity<Format>) {
      if (!known && Format::recognises(object.row)) {
        known = true;
        ++votes[Format::name];
      }
    });
  }
  std::string best = options.fallback;
  std::size_t most = 0;
  for_each_type(Formats{}, [&]<class Format>(std::type_identity<Format>) {
    if (votes[Format::name] > most) {
      most = votes[Format::name];
      best = Format::name;
    }
  });
  if (best.empty()) {
    throw Error(objects.empty() ? (path == "-" ? "standard input" : path) : objects.front().where,
                objects.empty() ? "no rows" : io::excerpt(objects.front().row), "rows of one of " + names);
  }
  return best;
}

namespace detail {

/// Fields of the row, and of the messages and answers in it.
template <class Format>
void count_ignored(io::Json const& object, DataReport& report) {
  auto const knows = [](auto const& fields, std::string const& key) {
    return std::find(fields.begin(), fields.end(), key) != fields.end();
  };
  for (auto const& [key, value] : object.items()) {
    if (!knows(Format::fields, key)) {
      ++report.ignored[key];
      continue;
    }
    std::set<std::string> inner;
    if constexpr (requires { Format::inner_fields; }) {
      for (io::Json const& part : value.is_array() ? value : io::Json::array()) {
        for (auto const& [inner_key, ignored] : part.items()) {
          if (part.is_object() && !knows(Format::inner_fields, inner_key)) {
            inner.insert(key + "[]." + inner_key);
          }
        }
      }
    }
    for (std::string const& field : inner) {
      ++report.ignored[field];
    }
  }
}

/// A tree's messages keep all their fields, but no other kind of row does.
inline void count_ignored(OpenAssistantTree const& tree, DataReport& report) {
  for (OpenAssistantMessage const& message : tree.messages) {
    for (auto const& [key, value] : message.rest.items()) {
      ++report.ignored[key];
    }
  }
}

} // namespace detail

/// The objects as rows of a format. Throws: BadRow for a bad one, as options say.
template <class Format>
std::vector<Located<typename Format::Row>> read_rows(std::vector<Located<io::Json>> const& objects,
                                                     DataOptions const& options, DataReport& report) {
  report.format = Format::name;
  std::vector<Located<typename Format::Row>> rows;
  if constexpr (requires(io::Json const& object) { Format::read_line(object, ""); }) {
    std::vector<Located<OpenAssistantLine>> lines;
    for (auto const& object : objects) {
      with_row(options, report, [&] { lines.push_back({Format::read_line(object.row, object.where), object.where}); });
    }
    auto const refuse = [&](BadRow const& problem) { with_row(options, report, [&] { throw problem; }); };
    rows = grow_trees(std::move(lines), refuse, report.left_out);
  } else {
    for (auto const& object : objects) {
      with_row(options, report, [&] {
        if constexpr (requires { Format::read(object.row, object.where, report.left_out); }) {
          if (auto row = Format::read(object.row, object.where, report.left_out)) {
            rows.push_back({std::move(*row), object.where});
          }
        } else {
          rows.push_back({Format::read(object.row, object.where), object.where});
        }
        detail::count_ignored<Format>(object.row, report);
      });
    }
  }
  return rows;
}

/// The rows of a file. Throws: Error for a file that cannot be read, BadRow ("file:line: ...") for a bad row, as
/// options say.
inline DataRows read_data(std::string const& path, DataOptions const& options, DataReport& report) {
  auto const objects = read_objects(path, options, report);
  DataRows rows;
  with_format(format_of(objects, path, options),
              [&]<class Format>(std::type_identity<Format>) { rows = read_rows<Format>(objects, options, report); });
  return rows;
}

namespace detail {

/// Prompts that came before, white space aside.
class KnownPrompts {
 public:
  /// Where the same prompt stood before, or an empty text; then it is known from now on as standing at `where`.
  std::string earlier(std::string const& prompt, std::string const& where) {
    auto const [known, is_first] = place_of_.emplace(ascii::collapsed(prompt), where);
    return is_first ? "" : known->second;
  }

 private:
  std::map<std::string, std::string> place_of_;
};

} // namespace detail

/// The rows as another kind; see convert_row. Seeds come with each prompt once: a second one is a bad row, but for Open
/// Assistant's trees, where it is left out. Throws: Error where the kinds do not fit; BadRow, as options say.
template <class To>
std::vector<Located<To>> rows_as(DataRows const& data, DataOptions const& options, DataReport& report) {
  std::vector<Located<To>> all;
  detail::KnownPrompts known;
  std::visit(
      [&]<class From>(std::vector<Located<From>> const& rows) {
        if constexpr (converts<From, To>) {
          constexpr bool out_of_trees = std::is_same_v<From, OpenAssistantTree> && !std::is_same_v<To, From>;
          for (auto const& located : rows) {
            if constexpr (out_of_trees) {
              detail::count_ignored(located.row, report);
            }
            with_row(options, report, [&] {
              for (To& converted : convert_row<To>(located.row, options.trees, report.left_out, located.where)) {
                if constexpr (std::is_same_v<To, SeedExample>) {
                  if (std::string const earlier =
                          known.earlier(converted.prompt, "line " + located.where.substr(located.where.rfind(':') + 1));
                      !earlier.empty()) {
                    if constexpr (out_of_trees) {
                      ++report.left_out["repeated_prompt"];
                      continue;
                    }
                    throw BadRow(RowFault::repeated, located.where, "the prompt of " + earlier, "each prompt once");
                  }
                }
                all.push_back({std::move(converted), located.where});
              }
            });
          }
        } else {
          throw Error("the data format", report.format, "one whose rows hold what is asked for");
        }
      },
      data);
  return all;
}

} // namespace srlm
