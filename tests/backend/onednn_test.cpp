/// OneDnnBackend beyond the laws: only products are bf16, and no packed weight outlives a change.
#include "host_matrix.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include <srlm/testing/tensor_backend_laws.hpp>
#include <functional>

using namespace srlm;

namespace {

using Matrix = MatrixView<OneDnnBackend>;

Matrix view(std::vector<float>& data, std::size_t rows, std::size_t cols) {
  return matrix<OneDnnBackend>(data, rows, cols);
}

/// All that this machine can do.
std::vector<Bf16By> ways() {
  std::vector<Bf16By> all = {Bf16By::kernels, Bf16By::nobody};
  if (onednn::multiplies_bf16()) {
    all.push_back(Bf16By::onednn);
  }
  return all;
}

/// The sum over all elements of [1, 16] ones times B^T, B [16, 16].
float product_with(OneDnnBackend& backend, std::span<float> b) {
  std::vector<float> ones(16, 1.0f), out(16);
  backend.matmul(1, view(ones, 1, 16), Op::none, {b, 16, 16, 16}, Op::transpose, 0, view(out, 1, 16));
  float sum = 0;
  for (float x : out) {
    sum += x;
  }
  return sum;
}

} // namespace

TEST_CASE("all operations but products are f32's") {
  for (Bf16By by : ways()) {
    OneDnnBackend backend(1, by);
    bool rounds = false;
    for (auto const& violation : testing::tensor_backend_laws(backend)) {
      INFO(violation.law);
      bool const product = violation.law.starts_with("matmul: C = alpha op(A) op(B)");
      CHECK((product || (by == Bf16By::kernels && violation.law.starts_with("attention"))));
      rounds = true;
    }
    CHECK(rounds == (backend.arithmetic() == "bf16"));
  }
}

TEST_CASE("whoever makes the products, a row has the same bits whatever other rows there are") {
  for (Bf16By by : ways()) {
    INFO("by " << static_cast<int>(by)); // 0: our own kernels
    OneDnnBackend one(1, by), two(2, by);
    for (auto const& [n, k] : {std::pair<std::size_t, std::size_t>{300, 700}, {96, 1536}}) {
      Host a(300, k, 1), weight(n, k, 2), all(300, n, 3), single(1, n, 4), some(40, n, 5);
      auto const of = [](Host& host) { return host.view<OneDnnBackend>(); };
      two.matmul(1, of(a), Op::none, of(weight), Op::transpose, 0, of(all));
      one.matmul(1, rows_of(of(a), 299, 1), Op::none, of(weight), Op::transpose, 0, of(single));
      CHECK(std::equal(single.data.begin(), single.data.end(), all.data.end() - static_cast<std::ptrdiff_t>(n)));
      one.matmul(1, rows_of(of(a), 100, 40), Op::none, of(weight), Op::transpose, 0, of(some));
      CHECK(std::equal(some.data.begin(), some.data.end(), all.data.begin() + static_cast<std::ptrdiff_t>(100 * n)));
    }
  }
}

TEST_CASE("whoever makes the products, they are those of factors rounded to bf16, added to what is there") {
  for (Bf16By by : ways()) {
    if (by == Bf16By::nobody) {
      continue;
    }
    OneDnnBackend backend(2, by);
    EigenBackend exact(1);
    for (auto const& [m, n, k] :
         {std::array<std::size_t, 3>{1, 1, 1}, {7, 65, 33}, {200, 70, 129}, {65, 130, 1100}, {33, 20, 2200}}) {
      for (auto const& [op_a, op_b] :
           {std::pair{Op::none, Op::none}, std::pair{Op::none, Op::transpose}, std::pair{Op::transpose, Op::none}}) {
        for (float beta : {0.0f, 1.0f, 0.3f}) {
          INFO(m << " x " << n << " x " << k << ", beta " << beta);
          Host a(op_a == Op::none ? m : k, op_a == Op::none ? k : m, 1, 3),
              b(op_b == Op::none ? k : n, op_b == Op::none ? n : k, 2, 1), c(m, n, 3, 2), wanted = c;
          backend.matmul(0.5f, a.view<OneDnnBackend>(), op_a, b.view<OneDnnBackend>(), op_b, beta,
                         c.view<OneDnnBackend>());
          for (Host* const factor : {&a, &b}) {
            for (float& x : factor->data) {
              x = bfloat16_to_float(float_to_bfloat16(x));
            }
          }
          exact.matmul(0.5f, a.view<EigenBackend>(), op_a, b.view<EigenBackend>(), op_b, beta,
                       wanted.view<EigenBackend>());
          double const permitted = tolerance::product * (1 + std::sqrt(static_cast<double>(k)));
          CHECK(testing::largest_difference(c.wide(), wanted.wide()) < permitted);
        }
      }
    }
  }
}

