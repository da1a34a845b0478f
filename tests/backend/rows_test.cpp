/// Every tensor policy's row-wise operations, its updates and its attention against the formulas in double; gradients
/// against central differences of the formulas.
#include "formulas.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include <srlm/model/row_plan.hpp>

using namespace srlm;
using namespace formulas;

namespace {

/// Rows and columns: one of each, fewer and more than a block of 64, and no rows at all.
std::vector<std::pair<std::size_t, std::size_t>> const shapes = {{1, 1}, {1, 64}, {3, 7}, {2, 65}, {17, 130}, {0, 5}};

Tokens tokens_from(std::uint64_t seed, std::size_t n) {
  Tokens tokens;
  for (std::size_t i = 0; i < n; ++i) {
    tokens.push_back(static_cast<Token>(Seed{seed}.below(100, i)));
  }
  return tokens;
}

Tokens joined(Tokens a, Tokens const& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// The rows of each sequence of a plan, position by position, found through the sequence's own pages.
std::vector<std::vector<std::size_t>> rows_of_sequences(model::RowPlan const& plan, std::vector<Tokens> const& inputs) {
  std::vector<std::vector<std::size_t>> rows(inputs.size());
  for (std::size_t s = 0; s < inputs.size(); ++s) {
    for (std::size_t i = 0; i < inputs[s].size(); ++i) {
      auto const slot = static_cast<std::int32_t>(
          static_cast<std::size_t>(plan.pages[s][i / page_length]) * page_length + i % page_length);
      for (KeyWrite const& write : plan.layout.writes) {
        if (write.slot == slot) {
          rows[s].push_back(static_cast<std::size_t>(write.row));
        }
      }
      REQUIRE(rows[s].size() == i + 1);
    }
  }
  return rows;
}

/// Sequences that share prefixes inside pages, at their ends and not at all.
std::vector<std::vector<Tokens>> const& trees() {
  Tokens const prompt = tokens_from(1, 70), page(prompt.begin(), prompt.begin() + 64);
  static std::vector<std::vector<Tokens>> const all = {{tokens_from(5, 1)},
                                                       {tokens_from(6, 5), tokens_from(7, 3)},
                                                       {joined(prompt, {1, 2}), joined(prompt, {1, 3, 4}),
                                                        joined(prompt, {5}), joined(page, {9, 9}), tokens_from(8, 2)}};
  return all;
}

struct Layout {
  model::RowPlan plan;
  std::vector<std::vector<std::size_t>> rows;

  explicit Layout(std::vector<Tokens> const& inputs) {
    std::vector<SequenceView> views;
    for (Tokens const& input : inputs) {
      views.push_back({input, {}});
    }
    plan = model::plan_rows(views);
    rows = rows_of_sequences(plan, inputs);
  }
};

/// Grouped and ungrouped heads, dimensions from 1 to more than a register block.
std::vector<AttentionShape> const heads = {{1, 1, 1}, {2, 2, 3}, {4, 2, 6}, {6, 2, 16}, {3, 1, 64}, {2, 1, 70}};

} // namespace

TEMPLATE_LIST_TEST_CASE("adding, biases, gathering and scattering are those of plain loops", "", Backends) {
  TestType backend(2);
  for (auto const& [rows, cols] : shapes) {
    INFO(rows << " x " << cols);
    Host x(rows, cols, 1, 3), y(rows, cols, 2, 1), bias(1, cols, 3), table(9, cols, 4, 2);
    Host const y_before = y, table_before = table, bias_before = bias;
    backend.add(x.view<TestType>(), y.view<TestType>());
    backend.add_to_rows(bias.data, y.view<TestType>());
    backend.sum_rows(x.view<TestType>(), bias.data);
    std::vector<std::int32_t> ids;
    for (std::size_t r = 0; r < rows; ++r) {
      ids.push_back(static_cast<std::int32_t>(r * 5 % 7)); // some twice
    }
    Host gathered(rows, cols, 5, 2);
    backend.gather_rows(table.view<TestType>(), ids, gathered.view<TestType>());
    backend.scatter_add_rows(x.view<TestType>(), ids, table.view<TestType>());
    Wide sum(y_before), sums(bias_before), picked(rows, cols), scattered(table_before);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < cols; ++c) {
        auto const id = static_cast<std::size_t>(ids[r]);
        sum(r, c) += x.at(r, c) + bias_before.at(0, c);
        sums(0, c) += x.at(r, c);
        picked(r, c) = table_before.at(id, c);
        scattered(id, c) += x.at(r, c);
      }
    }
    CHECK(largest_difference(y, sum) < tolerance::kernel);
    CHECK(largest_difference(bias, sums) < tolerance::kernel);
    CHECK(largest_difference(gathered, picked) == 0);
    CHECK(largest_difference(table, scattered) < tolerance::kernel);
    CHECK(y.same_gaps(y_before));
    CHECK(table.same_gaps(table_before));
  }
}

