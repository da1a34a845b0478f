/// A run as one page of HTML that holds all it needs: style, script, data. It asks no other place for anything, and its
/// own security policy keeps it from doing so.
#pragma once
#include <srlm/io/atomic_file.hpp>
#include <srlm/observe/report_browser.hpp>
#include <srlm/observe/report_json.hpp>
#include <srlm/observe/report_plots.hpp>
#include <srlm/observe/report_sections.hpp>
#include <srlm/observe/report_style.hpp>
#include <string>

namespace srlm::observe {

/// The page is smaller than this, however many pairs there are.
inline constexpr std::size_t report_bytes = 3'000'000;

namespace detail {

inline constexpr std::string_view report_head = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>srlm report</title>
<style>)html";

inline constexpr std::string_view report_body = R"html(</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header>
<div class="head"><div><h1 id="name"></h1><p id="state" class="soft"></p></div><button type="button" id="theme"></button></div>
<nav aria-label="Sections"></nav>
<noscript><p class="warning">This page draws itself with its own script, which is switched off here.</p></noscript>
</header>
<main id="main"></main>
<footer class="soft">Made by srlm report. Self-Rewarding Language Models, arXiv 2401.10020.</footer>
<script type="application/json" id="data">)html";

} // namespace detail

inline std::string report_html(ReportData const& data, std::vector<Warning> const& warnings) {
  std::string page;
  for (std::string_view part : {detail::report_head, report_style, detail::report_body}) {
    page += part;
  }
  std::string end = "</script>\n<script>(() => {"; // names of its own, none of the window's
  for (std::string_view part : {report_plots, report_sections, report_browser}) {
    end += part;
  }
  end += "})();</script>\n</body>\n</html>\n";
  page += embedded_json(report_json(data, warnings, report_bytes - page.size() - end.size()));
  return page + end;
}

/// Whole or not at all.
inline void write_report(std::string const& path, ReportData const& data, std::vector<Warning> const& warnings) {
  io::AtomicFile file(path);
  file.write(report_html(data, warnings));
  file.commit();
}

} // namespace srlm::observe
