/// Capitals alone.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/letters.hpp>

namespace srlm {

/// The response has a capital letter and no small one. Its language is not looked at.
struct EnglishCapital {
  static constexpr std::string_view name = "change_case:english_capital";
  static constexpr auto arguments = std::tuple();

  bool is_kept_by(std::string_view response) const {
    bool has_capital = false, has_small = false;
    text::for_each_character(response, [&](std::uint32_t code, std::string_view) {
      has_capital = has_capital || text::is_capital(code);
      has_small = has_small || text::is_small(code);
    });
    return has_capital && !has_small;
  }
};

} // namespace srlm