TEMPLATE_LIST_TEST_CASE("the norm and its gradient are the formula's, also for rows of zeros", "", Backends) {
  TestType backend(2);
  for (auto const& [rows, cols] : shapes) {
    INFO(rows << " x " << cols);
    constexpr float epsilon = 1e-2f;
    Host x(rows, cols, 1, 3), gain(1, cols, 2), out(rows, cols, 3, 1), d_out(rows, cols, 4, 2), d_x(rows, cols, 5, 4),
        d_gain(1, cols, 6);
    if (rows > 1) {
      std::fill_n(x.data.begin(), cols, 0.0f);
    }
    Host const d_x_before = d_x, d_gain_before = d_gain, out_before = out;
    backend.rms_norm(x.view<TestType>(), gain.data, epsilon, out.view<TestType>());
    Wide const wide_x(x), wide_gain(gain);
    auto const wide_epsilon = static_cast<double>(epsilon);
    CHECK(largest_difference(out, rms_norm(wide_x, wide_gain, wide_epsilon)) < tolerance::kernel);
    CHECK(out.same_gaps(out_before));

    backend.rms_norm_backward(x.view<TestType>(), gain.data, epsilon, d_out.view<TestType>(), d_x.view<TestType>(),
                              d_gain.data);
    auto const of_x =
        numeric_gradient(wide_x, Wide(d_out), [&](Wide const& v) { return rms_norm(v, wide_gain, wide_epsilon); });
    auto const of_gain =
        numeric_gradient(wide_gain, Wide(d_out), [&](Wide const& v) { return rms_norm(wide_x, v, wide_epsilon); });
    Wide expected_x(d_x_before), expected_gain(d_gain_before); // both are added to
    for (std::size_t i = 0; i < expected_x.data.size(); ++i) {
      expected_x.data[i] += of_x.data[i];
    }
    for (std::size_t i = 0; i < cols; ++i) {
      expected_gain.data[i] += of_gain.data[i];
    }
    CHECK(largest_difference(d_x, expected_x) < tolerance::derivative);
    CHECK(largest_difference(d_gain, expected_gain) < tolerance::derivative);
    CHECK(d_x.same_gaps(d_x_before));
  }
}

