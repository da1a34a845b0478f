/// The semantic half of TensorBackend, executed: the operations that work on rows.
#pragma once
#include <srlm/testing/placed.hpp>
#include <srlm/testing/tensor_tolerances.hpp>
#include <cmath>

namespace srlm::testing::detail {

template <TensorBackend B>
void sum_laws(B& b, std::size_t rows, std::size_t cols, Findings& findings) {
  Placed<B> const x(b, rows, cols, 1, 3), y(b, rows, cols, 2, 1), z(b, rows, cols, 7, 2), bias(b, 1, cols, 3),
      total(b, 1, cols, 8), table(b, 9, cols, 4, 2), picked(b, rows, cols, 5, 2);
  std::vector<std::int32_t> ids;
  for (std::size_t r = 0; r < rows; ++r) {
    ids.push_back(static_cast<std::int32_t>(r * 5 % 7)); // some twice
  }
  auto const at = placed_ids(b, ids);
  b.gather_rows(table.view(), at.span(), picked.view());
  b.scatter_add_rows(x.view(), at.span(), table.view());
  b.add(x.view(), y.view());
  b.add_to_rows(bias.numbers(), z.view());
  b.sum_rows(x.view(), total.numbers());

  Wide const xs = x.before(), rows_of_table = table.before(), biases = bias.before();
  Wide sums = total.before(), gathered(rows, cols), scattered = rows_of_table, shifted = z.before();
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) {
      auto const id = static_cast<std::size_t>(ids[r]);
      shifted(r, c) += biases(0, c);
      sums(0, c) += xs(r, c);
      gathered(r, c) = rows_of_table(id, c);
      scattered(id, c) += xs(r, c);
    }
  }
  findings.expect("add: y += x", largest_difference(y.after(), y.before() + xs));
  findings.expect("add_to_rows: every row += x", largest_difference(z.after(), shifted));
  findings.expect("sum_rows: x += the sum of the rows", largest_difference(total.after(), sums));
  findings.expect_true("gather_rows: out[i] = table[ids[i]], bit for bit",
                       largest_difference(picked.after(), gathered) == 0);
  findings.expect("scatter_add_rows: table[ids[i]] += rows[i], also where ids repeat",
                  largest_difference(table.after(), scattered));
  for (Placed<B> const* changed : {&y, &z, &table, &picked}) {
    changed->expect_gaps_kept(findings);
  }
}

template <TensorBackend B>
void norm_laws(B& b, std::size_t rows, std::size_t cols, Findings& findings) {
  constexpr float epsilon = 1e-2f;
  std::vector<float> numbers = random_numbers(rows * (cols + 3), 1), nothing(rows * (cols + 4), 0.0f);
  if (rows > 1) {
    std::fill_n(numbers.begin(), cols, 0.0f); // a row of zeros
  }
  Placed<B> const x(b, rows, cols, numbers, 3), gain(b, 1, cols, 2), out(b, rows, cols, 3, 1),
      d_out(b, rows, cols, 4, 2), d_x(b, rows, cols, nothing, 4), d_gain(b, 1, cols, std::vector<float>(cols)),
      more_x(b, rows, cols, 5, 4), more_gain(b, 1, cols, 6);
  b.rms_norm(x.view(), gain.numbers(), epsilon, out.view());
  b.rms_norm_backward(x.view(), gain.numbers(), epsilon, d_out.view(), d_x.view(), d_gain.numbers());
  b.rms_norm_backward(x.view(), gain.numbers(), epsilon, d_out.view(), more_x.view(), more_gain.numbers());

  auto const e = static_cast<double>(epsilon);
  Wide const of_x = numeric_gradient(x.before(), d_out.before(),
                                     [&](Wide const& v) { return formula::rms_norm(v, gain.before(), e); });
  Wide const of_gain = numeric_gradient(gain.before(), d_out.before(),
                                        [&](Wide const& v) { return formula::rms_norm(x.before(), v, e); });
  auto const error = [](Wide const& given, Wide const& expected) {
    return tolerance::in_kernels(largest_difference(given, expected), tolerance::derivative);
  };
  findings.expect("rms_norm: out = x / sqrt(mean of squares + epsilon) * gain, row by row, also for rows of zeros",
                  largest_difference(out.after(), formula::rms_norm(x.before(), gain.before(), e)));
  findings.expect("rms_norm_backward: d_x is the derivative by x", error(d_x.after(), of_x));
  findings.expect("rms_norm_backward: d_gain is the derivative by gain", error(d_gain.after(), of_gain));
  findings.expect("rms_norm_backward adds to d_x", error(more_x.after(), more_x.before() + d_x.after()));
  findings.expect("rms_norm_backward adds to d_gain", error(more_gain.after(), more_gain.before() + d_gain.after()));
  for (Placed<B> const* changed : {&out, &d_x, &more_x}) {
    changed->expect_gaps_kept(findings);
  }
}

