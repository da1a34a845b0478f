/// The rule of the positive-only variant (appendix A.4 of the paper): answers with a perfect score, without opponents.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/data/ordered_pairs.hpp>

namespace srlm {

/// Every finished answer of at least `perfect` points, equal texts once.
struct PositiveOnly {
  static constexpr std::string_view name = "positive_only";
  static constexpr std::string_view source = "Yuan et al. 2024, appendix A.4";
  double perfect = 5;
  static constexpr auto parameters =
      std::tuple(parameter("perfect", &PositiveOnly::perfect, above(-unbounded), "score that an answer must reach"));

  /// Indices into group.responses.
  std::vector<std::size_t> operator()(JudgedGroup const& group) const {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < std::min(group.scores.size(), group.responses.size()); ++i) {
      Response const& response = group.responses[i];
      bool const is_perfect = response.finished && group.scores[i] && std::isfinite(*group.scores[i]) &&
                              static_cast<double>(*group.scores[i]) >= perfect - static_cast<double>(score_tolerance);
      bool is_known = false;
      for (std::size_t j : chosen) {
        is_known = is_known || group.responses[j].text == response.text;
      }
      if (is_perfect && !is_known) {
        chosen.push_back(i);
      }
    }
    return chosen;
  }
};

} // namespace srlm
