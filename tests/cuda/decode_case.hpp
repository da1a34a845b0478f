/// A decoding step against the whole pass: sequences that share a prompt of several pages, then each its own.
#pragma once
#include <srlm/testing/tensor_attention_laws.hpp>

namespace srlm::testing {

/// Sequences of one shared run of six pages and more, a fork inside a page, one that shares two pages, and strangers.
inline AttentionCase decoding_case() {
  auto const tokens = [](std::uint64_t seed, std::size_t n) {
    Tokens out;
    for (std::size_t i = 0; i < n; ++i) {
      out.push_back(static_cast<Token>(Seed{seed}.below(100, i)));
    }
    return out;
  };
  auto const joined = [](Tokens a, Tokens const& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  };
  Tokens const prompt = tokens(1, 6 * page_length + 20), two(prompt.begin(), prompt.begin() + 2 * page_length);
  return AttentionCase({joined(prompt, {1, 2}), joined(prompt, {1, 3, 4}), joined(prompt, tokens(2, 70)), prompt,
                        joined(two, tokens(3, 30)), tokens(4, 1), tokens(5, 64), tokens(6, 65)});
}

/// One row for each sequence, the last.
inline AttentionLayout step_of(AttentionCase const& c) {
  AttentionLayout step;
  for (std::size_t s = 0; s < c.rows.size(); ++s) {
    step.segments.push_back({s, 1, c.rows[s].size() - 1, step.page_table.size()});
    step.page_table.insert(step.page_table.end(), c.plan.pages[s].begin(), c.plan.pages[s].end());
  }
  step.rows = c.rows.size();
  step.pages = c.plan.layout.pages;
  return step;
}

/// The last row of every sequence, computed alone from the pages of the whole pass, is the row of the whole pass.
template <TensorBackend B>
void decoding_law(B& b, AttentionShape const& shape, Findings& findings) {
  AttentionCase const c = decoding_case();
  detail::AttentionNumbers<B> const n(b, c.row_count(), shape);
  std::size_t const floats = c.plan.layout.pages * shape.page_floats(), count = c.rows.size(),
                    width = shape.heads * shape.head_dim;
  Placed<B> const pages(b, 1, floats, std::vector<float>(floats));
  n.attend(b, b.plan(c.plan.layout), shape, pages);
  AttentionLayout const step = step_of(c);
  std::vector<std::int32_t> last;
  for (auto const& rows : c.rows) {
    last.push_back(static_cast<std::int32_t>(rows.back()));
  }
  Placed<B> const q(b, count, width, 11, 1), out(b, count, width, 12, 3), log_sum(b, count, shape.heads, 13, 2),
      expected(b, count, width, 14), expected_sum(b, count, shape.heads, 15);
  auto const rows = placed_ids(b, last);
  b.gather_rows(n.q.view(), rows.span(), q.view());
  b.gather_rows(n.out.view(), rows.span(), expected.view());
  b.gather_rows(n.log_sum.view(), rows.span(), expected_sum.view());
  b.attention(q.view(), pages.numbers(), b.plan(step), shape, out.view(), log_sum.view());
  findings.expect("attention: a row that is computed alone is the row of the whole pass",
                  tolerance::in_kernels(std::max(largest_difference(out.after(), expected.after()),
                                                 largest_difference(log_sum.after(), expected_sum.after())),
                                        tolerance::attention));
  out.expect_gaps_kept(findings);
  log_sum.expect_gaps_kept(findings);
}

} // namespace srlm::testing
