/// The semantic half of TensorBackend, executed: attention over pages that sequences share.
#pragma once
#include <srlm/model/row_plan.hpp>
#include <srlm/testing/placed.hpp>
#include <srlm/testing/tensor_tolerances.hpp>
#include <limits>

namespace srlm::testing {

/// A batch of sequences as the model plans it, and the rows of each sequence, position by position.
struct AttentionCase {
  model::RowPlan plan;
  std::vector<std::vector<std::size_t>> rows;

  explicit AttentionCase(std::vector<Tokens> const& inputs) : rows(inputs.size()) {
    std::vector<SequenceView> views;
    for (Tokens const& input : inputs) {
      views.push_back({input, {}});
    }
    plan = model::plan_rows(views);
    for (std::size_t s = 0; s < inputs.size(); ++s) {
      for (std::size_t i = 0; i < inputs[s].size(); ++i) { // through the sequence's own pages
        auto const page = static_cast<std::size_t>(plan.pages[s][i / page_length]);
        auto const slot = static_cast<std::int32_t>(page * page_length + i % page_length);
        for (KeyWrite const& write : plan.layout.writes) {
          if (write.slot == slot) {
            rows[s].push_back(static_cast<std::size_t>(write.row));
          }
        }
      }
    }
  }

  std::size_t row_count() const { return plan.tokens.size(); }
};

/// Sequences that share prefixes inside pages, at their ends and not at all.
inline std::vector<AttentionCase> attention_cases() {
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
  Tokens const prompt = tokens(1, 70), page(prompt.begin(), prompt.begin() + 64);
  std::vector<AttentionCase> cases;
  cases.emplace_back(std::vector<Tokens>{tokens(5, 1)});
  cases.emplace_back(std::vector<Tokens>{tokens(6, 5), tokens(7, 3)});
  cases.emplace_back(std::vector<Tokens>{joined(prompt, {1, 2}), joined(prompt, {1, 3, 4}), joined(prompt, {5}),
                                         joined(page, {9, 9}), tokens(8, 2)});
  return cases;
}

namespace detail {

/// What attention works on, in a backend's memory.
template <TensorBackend B>
struct AttentionNumbers {
  Placed<B> q, k, v, out, log_sum;

  AttentionNumbers(B& b, std::size_t rows, AttentionShape const& shape)
      : q(b, rows, shape.heads * shape.head_dim, 1, 3),
        k(b, rows, shape.kv_heads * shape.head_dim, 2, 1),
        v(b, rows, shape.kv_heads * shape.head_dim, 3, 4),
        out(b, rows, shape.heads * shape.head_dim, 4, 2),
        log_sum(b, rows, shape.heads, 5, 1) {}

