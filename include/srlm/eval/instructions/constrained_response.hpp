/// The answer is one of a few given ones.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <algorithm> // any_of
#include <array>

namespace srlm {

/// One of the three options stands in the response, in these letters.
struct ConstrainedResponse {
  static constexpr std::string_view name = "detectable_format:constrained_response";
  static constexpr auto arguments = std::tuple();
  static constexpr std::array<std::string_view, 3> options = {"My answer is yes.", "My answer is no.",
                                                              "My answer is maybe."};

  bool is_kept_by(std::string_view response) const {
    return std::any_of(options.begin(), options.end(),
                       [&](std::string_view option) { return response.find(option) != std::string_view::npos; });
  }
};

} // namespace srlm
