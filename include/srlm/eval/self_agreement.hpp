/// How far a judge agrees with itself: over its votes on one response, and over the two orders of a comparison.
#pragma once
#include <srlm/core/preference.hpp>
#include <srlm/eval/bootstrap.hpp>

namespace srlm {

/// The pairs of usable votes on the same response, and those of them that are equal.
inline Ratio equal_votes(JudgedGroup const& group) {
  Ratio r;
  for (std::vector<Verdict> const& votes : group.verdicts) {
    for (std::size_t i = 0; i < votes.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (votes[i].score && votes[j].score) {
          r += {*votes[i].score == *votes[j].score ? 1.0 : 0.0, 1};
        }
      }
    }
  }
  return r;
}

/// Krippendorff's alpha for numbers (squared differences), over the responses with at least two usable votes: 1 where
/// votes on the same response are the same, 0 where they differ as much as votes on different responses. nullopt where
/// there is no such response, or all votes are one number.
inline std::optional<double> krippendorff_alpha(std::span<JudgedGroup const> groups,
                                                std::span<std::size_t const> chosen) {
  double within = 0, n = 0, sum = 0, squares = 0;
  for (std::size_t g : chosen) {
    for (std::vector<Verdict> const& votes : groups[g].verdicts) {
      double m = 0, s = 0, ss = 0;
      for (Verdict const& vote : votes) {
        if (vote.score) {
          double const x = static_cast<double>(*vote.score);
          m += 1;
          s += x;
          ss += x * x;
        }
      }
      if (m >= 2) {
        within += 2 * (m * ss - s * s) / (m - 1); // sum over i != j of (x_i - x_j)^2, by sums
        n += m;
        sum += s;
        squares += ss;
      }
    }
  }
  double const among = 2 * (n * squares - sum * sum);
  return n > 1 && among > 0 ? std::optional<double>(1 - (n - 1) * within / among) : std::nullopt;
}

inline std::optional<Estimate> krippendorff_alpha(std::span<JudgedGroup const> groups,
                                                  BootstrapOptions const& options = {}) {
  return bootstrap(
      groups.size(), [&](std::span<std::size_t const> chosen) { return krippendorff_alpha(groups, chosen); }, options);
}

namespace detail {

/// Calls f(points of i shown before j, points of j shown before i) for every two responses and vote that a
/// PairwiseJudge found usable in both orders: its verdicts[i] are those of i shown first, against each other response
/// in order, `votes` each.
template <class F>
void for_each_comparison(JudgedGroup const& group, F&& f) {
  std::size_t const n = group.verdicts.size();
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t const votes = n > 1 ? group.verdicts[i].size() / (n - 1) : 0;
    require(group.verdicts[i].size() == votes * (n > 1 ? n - 1 : 0), "order flips",
            "verdicts that are not those of a pairwise judge", "as many against each other response");
    for (std::size_t j = 0; j < i; ++j) {
      for (std::size_t v = 0; v < votes; ++v) {
        Score const i_first = group.verdicts[i][j * votes + v].score;
        Score const j_first = group.verdicts[j].at((i - 1) * votes + v).score;
        if (i_first && j_first) {
          f(static_cast<double>(*i_first), static_cast<double>(*j_first));
        }
      }
    }
  }
}

} // namespace detail

/// Of a PairwiseJudge's comparisons in both orders: those in which the other order gave another result.
inline Ratio order_flips(JudgedGroup const& group) {
  Ratio r;
  detail::for_each_comparison(group, [&](double a, double b) { r += {a + b != 1 ? 1.0 : 0.0, 1}; });
  return r;
}

/// The mean points of whichever response was shown first, over comparisons in both orders; 1/2 without a liking for a
/// position.
inline Ratio first_position(JudgedGroup const& group) {
  Ratio r;
  detail::for_each_comparison(group, [&](double a, double b) { r += {a + b, 2}; });
  return r;
}

} // namespace srlm
