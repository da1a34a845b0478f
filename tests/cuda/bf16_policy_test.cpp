/// The CUDA policy with products of bf16, its kernels run thread by thread on the CPU.
#include "against_eigen.hpp"
#include "bias_case.hpp"
#include "decode_model.hpp"
#include "host_device.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include "support/violations.hpp"
#include <srlm/backend/any_backend.hpp>
#include <srlm/backend/cuda_bf16.cuh>
#include <srlm/core/float16.hpp>
#include <srlm/testing/tensor_attention_laws.hpp>
#include <srlm/testing/tensor_head_laws.hpp>
#include <srlm/testing/tensor_memory_laws.hpp>
#include <srlm/testing/tensor_product_laws.hpp>
#include <srlm/testing/tensor_row_laws.hpp>
#include <bit>
#include <map>

using namespace srlm;
using kernels::BFloat16;
using srlm::testing::Placed;

namespace {

using Bf16OnHost = BasicCudaBf16Backend<HostDevice>;
static_assert(TensorBackend<Bf16OnHost> && DecodingBackend<Bf16OnHost>);

Bf16OnHost on_host(cuda::Bf16Options const& options = {}) {
  return Bf16OnHost(std::make_shared<HostDevice>(), options);
}

float rounded(float x) { return bfloat16_to_float(float_to_bfloat16(x)); }

/// One number, as a product rounds it when it is a weight.
float as_weight(Bf16OnHost& b, float x) {
  Placed<Bf16OnHost> const weight(b, 1, 1, std::vector<float>{x}), one(b, 1, 1, std::vector<float>{1.0f}),
      c(b, 1, 1, 1);
  b.matmul(1.0f, one.view(), Op::none, weight.view(), Op::transpose, 0.0f, c.view());
  return c.floats().front();
}

} // namespace

TEST_CASE("bf16 as an element is the core's, and its roundings by chance have the number as their mean") {
  std::vector<float> numbers = srlm::testing::random_numbers(1000, 1);
  for (std::uint32_t bits : {0x00000000u, 0x80000000u, 0x3f808000u, 0x3f818000u, 0x7f7fffffu, 0x7f800000u, 0xff800000u,
                             0x7f800001u, 0x7fc00000u, 0x00000001u, 0x00008000u, 0xbf80ffffu}) {
    numbers.push_back(std::bit_cast<float>(bits));
  }
  for (float x : numbers) {
    CHECK(BFloat16(x).bits == float_to_bfloat16(x));
    float const back = static_cast<float>(BFloat16(x)), wanted = rounded(x);
    CHECK(std::bit_cast<std::uint32_t>(back) == std::bit_cast<std::uint32_t>(wanted));
  }
  for (float x : {1.0f + 0x1p-9f, -3.0f - 0x3p-9f, 1e-20f, 0x1.fep127f}) {
    INFO(x);
    constexpr int draws = 20000;
    double sum = 0;
    bool near = true;
    for (int i = 0; i < draws; ++i) {
      std::uint32_t const random = kernels::random_bits(7, static_cast<std::uint64_t>(i));
      BFloat16 y;
      y.bits = BFloat16::by_chance(x, random);
      sum += static_cast<double>(static_cast<float>(y)) / static_cast<double>(x);
      near = near && std::abs(static_cast<float>(y) / x - 1.0f) < 0x1p-7f;
    }
    CHECK(near); // one of the two neighbours
    CHECK(std::abs(sum / draws - 1.0) < 5 * 0x1p-8 / std::sqrt(draws));
  }
  float const infinity = std::numeric_limits<float>::infinity();
  CHECK(BFloat16::by_chance(infinity, 0xffff) == float_to_bfloat16(infinity));
  CHECK(BFloat16::by_chance(1.5f, 0xffff) == float_to_bfloat16(1.5f)); // what bf16 has stays
}

TEST_CASE("rows are rounded in pairs, and what lies behind an odd one is 0") {
  HostDevice device;
  for (unsigned cols : {1u, 2u, 7u, 70u}) {
    std::size_t const stride = (cols + 9) / 8 * 8, from_stride = cols + 3;
    auto const x = srlm::testing::random_numbers(3 * from_stride, cols);
    std::vector<BFloat16> to(3 * stride);
    device.launch("round_rows", kernels::round_rows<false>, {3, 2, 32, 0},
                  kernels::Rows<float const>{x.data(), from_stride}, kernels::Rows<BFloat16>{to.data(), stride}, cols,
                  std::uint64_t{0});
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < (cols + 1) / 2 * 2; ++c) {
        CHECK(to[r * stride + c].bits == (c < cols ? float_to_bfloat16(x[r * from_stride + c]) : 0));
      }
    }
  }
}

