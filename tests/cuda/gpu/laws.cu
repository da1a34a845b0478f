/// CudaBackend on a GPU: it keeps every law, meets EigenBackend, and its products are right however their algorithm is
/// chosen. Exit code 77 with one line where there is no GPU.
#include "../against_eigen.hpp"
#include "../decode_case.hpp"
#include "../decoding_law.hpp"
#include <srlm/backend/cublaslt.cuh>
#include <srlm/testing/tensor_backend_laws.hpp>
#include <cstdio>
#include <optional>

namespace {

using namespace srlm;
namespace laws = srlm::testing;

int failures = 0;

void report(char const* what, std::vector<laws::Violation> const& broken) {
  std::printf("%s: %s\n%s", what, broken.empty() ? "kept" : "BROKEN", laws::text_of(broken).c_str());
  failures += broken.empty() ? 0 : 1;
}

template <class Check>
void check(char const* what, Check const& work) {
  laws::Findings findings(laws::tolerance::kernel);
  work(findings);
  report(what, std::move(findings).take());
}

CudaBackend on_gpu(cuda::ProductOptions const& options = {}) {
  return CudaBackend(std::make_shared<cuda::CublasltDevice>(0, options));
}

} // namespace

int main() {
  std::optional<CudaBackend> found;
  try {
    found.emplace(on_gpu());
  } catch (Error const& error) {
    std::printf("skipped: %s\n", error.what());
    return 77;
  }
  try {
    CudaBackend b = *found;
    report("every law", laws::tensor_backend_laws(b));
    for (AttentionShape const& shape : {AttentionShape{1, 1, 3}, AttentionShape{6, 2, 64}, AttentionShape{64, 1, 2}}) {
      check("a decoding step is the whole pass's row", [&](laws::Findings& f) { laws::decoding_law(b, shape, f); });
    }
    check("windows of decoding steps are one step at a time",
          [&](laws::Findings& f) { laws::decoding_window_law(b, f); });
    check("EigenBackend's attention and draws", [&](laws::Findings& f) {
      for (AttentionShape const& shape : against_eigen::attention_shapes) {
        f.expect_true("attention is EigenBackend's, forward and backward",
                      against_eigen::attention_difference(b, shape) < laws::tolerance::derivative);
      }
      for (Sampling const& s : against_eigen::samplings) {
        f.expect_true("draws are EigenBackend's", against_eigen::draws_the_same(b, s));
      }
      f.expect_true("draws of large vocabularies are EigenBackend's", against_eigen::draws_the_same_of_many(b));
    });
    check("products whose algorithm a clock chose", [](laws::Findings& f) {
      CudaBackend timed = on_gpu({.timed = true});
      laws::detail::product_laws(timed, f);
    });
    check("products without a workspace", [](laws::Findings& f) {
      CudaBackend small = on_gpu({.workspace_bytes = 256});
      laws::detail::product_laws(small, f);
    });
    CudaBf16Backend rounding(std::make_shared<cuda::CublasltDevice>(0));
    laws::Findings rounded(laws::tolerance::kernel * (0x1p-9 / laws::tolerance::product));
    laws::detail::product_laws(rounding, rounded);
    report("products of bf16", std::move(rounded).take());
    check("attention in bf16 is near EigenBackend's, forward and backward", [&](laws::Findings& f) {
      for (AttentionShape const& shape : against_eigen::attention_shapes) {
        f.expect_true("of all shapes", against_eigen::attention_distance(
                                           CudaBf16Backend(std::make_shared<cuda::CublasltDevice>(0)), shape) < 0x1p-7);
      }
    });
    std::printf("%zu shapes of products\n", b.device().products().shapes());
  } catch (Error const& error) {
    std::printf("BROKEN: %s\n", error.what());
    ++failures;
  }
  return failures == 0 ? 0 : 1;
}
