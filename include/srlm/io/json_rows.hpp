/// Rows of data as people keep them: JSON Lines, or one JSON array of objects. Every row knows its line, and a row that
/// cannot be read may be told of instead of ending the reading.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/jsonl.hpp>
#include <iterator> // istreambuf_iterator
#include <string>
#include <string_view>
#include <utility> // forward

namespace srlm::io {

namespace detail {

/// Cuts the text of an array into the texts of its elements without reading them.
class ArrayCutter {
 public:
  /// text begins with '['; line: its line in the file called name.
  ArrayCutter(std::string_view text, std::string const& name, std::size_t line)
      : text_(text), name_(name), line_(line) {}

  /// Calls callback(element, line) with the line on which each element begins.
  template <class Callback>
  void cut(Callback&& callback) {
    ++at_; // '['
    bool first = true;
    while (skip_space() != ']' || !first) {
      std::size_t const begin = at_, line = line_;
      skip_element();
      if (at_ == begin) {
        throw Error(place(), found(), "a JSON object");
      }
      callback(text_.substr(begin, at_ - begin), line);
      first = false;
      char const next = skip_space();
      if (next == ']') {
        break;
      }
      if (next != ',') {
        throw Error(place(), found(), "\",\" or the array's end \"]\"");
      }
      ++at_;
    }
    ++at_; // ']'
    if (skip_space() != '\0' || at_ < text_.size()) {
      throw Error(place(), found() + " behind the array", "nothing");
    }
  }

 private:
  /// The character after white space; '\0' at the end.
  char skip_space() {
    for (; at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r')); ++at_) {
      line_ += text_[at_] == '\n' ? 1 : 0;
    }
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  /// Goes to the comma or bracket behind the element, or to the end of the text.
  void skip_element() {
    std::size_t depth = 0;
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      char const c = text_[at_];
      line_ += c == '\n' ? 1 : 0;
      if (quoted) {
        at_ += c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n' ? 1 : 0;
        quoted = c != '"';
      } else if (depth == 0 && (c == ',' || c == ']' || c == '}')) {
        return;
      } else {
        quoted = c == '"';
        depth += c == '{' || c == '[' ? 1 : 0;
        depth -= c == '}' || c == ']' ? 1 : 0;
      }
    }
  }

  std::string place() const { return name_ + ":" + std::to_string(line_); }
  std::string found() const {
    return at_ < text_.size() ? "\"" + std::string(1, text_[at_]) + "\"" : "the end of the file";
  }

  std::string_view text_;
  std::string const& name_;
  std::size_t line_, at_ = 0;
};

} // namespace detail

/// Calls callback(object, where) for each object of the stream, where = "name:line". A stream whose first character is
/// '[' is one JSON array, anything else JSON Lines. refused(Error) is called in place of callback for a line or an
/// element that is no JSON object. Throws: Error where the array itself is broken, and when reading fails.
template <class Callback, class Refused>
void read_json_rows(std::istream& in, std::string const& name, Callback&& callback, Refused&& refused) {
  auto const read_row = [&](std::string_view text, std::size_t line) {
    std::string const where = name + ":" + std::to_string(line);
    Json object;
    try {
      object = parse_object(text, where);
    } catch (Error const& error) {
      refused(error);
      return;
    }
    callback(std::move(object), where);
  };
  bool begun = false;
  for_each_line(in, name, [&](std::string_view text, std::size_t line) {
    std::size_t const first = text.find_first_not_of(" \t\r");
    if (begun || text[first] != '[') {
      begun = true;
      read_row(text, line);
      return;
    }
    std::string whole(text.substr(first));
    whole += '\n';
    whole.append(std::istreambuf_iterator<char>(in), {});
    detail::ArrayCutter(whole, name, line).cut(read_row);
  });
}

/// The same for a file; "-" is the standard input.
template <class Callback, class Refused>
void read_json_rows(std::string const& path, Callback&& callback, Refused&& refused) {
  with_input(path, [&](std::istream& in, std::string const& name) { read_json_rows(in, name, callback, refused); });
}

} // namespace srlm::io
