/// Every tensor policy keeps the laws: each operation is its formula in double, on odd shapes.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/violations.hpp"
#include <srlm/testing/tensor_backend_laws.hpp>

TEMPLATE_LIST_TEST_CASE("a tensor policy keeps the laws, on one thread and on two", "", Backends) {
  for (int threads : {1, 2}) {
    TestType backend(threads);
    CHECK(text_of(srlm::testing::tensor_backend_laws(backend, law_tolerance<TestType>)) == "");
  }
}
