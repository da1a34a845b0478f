/// What the tensor policies promise beyond the laws: the same bits for every batch and every number of threads, and a
/// message for what cannot be.
#include "host_matrix.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include <limits>

using namespace srlm;

TEMPLATE_LIST_TEST_CASE("matrices that do not fit, or are both transposed, are refused", "", Backends) {
  TestType backend(1);
  Host a(3, 4, 1), b(4, 5, 2), c(3, 5, 3), square(4, 4, 4);
  auto const product = [&](Host& x, Op op_x, Host& y, Op op_y, Host& z) {
    backend.matmul(1, x.view<TestType>(), op_x, y.view<TestType>(), op_y, 0, z.view<TestType>());
  };
  CHECK_NOTHROW(product(a, Op::none, b, Op::none, c));
  CHECK_THROWS_AS(product(a, Op::transpose, b, Op::none, c), Error);
  CHECK_THROWS_AS(product(a, Op::none, b, Op::transpose, c), Error);
  CHECK_THROWS_AS(product(a, Op::none, b, Op::none, square), Error);
  CHECK_THROWS_AS(product(square, Op::transpose, square, Op::transpose, square), Error);
}

TEMPLATE_LIST_TEST_CASE("a row of a product has the same bits whatever other rows there are, on one thread or two", "",
                        Backends) {
  TestType one(1), two(2);
  for (std::size_t n : {12u, 96u, 300u, 1024u}) {
    Host a(70, 700, 1), weights(n, 700, 2), turned(700, n, 4);
    Host all(70, n, 3), single(1, n, 3), some(5, n, 3);
    for (Op op : {Op::transpose, Op::none}) {
      MatrixView<TestType> const b =
          op == Op::transpose ? weights.template view<TestType>() : turned.template view<TestType>();
      two.matmul(1, a.template view<TestType>(), Op::none, b, op, 0, all.template view<TestType>());
      for (std::size_t r : {0u, 13u, 69u}) {
        one.matmul(1, rows_of(a.template view<TestType>(), r, 1), Op::none, b, op, 0, single.template view<TestType>());
        CHECK(
            std::equal(single.data.begin(), single.data.end(), all.data.begin() + static_cast<std::ptrdiff_t>(r * n)));
      }
      one.matmul(1, rows_of(a.template view<TestType>(), 60, 5), Op::none, b, op, 0, some.template view<TestType>());
      CHECK(std::equal(some.data.begin(), some.data.end(), all.data.begin() + static_cast<std::ptrdiff_t>(60 * n)));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("logits that are not numbers are an error", "", Backends) {
  TestType backend(1);
  Host logits(1, 100, 7);
  Seed const seeds[] = {{1}};
  logits.data[7] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(backend.sample(logits.template view<TestType>(), seeds, {0.7f, 0.9f, 1}),
                    Catch::Matchers::ContainsSubstring("not finite"));
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
