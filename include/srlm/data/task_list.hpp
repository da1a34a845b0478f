/// Reads the tasks out of a reply that continues a numbered list. Models put a preamble before it, answers behind it
/// and separators between; what is not clearly an item is left out (paper, appendix A.5).
#pragma once
#include <srlm/data/ascii.hpp>
#include <algorithm> // min
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srlm {

namespace detail {

/// "9. text", "9) text" or "9 . text" at the beginning of a line.
struct ItemLabel {
  int number;
  std::string_view rest;
};

inline std::optional<ItemLabel> item_label(std::string_view line) {
  std::size_t at = 0;
  int number = 0;
  for (; at < line.size() && at < 3 && ascii::is_digit(line[at]); ++at) {
    number = 10 * number + (line[at] - '0');
  }
  if (at == 0) {
    return std::nullopt;
  }
  if (at < line.size() && line[at] == ' ') {
    ++at;
  }
  if (at == line.size() || (line[at] != '.' && line[at] != ')')) {
    return std::nullopt;
  }
  ++at;
  if (at < line.size() && !ascii::is_space(line[at])) {
    return std::nullopt; // "2.5 litres"
  }
  return ItemLabel{number, line.substr(at)};
}

/// White space collapsed, bold marks and quotes around the whole text taken off, the first letter a capital.
inline std::string tidy_task(std::string_view text) {
  std::string task = ascii::collapsed(text);
  for (std::string_view const mark : {"**", "\""}) {
    if (task.size() > 2 * mark.size() && task.starts_with(mark) && task.ends_with(mark)) {
      task = task.substr(mark.size(), task.size() - 2 * mark.size());
    }
  }
  if (!task.empty()) {
    task[0] = ascii::upper(task[0]);
  }
  return task;
}

/// Whether the text has come to the end of a sentence, marks and quotes behind it aside.
inline bool ends_sentence(std::string_view text) {
  std::size_t const last = text.find_last_not_of(" *\"'");
  return last != std::string_view::npos && (text[last] == '.' || text[last] == '?' || text[last] == '!');
}

} // namespace detail

/// What a reply holds. cut_off: its last task was being written when the length limit came; it is not among tasks.
struct TaskList {
  std::vector<std::string> tasks;
  bool cut_off = false;
};

/// The items numbered first, first + 1, ... (or 1, 2, ... where the list begins so). Text before a first label is the
/// item `first` itself, because the request ends with its number, unless it ends with a colon or that number follows.
/// An item ends at the next label, at a blank line, or where a line ends a sentence; what comes then is no task until
/// the next label. A number out of order ends the list: what follows are steps of an answer.
inline TaskList read_task_list(std::string_view reply, int first, bool finished) {
  TaskList list;
  std::optional<std::string> current;
  bool begun = false, implied = false; // an item was begun; the only item so far has no label
  int next = first;
  auto const close = [&] {
    if (current) {
      list.tasks.push_back(detail::tidy_task(*current));
    }
    current.reset();
  };
  for (std::size_t at = 0; at <= reply.size();) {
    std::size_t const end = std::min(reply.find('\n', at), reply.size());
    std::string_view const line = ascii::trimmed(reply.substr(at, end - at));
    at = end + 1;
    auto const label = detail::item_label(line);
    if (line.empty()) {
      close();
    } else if (label &&
               (label->number == next || (implied && label->number == first) || (!begun && label->number == 1))) {
      close();
      if (implied && label->number == first) { // what came before was a preamble
        list.tasks.clear();
      }
      begun = true;
      implied = false;
      next = label->number + 1;
      auto const again = detail::item_label(ascii::trimmed(label->rest)); // "9. 9. Name a fruit."
      current = again ? again->rest : label->rest;
    } else if (label) {
      close();
      return list;
    } else if (current && detail::ends_sentence(*current)) {
      close();
    } else if (current) {
      *current += ' ';
      current->append(line);
    } else if (!begun && line.back() != ':') {
      begun = implied = true;
      next = first + 1;
      current = line;
    }
  }
  if (finished) {
    close();
  } else {
    list.cut_off = current.has_value();
  }
  return list;
}

} // namespace srlm