template <TensorBackend B>
void rotation_laws(B& b, std::size_t head_dim, Findings& findings) {
  std::size_t const half = head_dim / 2, positions = 11;
  std::vector<std::int32_t> const at = {0, 10, 3, 3, 7};
  auto const angle_at = [](std::int32_t position, std::size_t i) { // of the i-th pair
    return static_cast<double>(position) / static_cast<double>(i + 1);
  };
  std::vector<float> cosines, sines;
  for (std::size_t p = 0; p < positions; ++p) {
    for (std::size_t i = 0; i < half; ++i) {
      cosines.push_back(static_cast<float>(std::cos(angle_at(static_cast<std::int32_t>(p), i))));
      sines.push_back(static_cast<float>(std::sin(angle_at(static_cast<std::int32_t>(p), i))));
    }
  }
  Placed<B> const cosine(b, positions, half, cosines), sine(b, positions, half, sines);
  auto const ids = placed_ids(b, at);
  for (float sign : {1.0f, -1.0f}) {
    Placed<B> const x(b, at.size(), 3 * head_dim, 1, 2);
    b.rotate(x.view(), head_dim, ids.span(), cosine.view(), sine.view(), sign);
    Wide const turned = formula::rotate(x.before(), head_dim, [&](std::size_t r, std::size_t i) {
      return static_cast<double>(sign) * angle_at(at[r], i);
    });
    findings.expect(
        "rotate: each pair (x_i, x_{i + D/2}) of a head turns by sign times its angle at the row's position",
        largest_difference(x.after(), turned));
    x.expect_gaps_kept(findings);
  }
}

template <TensorBackend B>
void swiglu_laws(B& b, std::size_t rows, std::size_t cols, Findings& findings) {
  std::vector<float> numbers = random_numbers(rows * (2 * cols + 3), 1);
  if (rows > 1) {
    numbers[0] = 30;
    numbers[2 * cols + 3] = -200; // exp of 200 is beyond float
  }
  Placed<B> const gate_up(b, rows, 2 * cols, numbers, 3), out(b, rows, cols, 2, 1), d_out(b, rows, cols, 3, 2),
      d_gate_up(b, rows, 2 * cols, 4, 5);
  b.swiglu(gate_up.view(), out.view());
  b.swiglu_backward(gate_up.view(), d_out.view(), d_gate_up.view());
  Wide const expected = formula::swiglu(gate_up.before()), given = out.after();
  double worst = 0;
  for (std::size_t i = 0; i < expected.data.size(); ++i) {
    worst = std::max(worst, std::abs(given.data[i] - expected.data[i]) / (1 + std::abs(expected.data[i])));
    worst = std::isnan(given.data[i]) ? HUGE_VAL : worst;
  }
  findings.expect("swiglu: out = gate / (1 + exp(-gate)) * up, gate in the first half, also for large gates", worst);
  findings.expect(
      "swiglu_backward: d_gate_up becomes the derivative by gate and up",
      tolerance::in_kernels(
          largest_difference(d_gate_up.after(), numeric_gradient(gate_up.before(), d_out.before(), formula::swiglu)),
          tolerance::derivative));
  out.expect_gaps_kept(findings);
  d_gate_up.expect_gaps_kept(findings);
}

/// Rows and columns: one of each, fewer and more than a block of 64, and no rows at all.
template <TensorBackend B>
void row_laws(B& b, Findings& findings) {
  for (auto const& [rows, cols] :
       {std::pair<std::size_t, std::size_t>{1, 1}, {1, 64}, {3, 7}, {2, 130}, {17, 65}, {0, 5}}) {
    sum_laws(b, rows, cols, findings);
    norm_laws(b, rows, cols, findings);
    swiglu_laws(b, rows, cols, findings);
  }
  for (std::size_t head_dim : {2u, 6u, 64u, 130u}) {
    rotation_laws(b, head_dim, findings);
  }
}

} // namespace srlm::testing::detail
