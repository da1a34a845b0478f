/// The CUDA policy, its kernels run thread by thread on the CPU: it keeps the laws.
#include "bias_case.hpp"
#include "decode_case.hpp"
#include "host_device.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include "support/violations.hpp"
#include <srlm/backend/any_backend.hpp>
#include <srlm/testing/tensor_head_laws.hpp>
#include <srlm/testing/tensor_memory_laws.hpp>
#include <srlm/testing/tensor_product_laws.hpp>
#include <srlm/testing/tensor_row_laws.hpp>
#include <limits>

using namespace srlm;
using srlm::testing::Findings;
using srlm::testing::Placed;

static_assert(TensorBackend<CudaOnHost>);

namespace {

CudaOnHost on_host(std::uint64_t order = 1) { return CudaOnHost(std::make_shared<HostDevice>(order)); }

/// The laws that `check` finds broken.
template <class Check>
std::string broken(Check const& check) {
  CudaOnHost b = on_host();
  Findings findings(tolerance::kernel);
  check(b, findings);
  return srlm::testing::text_of(std::move(findings).take());
}

} // namespace

TEST_CASE("the CUDA policy keeps the laws of memory and of updates") {
  CHECK(broken([](CudaOnHost& b, Findings& f) {
          srlm::testing::detail::memory_laws(b, srlm::testing::random_numbers(1000, 1), f);
          srlm::testing::detail::update_laws(b, f);
        }) == "");
}

// Products by columns, as the policy asks its device for them, whatever library stands behind it.
TEST_CASE("the CUDA policy keeps the laws of products") {
  CHECK(broken([](CudaOnHost& b, Findings& f) { srlm::testing::detail::product_laws(b, f); }) == "");
}

TEST_CASE("products of views, transposed or not, are the rows and columns of the whole matrices") {
  CudaOnHost b = on_host();
  Placed<CudaOnHost> const all(b, 9, 23, 1), by(b, 7, 11, 2), out(b, 9, 31, 3);
  auto const some = columns_of(rows_of(all.view(), 2, 5), 3, 7); // [5, 7] inside [9, 23]
  b.matmul(2.0f, some, Op::none, by.view(), Op::none, 1.0f, columns_of(rows_of(out.view(), 1, 5), 8, 11));
  b.matmul(1.0f, rows_of(some, 4, 1), Op::transpose, rows_of(all.view(), 8, 1), Op::none, 0.0f,
           columns_of(rows_of(out.view(), 1, 7), 1, 23));
  auto const a = all.before(), w = by.before(), was = out.before(), is = out.after();
  for (std::size_t r = 0; r < 9; ++r) {
    for (std::size_t c = 0; c < 31; ++c) {
      double expected = was(r, c);
      if (r >= 1 && r < 8 && c >= 1 && c < 24) {
        expected = a(6, 3 + r - 1) * a(8, c - 1);
      } else if (r >= 1 && r < 6 && c >= 8 && c < 19) {
        for (std::size_t k = 0; k < 7; ++k) {
          expected += 2 * a(2 + r - 1, 3 + k) * w(k, c - 8);
        }
      }
      INFO(r << ", " << c);
      CHECK(std::abs(is(r, c) - expected) < 1e-5);
    }
  }
}

TEST_CASE("a bias is added with its product, or after it where the device does not take both") {
  for (bool const at_once : {true, false}) {
    auto const device = std::make_shared<HostDevice>();
    device->adds_bias = at_once;
    CudaOnHost b(device);
    CHECK(worst_bias(b) < 1e-6);
    CHECK(device->launches == (at_once ? 2 : 3)); // two where there is no depth, else add_to_rows or nothing
    AnyBackend any{CudaOnHost(device)};
    CHECK(worst_bias(any) < 1e-6);
  }
}

TEST_CASE("the command line's policy, chosen at run time, passes spans of another memory on") {
  srlm::AnyBackend b(on_host());
  Findings findings(tolerance::kernel);
  srlm::testing::detail::update_laws(b, findings);
  srlm::testing::detail::row_laws(b, findings);
  srlm::testing::detail::product_law(b, {5, 33, 7}, Op::none, Op::transpose, 1.0f, findings);
  CHECK(srlm::testing::text_of(std::move(findings).take()) == "");
}

TEST_CASE("products whose shapes do not fit are refused with the shapes") {
  CudaOnHost b = on_host();
  Placed<CudaOnHost> const a(b, 2, 3, 1), c(b, 4, 3, 2), out(b, 2, 4, 3);
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH(b.matmul(1.0f, a.view(), Op::none, c.view(), Op::none, 0.0f, out.view()),
                    ContainsSubstring("got C[2, 4] = A[2, 3] B[4, 3], expected C[M, N]"));
  CHECK_THROWS_WITH(b.matmul(1.0f, c.view(), Op::transpose, a.view(), Op::transpose, 0.0f, out.view()),
                    ContainsSubstring("A[4, 3]^T B[2, 3]^T"));
  auto overlapping = a.view();
  overlapping.stride = 2;
  CHECK_THROWS_WITH(b.matmul(1.0f, overlapping, Op::none, c.view(), Op::transpose, 0.0f, out.view()),
                    ContainsSubstring("matmul, A: got 3 columns in rows that are 2 floats apart"));
  auto const product = cuda::product_of(1.0f, a.view(), Op::none, c.view(), Op::transpose, 1.0f, out.view());
  CHECK(cuda::in_words(product) == "C[2, 4] = A[2, 3] B[4, 3]^T + C");
  float const floats[8] = {};
  std::size_t widest = 0;
  for (int i = 0; i < 4; ++i) {
    widest = std::max(widest, cuda::alignment_of(floats + i));
  }
  CHECK(widest == 16);
}