TEST_CASE("a product is that of its factors rounded to bf16, summed in f32") {
  OneDnnBackend backend(2);
  if (backend.arithmetic() != "bf16") {
    return;
  }
  std::vector<float> const numbers = {1.0f + 0x1p-7f, 1.0f + 0x1p-8f, 1.0f + 0x3p-8f, 1e30f, -3.0f};
  std::vector<float> const rounded = {1.0f + 0x1p-7f, 1.0f, 1.0f + 0x1p-6f, bfloat16_to_float(float_to_bfloat16(1e30f)),
                                      -3.0f,          0.0f};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::vector<float> a = {numbers[i]}, one = {1.0f}, c = {7.0f};
    backend.forget(one);
    backend.matmul(1, view(a, 1, 1), Op::none, view(one, 1, 1), Op::none, 0, view(c, 1, 1));
    CHECK(c[0] == rounded[i]);
  }
}

TEST_CASE("a weight that somebody writes is packed anew, whoever writes it") {
  OneDnnBackend backend(2);
  std::vector<float> w(16 * 16, 1.0f), twos(16 * 16, 2.0f), x(16, 2.0f), zero(16 * 16), other(16 * 16, 2.0f);
  std::vector<std::int32_t> ids(16), first(1);
  for (std::int32_t i = 0; i < 16; ++i) {
    ids[static_cast<std::size_t>(i)] = i;
  }
  Matrix const m = view(w, 16, 16);
  std::map<std::string, std::function<void()>> const writers = {
      {"upload", [&] { backend.upload(std::span<float const>(twos), std::span(w)); }},
      {"fill_zero", [&] { backend.fill_zero(std::span(w)); }},
      {"adamw",
       [&] {
         std::vector<float> moment(256), second(256), gradient(256, 1.0f);
         backend.adamw(w, gradient, moment, second, {0.5f, 0.9f, 0.99f, 1e-8f, 0, 1, 1});
       }},
      {"matmul", [&] { backend.matmul(1, view(twos, 16, 16), Op::none, view(other, 16, 16), Op::transpose, 0, m); }},
      {"gather_rows", [&] { backend.gather_rows(view(twos, 16, 16), ids, m); }},
      {"scatter_add_rows", [&] { backend.scatter_add_rows(view(twos, 16, 16), ids, m); }},
      {"add", [&] { backend.add(view(twos, 16, 16), m); }},
      {"add_to_rows", [&] { backend.add_to_rows(x, m); }},
      {"one row of it", [&] { backend.add(view(x, 1, 16), rows_of(m, 9, 1)); }},
      {"forget", [&] {
         w[5] = 9;
         backend.forget(std::span(w).subspan(5, 1));
       }}};
  for (auto const& [name, write] : writers) {
    INFO(name);
    std::vector<float> ones(256, 1.0f);
    backend.upload(std::span<float const>(ones), std::span(w));
    CHECK(product_with(backend, w) == 256);
    CHECK(product_with(backend, w) == 256); // the packed one
    write();
    float wanted = 0;
    for (float v : w) {
      wanted += v;
    }
    CHECK(wanted != 256);
    CHECK(product_with(backend, w) == Catch::Approx(wanted).epsilon(0.01));
  }
}

TEST_CASE("a part of a weight is a weight of its own, and a write to the whole is one to the part") {
  OneDnnBackend backend(1);
  std::vector<float> w(64 * 16, 1.0f), twos(64 * 16, 2.0f), left(16, 1.0f), out(64);
  auto const whole = [&] { // also what is packed of it, which begins before the part
    backend.matmul(1, view(left, 1, 16), Op::none, view(w, 64, 16), Op::transpose, 0, view(out, 1, 64));
    return out[63];
  };
  auto const part = std::span(w).subspan(32 * 16, 256), before = std::span(w).first(256);
  CHECK(whole() == 16);
  CHECK(product_with(backend, part) == 256);
  CHECK(product_with(backend, before) == 256);
  backend.upload(std::span<float const>(twos).first(256), part); // between two others that stay
  CHECK(whole() == 16);
  CHECK(out[32] == 32);
  CHECK(product_with(backend, part) == 512);
  CHECK(product_with(backend, before) == 256);
  backend.upload(std::span<float const>(twos), std::span(w));
  CHECK(whole() == 32);
  CHECK(product_with(backend, part) == 512);
  CHECK(product_with(backend, before) == 512);
}

TEST_CASE("oneDNN is refused where it would not keep a row's bits") {
  if (!onednn::multiplies_bf16()) {
    CHECK_THROWS_AS(OneDnnBackend(1, Bf16By::onednn), Error);
  }
}

TEST_CASE("no shape of a transformer falls back to oneDNN's plain loops") {
  if (!onednn::multiplies_bf16()) {
    return;
  }
  onednn::TileProducts products;
  for (std::int64_t m : {1, 8, 33, 256}) {
    for (std::int64_t n : {64, 192, 256}) {
      for (std::int64_t k : {32, 576, 1536}) {
        for (std::int64_t b_stride : {std::int64_t{0}, n}) {
          INFO(m << " x " << k << " x " << n);
          CHECK_FALSE(products.of({m, n, k, b_stride}).implementation().starts_with("ref"));
        }
      }
    }
  }
}
