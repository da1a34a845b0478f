/// EigenBackend against XtensorBackend on the same random numbers: two programs by two ways that must meet within
/// rounding. What they differ in beyond that is a mistake in one of them.
#include "host_matrix.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include <srlm/model/row_plan.hpp>

using namespace srlm;

namespace {

/// What an operation left in each of its matrices, for both backends; `work` is a generic lambda (backend, matrices).
template <class Work>
double difference(std::vector<Host> const& given, Work const& work) {
  EigenBackend eigen(2);
  XtensorBackend xtensor(2);
  std::vector<Host> by_eigen = given, by_xtensor = given;
  work(eigen, by_eigen);
  work(xtensor, by_xtensor);
  double worst = 0;
  for (std::size_t m = 0; m < given.size(); ++m) {
    worst = std::max(worst, testing::largest_difference(by_eigen[m].wide(), by_xtensor[m].wide()));
  }
  return worst;
}

template <class B>
MatrixView<B> of(B&, Host& host) {
  return host.view<B>();
}

} // namespace

TEST_CASE("both backends do the same to rows of odd lengths") {
  for (auto const& [rows, cols] : {std::pair<std::size_t, std::size_t>{1, 1}, {1, 63}, {5, 64}, {31, 97}, {2, 1030}}) {
    INFO(rows << " x " << cols);
    std::vector<Host> const given = {{rows, cols, 1, 2}, {1, cols, 2},       {rows, cols, 3, 1},
                                     {rows, cols, 4},    {rows, cols, 5, 7}, {1, cols, 6}};
    CHECK(difference(given, [](auto& b, std::vector<Host>& m) {
            b.rms_norm(of(b, m[0]), m[1].data, 1e-5f, of(b, m[2]));
            b.rms_norm_backward(of(b, m[0]), m[1].data, 1e-5f, of(b, m[3]), of(b, m[4]), m[5].data);
          }) < tolerance::derivative);
    std::vector<Host> const gated = {
        {rows, 2 * cols, 1, 2}, {rows, cols, 3, 1}, {rows, cols, 4}, {rows, 2 * cols, 5, 7}};
    CHECK(difference(gated, [](auto& b, std::vector<Host>& m) {
            b.swiglu(of(b, m[0]), of(b, m[1]));
            b.swiglu_backward(of(b, m[0]), of(b, m[2]), of(b, m[3]));
          }) < tolerance::kernel);
    std::vector<Host> const logits = {{rows, cols, 1, 2}, {1, rows, 2}, {1, rows, 3}, {1, rows, 4}};
    CHECK(difference(logits, [](auto& b, std::vector<Host>& m) {
            std::vector<std::int32_t> targets(m[0].rows, static_cast<std::int32_t>(m[0].cols - 1));
            b.log_probs(of(b, m[0]), targets, m[1].data, m[2].data);
            b.log_probs_backward(of(b, m[0]), targets, m[1].data, m[3].data);
          }) < tolerance::kernel);
  }
}

TEST_CASE("both backends form the same products") {
  for (auto const& [m, n, k] : {std::array<std::size_t, 3>{1, 1, 1}, {1, 65, 33}, {17, 64, 129}, {40, 33, 600}}) {
    for (auto const& [op_a, op_b] :
         {std::pair{Op::none, Op::none}, std::pair{Op::none, Op::transpose}, std::pair{Op::transpose, Op::none}}) {
      INFO(m << " x " << n << " x " << k);
      std::vector<Host> const given = {{op_a == Op::none ? m : k, op_a == Op::none ? k : m, 1, 3},
                                       {op_b == Op::none ? k : n, op_b == Op::none ? n : k, 2, 1},
                                       {m, n, 3, 2}};
      CHECK(difference(given, [&](auto& b, std::vector<Host>& x) {
              b.matmul(0.7f, of(b, x[0]), op_a, of(b, x[1]), op_b, 0.3f, of(b, x[2]));
            }) < tolerance::product * (1 + std::sqrt(static_cast<double>(k))));
    }
  }
}

TEST_CASE("both backends attend alike, forward and backward, over shared prefixes and groups of heads") {
  Tokens prompt(75, 7), one = prompt, two = prompt, other = {3};
  one.insert(one.end(), 130, 8);
  two.insert(two.end(), {9, 9, 9});
  std::vector<SequenceView> const views = {{one, {}}, {two, {}}, {prompt, {}}, {other, {}}};
  model::RowPlan const plan = model::plan_rows(views);
  std::size_t const rows = plan.tokens.size();
  for (AttentionShape const& shape :
       {AttentionShape{1, 1, 1}, AttentionShape{6, 3, 10}, AttentionShape{9, 3, 64}, AttentionShape{4, 1, 33}}) {
    INFO("heads " << shape.heads << " / " << shape.kv_heads << " of " << shape.head_dim);
    std::size_t const width = shape.heads * shape.head_dim, kv_width = shape.kv_heads * shape.head_dim;
    std::vector<Host> const given = {{rows, width, 1, 2}, {rows, kv_width, 2},    {rows, kv_width, 3, 1},
                                     {rows, width, 4},    {rows, shape.heads, 5}, {rows, width, 6, 3},
                                     {rows, width, 7},    {rows, kv_width, 8},    {rows, kv_width, 9}};
    CHECK(difference(given, [&](auto& b, std::vector<Host>& m) {
            std::vector<float> pages(plan.layout.pages * shape.page_floats());
            auto const layout = b.plan(plan.layout);
            b.write_keys(of(b, m[1]), of(b, m[2]), layout, shape, pages);
            b.attention(of(b, m[0]), pages, layout, shape, of(b, m[3]), of(b, m[4]));
            b.attention_backward(of(b, m[0]), of(b, m[1]), of(b, m[2]), of(b, m[3]), of(b, m[4]), of(b, m[5]), layout,
                                 shape, of(b, m[6]), of(b, m[7]), of(b, m[8]));
          }) < tolerance::derivative);
  }
}

TEST_CASE("the same seeds draw the same tokens from the same logits") {
  auto const [rows, vocabulary, scale, steps] = GENERATE(table<std::size_t, std::size_t, float, float>(
      {{400, 300, 5.0f, 8.0f},     // many are equal, so ties are drawn from too
       {40, 5000, 0.3f, 1e4f},     // nearly all tokens are in the nucleus
       {40, 5000, 20.0f, 1e3f},    // few are
       {3, 1000, 0.0f, 1.0f},      // all are equal
       {40, 300, 120.0f, 1e2f}})); // most likelihoods are 0
  EigenBackend eigen(1);
  XtensorBackend xtensor(1);
  Host logits(rows, vocabulary, 1, 2);
  for (float& x : logits.data) {
    x = std::round(x * scale * steps) / steps;
  }
  std::vector<Seed> seeds;
  for (std::uint64_t i = 0; i < logits.rows; ++i) {
    seeds.push_back(Seed{5}.fork(i));
  }
  for (Sampling const& s : {Sampling{0.0f, 1.0f, 1}, Sampling{0.7f, 0.9f, 1}, Sampling{1.0f, 1.0f, 1},
                            Sampling{2.5f, 0.3f, 1}, Sampling{1.0f, 1e-6f, 1}}) {
    INFO("temperature " << s.temperature << ", top_p " << s.top_p << ", logits to " << scale);
    CHECK(eigen.sample(logits.view<EigenBackend>(), seeds, s) ==
          xtensor.sample(logits.view<XtensorBackend>(), seeds, s));
  }
}