  /// pages: what is in them before.
  void attend(B& b, typename B::AttentionPlan const& plan, AttentionShape const& shape, Placed<B> const& pages) const {
    b.write_keys(k.view(), v.view(), plan, shape, pages.numbers());
    b.attention(q.view(), pages.numbers(), plan, shape, out.view(), log_sum.view());
  }
};

template <TensorBackend B>
void forward_laws(B& b, AttentionCase const& c, AttentionShape const& shape, Findings& findings) {
  auto const plan = b.plan(c.plan.layout);
  std::size_t const floats = c.plan.layout.pages * shape.page_floats();
  AttentionNumbers<B> const n(b, c.row_count(), shape), again(b, c.row_count(), shape);
  n.attend(b, plan, shape, Placed<B>(b, 1, floats, std::vector<float>(floats, 0.0f)));
  Wide log_sums(c.row_count(), shape.heads);
  Wide const expected = formula::attention(n.q.before(), n.k.before(), n.v.before(), c.rows, shape, &log_sums);
  auto const error = [](Placed<B> const& given, Wide const& wanted) {
    return tolerance::in_kernels(largest_difference(given.after(), wanted), tolerance::attention);
  };
  findings.expect("attention: out = softmax(q k^T / sqrt(D)) v over a row's own and earlier positions, prefixes shared",
                  error(n.out, expected));
  findings.expect("attention: log_sum = log of the sum of exp(q k^T / sqrt(D))", error(n.log_sum, log_sums));
  n.out.expect_gaps_kept(findings);
  n.log_sum.expect_gaps_kept(findings);
  std::vector<float> const anything(floats, std::numeric_limits<float>::quiet_NaN());
  again.attend(b, plan, shape, Placed<B>(b, 1, floats, anything));
  findings.expect_true("attention: the same bits again, whatever lies in slots that nobody wrote",
                       largest_difference(n.out.after(), again.out.after()) == 0 &&
                           largest_difference(n.log_sum.after(), again.log_sum.after()) == 0);
}

template <TensorBackend B>
void backward_laws(B& b, AttentionCase const& c, AttentionShape const& shape, Findings& findings) {
  auto const plan = b.plan(c.plan.layout);
  std::size_t const floats = c.plan.layout.pages * shape.page_floats(), rows = c.row_count();
  AttentionNumbers<B> const n(b, rows, shape);
  std::size_t const width = shape.heads * shape.head_dim, kv_width = shape.kv_heads * shape.head_dim;
  Placed<B> const d_out(b, rows, width, 6, 2), d_q(b, rows, width, 7, 1), d_k(b, rows, kv_width, 8, 2),
      d_v(b, rows, kv_width, 9, 3);
  n.attend(b, plan, shape, Placed<B>(b, 1, floats, std::vector<float>(floats, 0.0f)));
  b.attention_backward(n.q.view(), n.k.view(), n.v.view(), n.out.view(), n.log_sum.view(), d_out.view(), plan, shape,
                       d_q.view(), d_k.view(), d_v.view());
  Wide const q = n.q.before(), k = n.k.before(), v = n.v.before();
  auto const error = [&](Placed<B> const& given, Wide const& at, std::function<Wide(Wide const&)> const& f) {
    return tolerance::in_kernels(largest_difference(given.after(), numeric_gradient(at, d_out.before(), f)),
                                 tolerance::derivative);
  };
  findings.expect("attention_backward: d_q becomes the derivative by q",
                  error(d_q, q, [&](Wide const& x) { return formula::attention(x, k, v, c.rows, shape); }));
  findings.expect("attention_backward: d_k becomes the derivative by k, summed over all rows that see a key",
                  error(d_k, k, [&](Wide const& x) { return formula::attention(q, x, v, c.rows, shape); }));
  findings.expect("attention_backward: d_v becomes the derivative by v, summed over all rows that see a value",
                  error(d_v, v, [&](Wide const& x) { return formula::attention(q, k, x, c.rows, shape); }));
  for (Placed<B> const* changed : {&d_q, &d_k, &d_v}) {
    changed->expect_gaps_kept(findings);
  }
}

/// The last of 67 positions once more, behind copies of the keys before it, as writing an answer has it.
template <TensorBackend B>
void copy_laws(B& b, Findings& findings) {
  AttentionShape const shape{2, 1, 5};
  AttentionNumbers<B> const n(b, 67, shape);
  Placed<B> const later(b, 1, 10, 6), later_sum(b, 1, 2, 7),
      pages(b, 1, 3 * shape.page_floats(), std::vector<float>(3 * shape.page_floats()));
  AttentionLayout whole{{{0, 67, 0, 0}}, {}, {0, 1}, {}, 67, 2};
  for (std::int32_t i = 0; i < 67; ++i) {
    whole.writes.push_back({i, i});
  }
  n.attend(b, b.plan(whole), shape, pages);
  KeyCopy const copies[] = {{64, 2 * 64}, {65, 2 * 64 + 1}}; // page 2 continues page 0 as page 1 does
  b.copy_keys(pages.numbers(), shape, std::span<KeyCopy const>(copies));
  auto const plan = b.plan(AttentionLayout{{{0, 1, 66, 0}}, {}, {0, 2}, {{0, 2 * 64 + 2}}, 1, 3});
  b.write_keys(rows_of(n.k.view(), 66, 1), rows_of(n.v.view(), 66, 1), plan, shape, pages.numbers());
  b.attention(rows_of(n.q.view(), 66, 1), pages.numbers(), plan, shape, later.view(), later_sum.view());
  Wide const out = n.out.after(), row = later.after();
  double worst = 0;
  for (std::size_t c = 0; c < row.cols; ++c) {
    double const difference = std::abs(row(0, c) - out(66, c));
    worst = std::isnan(difference) ? HUGE_VAL : std::max(worst, difference);
  }
  findings.expect("copy_keys: a row behind copied keys and values sees those that were copied",
                  tolerance::in_kernels(worst, tolerance::attention));
}

template <TensorBackend B>
void attention_laws(B& b, Findings& findings) {
  for (AttentionCase const& c : attention_cases()) {
    // grouped and ungrouped heads, dimensions from 1 to more than a register block
    for (AttentionShape const& shape : {AttentionShape{1, 1, 1}, AttentionShape{2, 2, 3}, AttentionShape{4, 2, 6},
                                        AttentionShape{6, 2, 16}, AttentionShape{3, 1, 64}, AttentionShape{2, 1, 70}}) {
      forward_laws(b, c, shape, findings);
    }
    backward_laws(b, c, {2, 1, 2}, findings);
    if (c.row_count() < 64) { // differences at every number take their time
      backward_laws(b, c, {1, 1, 1}, findings);
      backward_laws(b, c, {4, 2, 3}, findings);
    }
  }
  copy_laws(b, findings);
}

} // namespace detail

} // namespace srlm::testing
