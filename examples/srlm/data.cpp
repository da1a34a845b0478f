/// data: rows of one format as rows of another.
#include "command.hpp"
#include "data_input.hpp"
#include <srlm/data/formats.hpp>
#include <srlm/io/atomic_file.hpp>
#include <cstdio>

namespace srlm::cli {

namespace {

struct DataCommandOptions : Lines {
  std::string from = "auto", to, language = "en", pairs = "all", paths = "each";
  bool skip_bad = false, list = false;

  DataOptions options() const {
    return {from,
            "",
            skip_bad,
            {language == "any" ? "" : language, pairs == "all" ? RankedPairs::all : RankedPairs::best_worst,
             paths == "each" ? TreePaths::each : TreePaths::best}};
  }
};

/// Whether a format's rows can be written.
template <class Format>
constexpr bool is_written = requires(typename Format::Row const& row) {
  Format::write(row, "");
}
|| requires(typename Format::Row const& row) { Format::write_lines(row); };

template <class From, class To>
constexpr bool formats_convert = is_written<To>&& converts<typename From::Row, typename To::Row>;

/// The names of the formats that rows of this one can be written as.
template <class From>
std::vector<std::string> targets_of() {
  std::vector<std::string> names;
  for_each_type(Formats{}, [&]<class To>(std::type_identity<To>) {
    if (formats_convert<From, To>) {
      names.emplace_back(To::name);
    }
  });
  return names;
}

/// What the rows of a format are, for people.
template <class Row>
constexpr char const* kind = std::is_same_v<Row, Conversation>    ? "conversations"
                             : std::is_same_v<Row, PreferenceRow> ? "preferences"
                             : std::is_same_v<Row, SeedExample>   ? "seeds"
                                                                  : "trees";

/// The formats as a table of documentation.
void print_list() {
  std::printf("| format | a row | holds | is written |\n| --- | --- | --- | --- |\n");
  for_each_type(Formats{}, []<class Format>(std::type_identity<Format>) {
    std::printf("| `%s` | `%s` | %s | %s |\n", std::string(Format::name).c_str(), std::string(Format::form).c_str(),
                kind<typename Format::Row>, is_written<Format> ? "yes" : "no");
  });
}

/// The lines of rows that were made of rows of the kind Source. Where one tree becomes many rows, those that have no
/// place in the format are left out; any other row without a place is a bad one.
template <class Format, class Source>
std::vector<io::OrderedJson> written(std::vector<Located<typename Format::Row>> const& rows, DataOptions const& options,
                                     DataReport& report) {
  std::vector<io::OrderedJson> lines;
  for (auto const& located : rows) {
    if constexpr (requires { Format::write_lines(located.row); }) {
      auto tree = Format::write_lines(located.row);
      lines.insert(lines.end(), std::make_move_iterator(tree.begin()), std::make_move_iterator(tree.end()));
    } else {
      with_row(options, report, [&] {
        try {
          lines.push_back(Format::write(located.row, located.where));
        } catch (BadRow const& problem) {
          if (!std::is_same_v<Source, OpenAssistantTree> || problem.fault() != RowFault::no_place) {
            throw;
          }
          ++report.left_out[std::string("no_place_in_") + std::string(Format::name)];
        }
      });
    }
  }
  return lines;
}

/// A name that ends in .json gets one array, anything else JSON Lines.
void save(std::string const& path, std::vector<io::OrderedJson> const& lines) {
  if (!path.ends_with(".json")) {
    io::JsonlWriter out(path, io::JsonlWriter::Mode::replace);
    for (io::OrderedJson const& line : lines) {
      out.append(line);
    }
    out.close();
    return;
  }
  io::AtomicFile file(path);
  char const* before = "[\n";
  for (io::OrderedJson const& line : lines) {
    file.write(before + line.dump(-1, ' ', false, io::OrderedJson::error_handler_t::replace));
    before = ",\n";
  }
  file.write(std::string_view("\n]\n"));
  file.commit();
}

void convert(DataCommandOptions const& o) {
  DataOptions options = o.options();
  DataReport report;
  auto const objects = read_objects(o.in, options, report);
  options.format = format_of(objects, o.in, options);
  std::vector<io::OrderedJson> lines;
  with_part(Formats{}, "--from", options.format, [&]<class From>(std::type_identity<From>) {
    with_part(Formats{}, "--to", o.to, [&]<class To>(std::type_identity<To>) {
      if constexpr (formats_convert<From, To>) {
        DataRows const rows = read_rows<From>(objects, options, report);
        lines = written<To, typename From::Row>(rows_as<typename To::Row>(rows, options, report), options, report);
      } else {
        throw CLI::ValidationError("--to", std::string(To::name) + " cannot be made of " + std::string(From::name) +
                                               ", which can become " + joined(targets_of<From>()));
      }
    });
  });
  std::fprintf(stderr, "%zu rows read (%s), %zu written (%s)\n", report.rows, report.format.c_str(), lines.size(),
               o.to.c_str());
  say_left_out(report);
  if (lines.empty()) {
    throw Error(o.in == "-" ? "standard input" : o.in, "no row to write as " + o.to, "at least one");
  }
  save(o.out, lines);
}

} // namespace

Action add_data(CLI::App& app) {
  auto const o = std::make_shared<DataCommandOptions>();
  std::string const names = joined(names_of(Formats{}));
  app.add_option("--in", o->in, "JSON lines or a JSON array to read; -: stdin")->capture_default_str();
  app.add_option("--out", o->out, "JSON lines to write, or X.json for a JSON array; -: stdout")->capture_default_str();
  app.add_option("--from", o->from, "auto, or one of " + names)->capture_default_str();
  app.add_option("--to", o->to, "one of " + names);
  app.add_flag("--skip-bad", o->skip_bad, "leave bad rows out and count them; else the first one ends the command");
  app.add_option("--language", o->language, "of Open Assistant's messages; any: all")->capture_default_str();
  app.add_option("--pairs", o->pairs, "which ranked answers become preferences")
      ->check(CLI::IsMember({"all", "best_worst"}))
      ->capture_default_str();
  app.add_option("--paths", o->paths, "which conversations an Open Assistant tree becomes")
      ->check(CLI::IsMember({"each", "best"}))
      ->capture_default_str();
  app.add_flag("--list", o->list, "print the formats as a Markdown table, and nothing else");
  app.footer("Counts of rows read, written and left out go to stderr; docs/data.md says what a row means.");
  return [o] {
    if (o->list) {
      print_list();
      return 0;
    }
    if (o->to.empty()) {
      throw CLI::ValidationError("--to", "is required: one of " + joined(names_of(Formats{})));
    }
    check_format("--from", o->from);
    with_part(Formats{}, "--to", o->to, [](auto) {});
    convert(*o);
    return 0;
  };
}

} // namespace srlm::cli
