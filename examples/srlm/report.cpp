/// report: a run's folder as one page of HTML.
#include "command.hpp"
#include "warning_options.hpp"
#include <srlm/observe/report_html.hpp>

namespace srlm::cli {

namespace {

struct ReportOptions {
  std::string folder, out, results, comparisons;
};

} // namespace

Action add_report(CLI::App& app) {
  auto const o = std::make_shared<ReportOptions>();
  app.add_option("DIR", o->folder, "folder of a run, also while it is going on")->required();
  app.add_option("--out", o->out, "the page to write; default: DIR/report.html");
  app.add_option(
      "--results", o->results,
      "lines {\"seed\", \"arm\", \"model\", \"measure\", \"value\"} of many runs; default: DIR/results.jsonl "
      "where it is there");
  app.add_option("--comparisons", o->comparisons,
                 "lines that compare and rate wrote; default: DIR/comparisons.jsonl where it is there");
  return [o] {
    std::filesystem::path const folder = o->folder;
    auto const default_to = [&](std::string& path, char const* name) {
      std::error_code ignored;
      if (path.empty() && std::filesystem::exists(folder / name, ignored)) {
        path = (folder / name).string();
      }
    };
    default_to(o->results, "results.jsonl");
    default_to(o->comparisons, "comparisons.jsonl");
    std::string const out = o->out.empty() ? (folder / "report.html").string() : o->out;
    observe::ReportData const data = observe::read_report(folder, o->results, o->comparisons);
    observe::write_report(
        out, data, observe::warnings_of(data, data.options.is_object() ? limits_of(data.options) : WarningLimits{}));
    std::printf("%s\n", out.c_str());
    return 0;
  };
}

} // namespace srlm::cli