TEMPLATE_LIST_TEST_CASE("rotation turns pairs of halves by their position's angle, and back", "", Backends) {
  TestType backend(2);
  for (std::size_t head_dim : {2u, 6u, 64u, 130u}) {
    INFO("head dimension " << head_dim);
    std::size_t const half = head_dim / 2, positions = 11;
    Host x(5, 3 * head_dim, 1, 2), cosine(positions, half, 2), sine(positions, half, 3);
    for (std::size_t p = 0; p < positions; ++p) {
      for (std::size_t i = 0; i < half; ++i) {
        double const angle = static_cast<double>(p) / static_cast<double>(i + 1);
        cosine.data[p * half + i] = static_cast<float>(std::cos(angle));
        sine.data[p * half + i] = static_cast<float>(std::sin(angle));
      }
    }
    Host const before = x;
    std::vector<std::int32_t> at = {0, 10, 3, 3, 7};
    backend.rotate(x.view<TestType>(), head_dim, at, cosine.view<TestType>(), sine.view<TestType>(), 1.0f);
    Wide turned(before);
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t head = 0; head < 3; ++head) {
        for (std::size_t i = 0; i < half; ++i) { // (a + b i) e^(i angle)
          double const angle = static_cast<double>(at[r]) / static_cast<double>(i + 1);
          double const a = before.at(r, head * head_dim + i), b = before.at(r, head * head_dim + half + i);
          turned(r, head * head_dim + i) = a * std::cos(angle) - b * std::sin(angle);
          turned(r, head * head_dim + half + i) = b * std::cos(angle) + a * std::sin(angle);
        }
      }
    }
    CHECK(largest_difference(x, turned) < tolerance::kernel);
    backend.rotate(x.view<TestType>(), head_dim, at, cosine.view<TestType>(), sine.view<TestType>(), -1.0f);
    CHECK(largest_difference(x, Wide(before)) < tolerance::kernel);
    CHECK(x.same_gaps(before));
  }
}

TEMPLATE_LIST_TEST_CASE("the gated unit and its gradient are the formula's, for large gates too", "", Backends) {
  TestType backend(2);
  for (auto const& [rows, cols] : shapes) {
    INFO(rows << " x " << cols);
    Host gate_up(rows, 2 * cols, 1, 3), out(rows, cols, 2, 1), d_out(rows, cols, 3, 2), d_gate_up(rows, 2 * cols, 4, 5);
    if (rows > 1) {
      gate_up.data[0] = 30;
      gate_up.data[gate_up.stride] = -200; // exp of it is beyond float
    }
    Host const before = d_gate_up;
    backend.swiglu(gate_up.view<TestType>(), out.view<TestType>());
    Wide const wide(gate_up);
    Wide const expected = swiglu(wide);
    double worst = 0;
    for (std::size_t i = 0; i < expected.data.size(); ++i) {
      double const difference = std::abs(out.at(i / cols, i % cols) - expected.data[i]);
      worst = std::max(worst, difference / (1 + std::abs(expected.data[i])));
    }
    CHECK(worst < tolerance::kernel);
    backend.swiglu_backward(gate_up.view<TestType>(), d_out.view<TestType>(), d_gate_up.view<TestType>());
    CHECK(largest_difference(d_gate_up, numeric_gradient(wide, Wide(d_out), swiglu)) < tolerance::derivative);
    CHECK(d_gate_up.same_gaps(before));
  }
}

TEMPLATE_LIST_TEST_CASE("the gradient of log p is that of the formula, at every logit", "", Backends) {
  TestType backend(2);
  for (std::size_t vocabulary : {1u, 5u, 64u, 131u}) {
    INFO(vocabulary << " tokens");
    Host logits(3, vocabulary, 1, 2);
    for (float& x : logits.data) {
      x *= 4;
    }
    Wide const before(logits);
    std::vector<std::int32_t> targets = {0, static_cast<std::int32_t>(vocabulary / 2),
                                         static_cast<std::int32_t>(vocabulary - 1)};
    std::vector<float> log_sum(3), log_prob(3), weight = {1.0f, -0.5f, 0.0f};
    backend.log_probs(logits.view<TestType>(), targets, log_sum, log_prob);
    Wide const expected = log_probs(before, targets);
    Wide d_out(3, 1);
    for (std::size_t r = 0; r < 3; ++r) {
      CHECK(std::abs(static_cast<double>(log_prob[r]) - expected(r, 0)) < tolerance::kernel);
      d_out(r, 0) = static_cast<double>(weight[r]);
    }
    backend.log_probs_backward(logits.view<TestType>(), targets, log_sum, weight);
    auto const f = [&](Wide const& x) { return log_probs(x, targets); };
    CHECK(largest_difference(logits, numeric_gradient(before, d_out, f)) < tolerance::derivative);
  }
}