TEST_CASE("the CUDA policy in bf16 keeps the laws within its tolerance") {
  Bf16OnHost b = on_host();
  srlm::testing::Findings findings(tolerance::bf16_kernel);
  srlm::testing::detail::product_laws(b, findings);
  CHECK(srlm::testing::text_of(std::move(findings).take()) == "");
  srlm::testing::Findings exact(tolerance::kernel); // everything else but attention is f32
  srlm::testing::detail::memory_laws(b, srlm::testing::random_numbers(1000, 1), exact);
  srlm::testing::detail::update_laws(b, exact);
  srlm::testing::detail::row_laws(b, exact);
  srlm::testing::detail::log_prob_laws(b, 131, 5, exact);
  CHECK(srlm::testing::text_of(std::move(exact).take()) == "");
  AnyBackend any(on_host());
  srlm::testing::Findings chosen(tolerance::bf16_kernel);
  srlm::testing::detail::product_law(any, {5, 33, 7}, Op::none, Op::transpose, 1.0f, chosen);
  CHECK(srlm::testing::text_of(std::move(chosen).take()) == "");
}

TEST_CASE("attention on tensor cores is near EigenBackend's, forward and backward, over forks and groups of heads") {
  for (AttentionShape const& shape : {AttentionShape{3, 1, 64}, AttentionShape{1, 1, 128}, AttentionShape{2, 2, 34}}) {
    INFO("heads " << shape.heads << " / " << shape.kv_heads << " of " << shape.head_dim);
    double const distance = against_eigen::attention_distance(on_host(), shape);
    CHECK(distance < tolerance::bf16_attention);
    CHECK(distance > 0x1p-14); // not f32 by mistake
  }
}

TEST_CASE(
    "a row of attention on tensor cores has the same bits whatever the batch, and no row is written but its own") {
  Bf16OnHost b = on_host();
  srlm::testing::Findings findings(tolerance::kernel * (tolerance::bf16_attention_entry / tolerance::attention));
  for (srlm::testing::AttentionCase const& c : srlm::testing::attention_cases()) {
    for (AttentionShape const& shape : {AttentionShape{2, 2, 3}, AttentionShape{2, 1, 70}}) {
      srlm::testing::detail::forward_laws(b, c, shape, findings);
    }
  }
  CHECK(srlm::testing::text_of(std::move(findings).take()) == "");
}

TEST_CASE("answers in bf16 are the same in windows and one token at a time") {
  std::vector<Tokens> const asked = {decode_model::prompts()[6], {6, 7}};
  auto const answers = [&](std::size_t window) {
    Bf16OnHost b = on_host();
    auto policy = decode_model::model(b, 0);
    policy.limits.window = window;
    return policy.generate(decode_model::requests(asked), {1.0f, 1.0f, 4});
  };
  auto const in_windows = answers(2);
  CHECK(in_windows == answers(0));
  CHECK(in_windows.front().size() == 4);
}

TEST_CASE("a product is the f32 policy's of factors rounded to bf16, added to what is there in f32") {
  Bf16OnHost b = on_host();
  CudaOnHost exact(std::make_shared<HostDevice>());
  for (auto const& [m, n, k] : {std::array<std::size_t, 3>{1, 1, 1}, {5, 9, 33}, {3, 70, 8}}) {
    for (auto const& [op_a, op_b] :
         {std::pair{Op::none, Op::none}, std::pair{Op::none, Op::transpose}, std::pair{Op::transpose, Op::none}}) {
      for (float beta : {0.0f, 1.0f, 0.3f}) {
        INFO(m << " x " << n << " x " << k << ", beta " << beta);
        auto round_all = [](std::vector<float> numbers) {
          for (float& x : numbers) {
            x = rounded(x);
          }
          return numbers;
        };
        auto const left = srlm::testing::random_numbers(m * k, 1), right = srlm::testing::random_numbers(k * n, 2),
                   was = srlm::testing::random_numbers(m * n, 3);
        auto const product = [&](auto& backend, std::vector<float> const& x, std::vector<float> const& y) {
          using B = std::remove_reference_t<decltype(backend)>;
          Placed<B> const a(backend, op_a == Op::none ? m : k, op_a == Op::none ? k : m, x),
              w(backend, op_b == Op::none ? k : n, op_b == Op::none ? n : k, y), c(backend, m, n, was);
          backend.matmul(0.5f, a.view(), op_a, w.view(), op_b, beta, c.view());
          return c.floats();
        };
        CHECK(product(b, left, right) == product(exact, round_all(left), round_all(right)));
      }
    }
  }
}

