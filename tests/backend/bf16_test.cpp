/// The kernels of bf16: the processor's instruction against the loops that define it, packing, and attention.
#include "host_matrix.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include <srlm/backend/onednn.hpp>
#include <srlm/model/row_plan.hpp>

using namespace srlm;

namespace {

std::vector<bf16::Bits> brains(std::size_t n, std::uint64_t seed) {
  std::vector<bf16::Bits> out;
  for (float x : testing::random_numbers(n, seed)) {
    out.push_back(float_to_bfloat16(x));
  }
  return out;
}

/// What matrix tiles are to do: 16 pairs at a time, their first and their second numbers apart.
void multiply_as_tiles(std::size_t rows, std::size_t pairs, bf16::Left left, bf16::Bits const* panel,
                       std::size_t columns, bool add, float* c, std::size_t stride) {
  std::size_t const step = 2 * bf16::padded_columns(columns);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < columns; ++j) {
      float sum = add ? c[r * stride + j] : 0.0f;
      for (std::size_t first = 0; first < pairs; first += 16) {
        float of_both[2] = {0, 0};
        for (std::size_t k = first; k < std::min(pairs, first + 16); ++k) {
          for (std::size_t i : {0u, 1u}) {
            of_both[i] += bfloat16_to_float(left.data[r * left.row_step + k * left.pair_step + i]) *
                          bfloat16_to_float(panel[k * step + 2 * j + i]); // exact, so it is no matter if it is fused
          }
        }
        sum += of_both[0] + of_both[1];
      }
      c[r * stride + j] = sum;
    }
  }
}

} // namespace

TEST_CASE("the processor's product of bf16 has the bits of its definition") {
  for (std::size_t rows : {1u, 2u, 5u, 6u, 7u, 13u, 16u, 17u, 33u, 64u}) {
    for (std::size_t pairs : {1u, 2u, 16u, 33u}) {
      for (std::size_t columns : {1u, 15u, 16u, 17u, 40u, 63u, 64u}) {
        for (bf16::Sums sums : {bf16::Sums::set, bf16::Sums::add, bf16::Sums::set_far}) {
          INFO(rows << " rows, " << pairs << " pairs, " << columns << " columns, sums " << static_cast<int>(sums));
          auto const left = brains(rows * 2 * pairs, 1), panel = brains(2 * pairs * bf16::padded_columns(columns), 2);
          std::vector<float> const before = testing::random_numbers(rows * 80, 3);
          for (std::size_t stride : {70u, 80u}) { // rows that begin anywhere, or where a line of memory does
            for (bf16::Left const& l : {bf16::Left{left.data(), 2 * pairs, 2}, bf16::Left{left.data(), 2, 2 * rows}}) {
              HostBuffer<float> given(std::make_shared<HostPool>(), before.size());
              std::ranges::copy(before, given.span().begin());
              std::vector<float> wanted = before;
              bf16::multiply(rows, pairs, l, panel.data(), columns, sums, given.span().data(), stride, panel.data());
              if (bf16::has_matrix_tiles() && l.rows_lie_whole()) {
                multiply_as_tiles(rows, pairs, l, panel.data(), columns, sums == bf16::Sums::add, wanted.data(),
                                  stride);
              } else {
                bf16::detail::multiply_plainly(rows, pairs, l, panel.data(), columns, sums, wanted.data(), stride);
              }
              CHECK(std::ranges::equal(given.span(), wanted)); // what lies between the rows too
            }
          }
        }
      }
    }
  }
}

