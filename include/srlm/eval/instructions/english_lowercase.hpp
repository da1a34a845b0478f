/// No capital letter.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/letters.hpp>

namespace srlm {

/// The response has a small letter and no capital one. Its language is not looked at.
struct EnglishLowercase {
  static constexpr std::string_view name = "change_case:english_lowercase";
  static constexpr auto arguments = std::tuple();

  bool is_kept_by(std::string_view response) const {
    bool has_small = false, has_capital = false;
    text::for_each_character(response, [&](std::uint32_t code, std::string_view) {
      has_small = has_small || text::is_small(code);
      has_capital = has_capital || text::is_capital(code);
    });
    return has_small && !has_capital;
  }
};

} // namespace srlm