TEST_CASE("a bias is added in f32 with its product of bf16, or after it") {
  for (bool const at_once : {true, false}) {
    auto const device = std::make_shared<HostDevice>();
    device->adds_bias = at_once;
    Bf16OnHost b(device);
    CHECK(worst_bias(b, [](double x) { return static_cast<double>(rounded(static_cast<float>(x))); }) < 1e-6);
  }
}

TEST_CASE("a weight is rounded once, for both of its products, and anew after whoever writes it") {
  Bf16OnHost b = on_host();
  std::size_t const n = 4;
  Placed<Bf16OnHost> const weight(b, n, n, std::vector<float>(16, 1.0f)), x(b, n, n, std::vector<float>(16, 2.0f)),
      out(b, n, n, 1);
  auto const products = [&] {
    b.matmul(1.0f, x.view(), Op::none, weight.view(), Op::transpose, 0.0f, out.view());
    auto const forward = out.floats();
    b.matmul(1.0f, x.view(), Op::none, weight.view(), Op::none, 0.0f, out.view());
    return std::pair{forward, out.floats()};
  };
  auto const before = products();
  CHECK(b.rounded() == 1);
  products();
  CHECK(b.rounded() == 1);
  auto moments = b.allocate<float>(32);
  auto gradient = b.allocate<float>(16);
  std::vector<float> const ones(16, 1.0f);
  std::map<std::string, std::function<void()>> const writers = {
      {"upload", [&] { b.upload(std::span<float const>(ones), weight.numbers()); }},
      {"add", [&] { b.add(x.view(), weight.view()); }},
      {"matmul", [&] { b.matmul(1.0f, x.view(), Op::none, x.view(), Op::none, 1.0f, weight.view()); }},
      {"adamw",
       [&] {
         b.fill_zero(moments.span());
         b.upload(std::span<float const>(ones), gradient.span());
         b.adamw(weight.numbers(), gradient.span(), moments.span().subspan(0, 16), moments.span().subspan(16),
                 {0.5f, 0.9f, 0.99f, 1e-8f, 0, 1, 1});
       }},
      {"adamw of many", [&] {
         b.fill_zero(moments.span());
         b.upload(std::span<float const>(ones), gradient.span());
         Bf16OnHost::Tensor const tensor{weight.numbers().data(), moments.data(), moments.data() + 16, gradient.data(),
                                         16};
         b.adamw(std::span(&tensor, 1), {0.5f, 0.9f, 0.99f, 1e-8f, 0, 1, 1});
       }}};
  for (auto const& [name, write] : writers) {
    INFO(name);
    b.upload(std::span<float const>(std::vector<float>(16, 3.0f)), weight.numbers());
    auto const old = products();
    write();
    auto const changed = products();
    CHECK(changed.first != old.first);
    CHECK(changed.second != old.second);
  }
  b.fill_zero(weight.numbers());
  CHECK(products().first == std::vector<float>(16, 0.0f));
}

TEST_CASE("weights rounded by chance have the f32 weight as their mean, and the same seed gives the same ones") {
  float const x = 1.0f + 0x1p-9f; // a quarter of the way to the next number
  auto const draws = [&](std::uint64_t seed) {
    Bf16OnHost b = on_host({.by_chance = true, .seed = seed});
    std::vector<float> values;
    for (int i = 0; i < 400; ++i) {
      values.push_back(as_weight(b, x));
    }
    return values;
  };
  auto const once = draws(1);
  CHECK(once == draws(1));
  CHECK(once != draws(2));
  double sum = 0;
  for (float value : once) {
    CHECK((value == 1.0f || value == 1.0f + 0x1p-7f));
    sum += static_cast<double>(value);
  }
  CHECK(std::abs(sum / 400 - static_cast<double>(x)) < 4 * 0x1p-7 * std::sqrt(0.25 * 0.75 / 400));
  Bf16OnHost nearest = on_host();
  CHECK(as_weight(nearest, x) == 1.0f);
}