TEST_CASE("the CUDA policy keeps the laws of rows") {
  CHECK(broken([](CudaOnHost& b, Findings& f) { srlm::testing::detail::row_laws(b, f); }) == "");
}

TEST_CASE("the CUDA policy keeps the laws of the head") { // what it draws is EigenBackend's, see reference_test.cpp
  CHECK(broken([](CudaOnHost& b, Findings& f) {
          for (std::size_t vocabulary : {1u, 5u, 64u, 131u}) {
            srlm::testing::detail::log_prob_laws(b, vocabulary, 4, f);
            srlm::testing::detail::log_prob_laws(b, vocabulary, 300, f);
          }
          srlm::testing::detail::log_prob_laws(b, 128'000, 20, f);
          srlm::testing::detail::greedy_laws(b, f);
          srlm::testing::detail::seed_laws(b, f);
        }) == "");
}

TEST_CASE("the CUDA policy keeps the laws of attention") {
  CHECK(broken([](CudaOnHost& b, Findings& f) { srlm::testing::detail::attention_laws(b, f); }) == "");
}

TEST_CASE("a decoding step, its shared pages read once, gives the rows of the whole pass") {
  for (AttentionShape const& shape : {AttentionShape{1, 1, 3}, AttentionShape{6, 2, 64}, AttentionShape{64, 1, 2}}) {
    INFO("heads " << shape.heads << " / " << shape.kv_heads << " of " << shape.head_dim);
    CHECK(broken([&](CudaOnHost& b, Findings& f) { srlm::testing::decoding_law(b, shape, f); }) == "");
  }
}

TEST_CASE("the order in which threads run changes no bit") {
  auto const run = [](std::uint64_t order) {
    CudaOnHost b = on_host(order);
    Placed<CudaOnHost> const x(b, 33, 97, 1, 3), gain(b, 1, 97, 2), d_out(b, 33, 97, 3), d_x(b, 33, 97, 4),
        d_gain(b, 1, 97, 5), table(b, 5, 97, 6);
    std::vector<std::int32_t> ids;
    for (std::int32_t i = 0; i < 33; ++i) {
      ids.push_back(i * i % 5);
    }
    b.rms_norm_backward(x.view(), gain.numbers(), 1e-5f, d_out.view(), d_x.view(), d_gain.numbers());
    b.scatter_add_rows(x.view(), srlm::testing::placed_ids(b, ids).span(), table.view());
    auto all = d_x.floats();
    for (Placed<CudaOnHost> const* more : {&d_gain, &table}) {
      auto const numbers = more->floats();
      all.insert(all.end(), numbers.begin(), numbers.end());
    }
    all.push_back(static_cast<float>(b.sum_of_squares(x.numbers())));
    return all;
  };
  auto const first = run(1);
  CHECK(run(2000) == first);
  CHECK(run(70000) == first);
}

TEST_CASE("matrices without rows are no work") {
  CudaOnHost b = on_host();
  Placed<CudaOnHost> const none(b, 0, 8, 1), gain(b, 1, 8, 2), d_gain(b, 1, 8, 3);
  auto const ids = srlm::testing::placed_ids(b, {});
  b.add(none.view(), none.view());
  b.rms_norm(none.view(), gain.numbers(), 1e-5f, none.view());
  b.rms_norm_backward(none.view(), gain.numbers(), 1e-5f, none.view(), none.view(), d_gain.numbers());
  b.gather_rows(gain.view(), ids.span(), none.view());
  b.scatter_add_rows(none.view(), ids.span(), gain.view());
  b.log_probs(none.view(), ids.span(), {}, {});
  CHECK(b.sample(none.view(), {}, {}).empty());
  CHECK(srlm::testing::largest_difference(d_gain.after(), d_gain.before()) == 0);
  CHECK(srlm::testing::largest_difference(gain.after(), gain.before()) == 0);
  AttentionShape const shape{2, 1, 4};
  auto const plan = b.plan(AttentionLayout{});
  b.write_keys(none.view(), none.view(), plan, shape, {});
  CHECK_NOTHROW(b.attention(none.view(), {}, plan, shape, none.view(), none.view()));
  CHECK_NOTHROW(b.attention_backward(none.view(), none.view(), none.view(), none.view(), none.view(), none.view(), plan,
                                     shape, none.view(), none.view(), none.view()));
}

TEST_CASE("heads that the kernels cannot hold and logits that are not numbers are refused") {
  CudaOnHost b = on_host();
  Placed<CudaOnHost> const x(b, 1, 260, 1), sums(b, 1, 130, 2);
  auto const plan = b.plan(AttentionLayout{{{0, 1, 0, 0}}, {}, {0}, {{0, 0}}, 1, 1});
  auto const pages = b.allocate<float>(100'000);
  CHECK_THROWS_WITH(b.attention(x.view(), pages.span(), plan, {2, 1, 130}, x.view(), sums.view()),
                    Catch::Matchers::ContainsSubstring("at most 128"));
  CHECK_THROWS_WITH(b.attention(x.view(), pages.span(), plan, {130, 1, 2}, x.view(), sums.view()),
                    Catch::Matchers::ContainsSubstring("1 to 64 query heads"));
  std::vector<float> logits(100, 1.0f);
  logits[7] = std::numeric_limits<float>::quiet_NaN();
  Placed<CudaOnHost> const wrong(b, 1, 100, logits);
  Seed const seeds[] = {{1}};
  CHECK_THROWS_WITH(b.sample(wrong.view(), seeds, {0.7f, 0.9f, 1}), Catch::Matchers::ContainsSubstring("not finite"));
}
