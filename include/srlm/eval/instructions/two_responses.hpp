/// Two answers that differ, with six asterisks between them.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>

namespace srlm {

/// Exactly two that differ. The separator may open and close the response too.
struct TwoResponses {
  static constexpr std::string_view name = "combination:two_responses";
  static constexpr auto arguments = std::tuple();

  bool is_kept_by(std::string_view response) const {
    auto const parts = text::split(response, "******");
    std::vector<std::string_view> responses;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      std::string_view const part = text::strip(parts[i]);
      if (!part.empty()) {
        responses.push_back(part);
      } else if (i != 0 && i + 1 != parts.size()) {
        return false;
      }
    }
    return responses.size() == 2 && responses[0] != responses[1];
  }
};

} // namespace srlm
