/// A postscript behind the answer.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>
#include <string>

namespace srlm {

/// The marker stands somewhere in the response, in any case; one white space may follow each dot inside it.
struct Postscript {
  static constexpr std::string_view name = "detectable_content:postscript";
  std::string marker;
  static constexpr auto arguments = std::tuple(argument("postscript_marker", &Postscript::marker));

  bool is_kept_by(std::string_view response) const {
    std::string const text = text::lower(response), wanted = text::lower(text::strip(marker));
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (begins_with(std::string_view(text).substr(at), wanted)) {
        return true;
      }
    }
    return false;
  }

 private:
  static bool begins_with(std::string_view text, std::string_view wanted) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (i > 0 && wanted[i - 1] == '.' && !text.empty() && ascii::is_space(text.front()) &&
          wanted[i] != text.front()) {
        text.remove_prefix(1);
      }
      if (text.empty() || text.front() != wanted[i]) {
        return false;
      }
      text.remove_prefix(1);
    }
    return true;
  }
};

} // namespace srlm