#if defined(SRLM_BF16_TARGET)
TEST_CASE("a dot product and multiply-adds in its place give the same bits, of numbers that are too small too") {
  if (!bf16::has_dot_product()) {
    return; // nothing to compare
  }
  for (float size : {1.0f, 1e-19f, 1e-38f}) { // products, and factors, below the smallest normal number
    for (std::size_t rows : {1u, 6u, 8u}) {
      for (std::size_t pairs : {1u, 31u, 32u, 100u}) {
        INFO(size << ", " << rows << " rows, " << pairs << " pairs");
        auto left = brains(rows * 2 * pairs, 1), panel = brains(2 * pairs * bf16::padded_columns(40), 2);
        for (auto* side : {&left, &panel}) {
          for (bf16::Bits& x : *side) {
            x = float_to_bfloat16(bfloat16_to_float(x) * size);
          }
        }
        for (bf16::Left const& l : {bf16::Left{left.data(), 2 * pairs, 2}, bf16::Left{left.data(), 2, 2 * rows}}) {
          std::vector<float> one(rows * 40, 1e-37f * size), other = one;
          bf16::detail::multiply_by_dot_product(rows, pairs, l, panel.data(), nullptr, 40, bf16::Sums::add, one.data(),
                                                40);
          bf16::detail::multiply_by_multiply_add(rows, pairs, l, panel.data(), nullptr, 40, bf16::Sums::add,
                                                 other.data(), 40);
          CHECK(one == other);
        }
      }
    }
  }
}
#endif

TEST_CASE("the panels of a weight cover its columns once, and no thread has more of them than another") {
  for (std::size_t threads : {1u, 2u, 3u, 8u}) {
    for (std::size_t n = 1; n < 600; ++n) {
      bf16::Panels const panels(n, threads);
      std::size_t next = 0, whole = 0;
      bool right = true;
      for (std::size_t i = 0; i < panels.count(); ++i) {
        right = right && panels.first(i) == next && next % bf16::vector_columns == 0 && panels.width(i) > 0 &&
                panels.width(i) <= bf16::panel_columns;
        next += panels.width(i);
        whole += panels.width(i) == bf16::panel_columns ? 1 : 0;
      }
      INFO(n << " columns, " << threads << " threads");
      REQUIRE(right);
      REQUIRE(next == n);
      REQUIRE(whole % threads == 0);
    }
  }
}

TEST_CASE("a panel holds neighbours of the depth side by side, and zeros where there is nothing") {
  for (auto const& [depth, columns] :
       {std::pair<std::size_t, std::size_t>{1, 1}, {2, 16}, {7, 20}, {40, 64}, {75, 50}}) {
    INFO(depth << " deep, " << columns << " columns");
    std::size_t const stride = columns + 3, width = bf16::padded_columns(columns);
    auto const numbers = testing::random_numbers(depth * stride + 80 * 80, 1);
    std::vector<bf16::Bits> by_rows(bf16::packed_size(depth, columns), 7), by_columns = by_rows;
    bf16::pack_rows(numbers.data(), stride, depth, columns, 0.5f, by_rows.data());
    bf16::pack_columns(numbers.data(), depth + 1, depth, columns, by_columns.data());
    for (std::size_t k = 0; k < 2 * bf16::pairs_of(depth); ++k) {
      for (std::size_t j = 0; j < width; ++j) {
        bool const there = k < depth && j < columns;
        std::size_t const at = (k / 2 * width + j) * 2 + k % 2;
        CHECK(by_rows[at] == (there ? float_to_bfloat16(0.5f * numbers[k * stride + j]) : 0));
        CHECK(by_columns[at] == (there ? float_to_bfloat16(numbers[j * (depth + 1) + k]) : 0));
      }
    }
  }
}