TEMPLATE_LIST_TEST_CASE("attention with shared prefixes is that of each sequence alone", "", Backends) {
  TestType backend(2);
  for (auto const& inputs : trees()) {
    Layout const layout(inputs);
    std::size_t const rows = layout.plan.tokens.size();
    for (AttentionShape const& shape : heads) {
      INFO(rows << " rows, heads " << shape.heads << " / " << shape.kv_heads << " of " << shape.head_dim);
      Host q(rows, shape.heads * shape.head_dim, 1, 3), k(rows, shape.kv_heads * shape.head_dim, 2, 1),
          v(rows, shape.kv_heads * shape.head_dim, 3, 4), out(rows, q.cols, 4, 2), log_sum(rows, shape.heads, 5);
      Host const before = out;
      std::vector<float> pages(layout.plan.layout.pages * shape.page_floats(), std::nanf(""));
      auto const plan = backend.plan(layout.plan.layout);
      backend.write_keys(k.view<TestType>(), v.view<TestType>(), plan, shape, pages);
      for (float& x : pages) { // what is behind a sequence's end in its last page is never looked at
        x = std::isnan(x) ? 1e3f : x;
      }
      backend.attention(q.view<TestType>(), pages, plan, shape, out.view<TestType>(), log_sum.view<TestType>());
      Wide log_sums(rows, shape.heads);
      Wide const expected = attention(Wide(q), Wide(k), Wide(v), layout.rows, shape, &log_sums);
      CHECK(largest_difference(out, expected) < tolerance::attention);
      CHECK(largest_difference(log_sum, log_sums) < tolerance::attention);
      CHECK(out.same_gaps(before));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("the gradient of attention collects over everybody who sees a key", "", Backends) {
  TestType backend(2);
  for (auto const& inputs : trees()) {
    Layout const layout(inputs);
    std::size_t const rows = layout.plan.tokens.size();
    for (AttentionShape const& shape : {AttentionShape{1, 1, 1}, AttentionShape{4, 2, 3}, AttentionShape{3, 1, 2}}) {
      INFO(rows << " rows, heads " << shape.heads << " / " << shape.kv_heads << " of " << shape.head_dim);
      std::size_t const width = shape.heads * shape.head_dim, kv_width = shape.kv_heads * shape.head_dim;
      Host q(rows, width, 1, 3), k(rows, kv_width, 2, 1), v(rows, kv_width, 3, 4), out(rows, width, 4),
          log_sum(rows, shape.heads, 5), d_out(rows, width, 6, 2), d_q(rows, width, 7, 1), d_k(rows, kv_width, 8, 2),
          d_v(rows, kv_width, 9, 3);
      std::vector<float> pages(layout.plan.layout.pages * shape.page_floats());
      auto const plan = backend.plan(layout.plan.layout);
      backend.write_keys(k.view<TestType>(), v.view<TestType>(), plan, shape, pages);
      backend.attention(q.view<TestType>(), pages, plan, shape, out.view<TestType>(), log_sum.view<TestType>());
      backend.attention_backward(q.view<TestType>(), k.view<TestType>(), v.view<TestType>(), out.view<TestType>(),
                                 log_sum.view<TestType>(), d_out.view<TestType>(), plan, shape, d_q.view<TestType>(),
                                 d_k.view<TestType>(), d_v.view<TestType>());
      Wide const wq(q), wk(k), wv(v), wd(d_out);
      auto const of = [&](Wide const& a, Wide const& b, Wide const& c) {
        return attention(a, b, c, layout.rows, shape);
      };
      CHECK(largest_difference(d_q, numeric_gradient(wq, wd, [&](Wide const& x) { return of(x, wk, wv); })) <
            tolerance::derivative);
      CHECK(largest_difference(d_k, numeric_gradient(wk, wd, [&](Wide const& x) { return of(wq, x, wv); })) <
            tolerance::derivative);
      CHECK(largest_difference(d_v, numeric_gradient(wv, wd, [&](Wide const& x) { return of(wq, wk, x); })) <
            tolerance::derivative);
    }
  }
}

TEMPLATE_LIST_TEST_CASE("a row behind copied keys sees them as the row that wrote them did", "", Backends) {
  TestType backend(1);
  AttentionShape const shape{2, 1, 5};
  Host q(67, 10, 1), k(67, 5, 2), v(67, 5, 3), out(67, 10, 4), log_sum(67, 2, 5), later(1, 10, 6), later_sum(1, 2, 7);
  AttentionLayout whole{{{0, 67, 0, 0}}, {}, {0, 1}, {}, 67, 2};
  for (std::int32_t i = 0; i < 67; ++i) {
    whole.writes.push_back({i, i});
  }
  std::vector<float> pages(3 * shape.page_floats());
  backend.write_keys(k.view<TestType>(), v.view<TestType>(), backend.plan(whole), shape, pages);
  backend.attention(q.view<TestType>(), pages, backend.plan(whole), shape, out.view<TestType>(),
                    log_sum.view<TestType>());
  std::vector<KeyCopy> const copies = {{64, 2 * 64}, {65, 2 * 64 + 1}}; // page 2 continues page 0 as page 1 does
  backend.copy_keys(pages, shape, copies);
  AttentionLayout const last{{{0, 1, 66, 0}}, {}, {0, 2}, {{0, 2 * 64 + 2}}, 1, 3};
  backend.write_keys(rows_of(k.view<TestType>(), 66, 1), rows_of(v.view<TestType>(), 66, 1), backend.plan(last), shape,
                     pages);
  backend.attention(rows_of(q.view<TestType>(), 66, 1), pages, backend.plan(last), shape, later.view<TestType>(),
                    later_sum.view<TestType>());
  CHECK(std::equal(later.data.begin(), later.data.end(), out.data.begin() + 66 * 10)); // bit for bit
  CHECK(std::equal(later_sum.data.begin(), later_sum.data.end(), log_sum.data.begin() + 66 * 2));
}

TEMPLATE_LIST_TEST_CASE("three steps of AdamW are those of its formula in double, and sums of squares are exact", "",
                        Backends) {
  TestType backend(2);
  Host x(1, 200, 1), m(1, 200, 2), v(1, 200, 3);
  std::fill(m.data.begin(), m.data.end(), 0.0f);
  std::fill(v.data.begin(), v.data.end(), 0.0f);
  Wide value(x), first(1, 200), second(1, 200);
  for (int step = 1; step <= 3; ++step) {
    Host g(1, 200, 10 + static_cast<std::uint64_t>(step));
    double squares = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      squares += g.at(0, i) * g.at(0, i);
    }
    CHECK(std::abs(backend.sum_of_squares(g.data) - squares) < tolerance::sum_of_squares * squares);
    AdamWStep const s{0.01f, 0.9f, 0.95f, 1e-8f, 0.1f, 0.5f, step};
    backend.adamw(x.data, g.data, m.data, v.data, s);
    double const b1 = static_cast<double>(s.beta1), b2 = static_cast<double>(s.beta2),
                 rate = static_cast<double>(s.rate);
    for (std::size_t i = 0; i < 200; ++i) {
      double const gradient = 0.5 * g.at(0, i);
      first(0, i) = b1 * first(0, i) + (1 - b1) * gradient;
      second(0, i) = b2 * second(0, i) + (1 - b2) * gradient * gradient;
      double const m_hat = first(0, i) / (1 - std::pow(b1, step)), v_hat = second(0, i) / (1 - std::pow(b2, step));
      value(0, i) -= rate * static_cast<double>(s.weight_decay) * value(0, i);
      value(0, i) -= rate * m_hat / (std::sqrt(v_hat) + static_cast<double>(s.epsilon));
    }
    CHECK(largest_difference(x, value) < tolerance::update);
    CHECK(largest_difference(m, first) < tolerance::update);
    CHECK(largest_difference(v, second) < tolerance::update);
  }
}