TEST_CASE("attention in bf16 is near f32's, forward and backward, over shared prefixes and groups of heads") {
  Tokens prompt(75, 7), one = prompt, two = prompt, other = {3};
  one.insert(one.end(), 130, 8);
  two.insert(two.end(), {9, 9, 9});
  std::vector<SequenceView> const views = {{one, {}}, {two, {}}, {prompt, {}}, {other, {}}};
  model::RowPlan const plan = model::plan_rows(views);
  std::size_t const rows = plan.tokens.size();
  for (AttentionShape const& shape :
       {AttentionShape{2, 1, 16}, AttentionShape{9, 3, 64}, AttentionShape{2, 2, 80}, AttentionShape{4, 1, 128}}) {
    INFO("heads " << shape.heads << " / " << shape.kv_heads << " of " << shape.head_dim);
    CHECK(bf16::takes(shape));
    std::size_t const width = shape.heads * shape.head_dim, kv_width = shape.kv_heads * shape.head_dim;
    std::vector<Host> const given = {{rows, width, 1, 2}, {rows, kv_width, 2},    {rows, kv_width, 3, 1},
                                     {rows, width, 4},    {rows, shape.heads, 5}, {rows, width, 6, 3},
                                     {rows, width, 7},    {rows, kv_width, 8},    {rows, kv_width, 9}};
    auto const attend = [&](auto&& b, std::vector<Host> m) {
      using B = std::remove_reference_t<decltype(b)>;
      auto const of = [](Host& host) { return host.view<B>(); };
      // what nobody wrote is not read
      std::vector<float> pages(plan.layout.pages * shape.page_floats(), std::numeric_limits<float>::quiet_NaN());
      auto const layout = b.plan(plan.layout);
      b.write_keys(of(m[1]), of(m[2]), layout, shape, pages);
      b.attention(of(m[0]), pages, layout, shape, of(m[3]), of(m[4]));
      b.attention_backward(of(m[0]), of(m[1]), of(m[2]), of(m[3]), of(m[4]), of(m[5]), layout, shape, of(m[6]),
                           of(m[7]), of(m[8]));
      return m;
    };
    auto const wanted = attend(EigenBackend(2), given), found = attend(OneDnnBackend(2, Bf16By::kernels), given),
               alone = attend(OneDnnBackend(1, Bf16By::kernels), given);
    for (std::size_t m = 3; m < given.size(); ++m) {
      INFO("matrix " << m);
      double difference = 0, norm = 0;
      for (std::size_t i = 0; i < wanted[m].data.size(); ++i) {
        difference += std::pow(static_cast<double>(wanted[m].data[i]) - static_cast<double>(found[m].data[i]), 2);
        norm += std::pow(static_cast<double>(wanted[m].data[i]), 2);
      }
      CHECK(std::sqrt(difference) < tolerance::bf16_attention * std::sqrt(norm));
      CHECK(found[m].data == alone[m].data);
      CHECK((m == 5 || difference > 0)); // d_out is given; the rest is not f32 by mistake
    }
  }
}

TEST_CASE("a token that is written sees its prefix as the whole pass does, whatever number of pages lies before it") {
  AttentionShape const shape{2, 1, 16};
  for (std::size_t length : {1u, 2u, 63u, 64u, 65u, 130u}) {
    INFO(length);
    OneDnnBackend b(1, Bf16By::kernels);
    auto const of = [](Host& host) { return host.view<OneDnnBackend>(); };
    Host q(length, 32, 1), k(length, 16, 2), v(length, 16, 3), out(length, 32, 4), log_sum(length, 2, 5),
        later(1, 32, 6), later_sum(1, 2, 7);
    model::RowPlan const plan = model::plan_rows(std::vector<SequenceView>{{Tokens(length, 7), {}}});
    std::vector<float> pages(plan.layout.pages * shape.page_floats(), std::numeric_limits<float>::quiet_NaN());
    b.write_keys(of(k), of(v), plan.layout, shape, pages);
    b.attention(of(q), pages, plan.layout, shape, of(out), of(log_sum));
    AttentionLayout last = plan.layout;
    last.segments = {{0, 1, length - 1, plan.layout.segments.back().first_page}};
    last.rows = 1;
    b.attention(rows_of(of(q), length - 1, 1), pages, last, shape, of(later), of(later_sum));
    CHECK(std::equal(later.data.begin(), later.data.end(), out.data.end() - 32));
    CHECK(std::equal(later_sum.data.begin(), later_sum.data.end(), log_sum.data.end() - 2));
  }
}
