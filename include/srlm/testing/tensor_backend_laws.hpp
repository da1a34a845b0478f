/// The semantic half of TensorBackend and its rungs, executed: every operation on odd shapes against its formula in
/// double. An empty result: your backend keeps every law that the model and the optimizer rely on.
#pragma once
#include <srlm/testing/tensor_attention_laws.hpp>
#include <srlm/testing/tensor_head_laws.hpp>
#include <srlm/testing/tensor_memory_laws.hpp>
#include <srlm/testing/tensor_product_laws.hpp>
#include <srlm/testing/tensor_row_laws.hpp>

namespace srlm::testing {

/// Upload, download, spans and buffers.
template <MemoryBackend B>
std::vector<Violation> memory_backend_laws(B& backend) {
  Findings findings(0);
  detail::memory_laws(backend, random_numbers(1000, 1), findings);
  std::vector<std::int32_t> ids(1000);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ids[i] = static_cast<std::int32_t>(Seed{2}.fork(i).value); // any bits
  }
  detail::memory_laws(backend, ids, findings);
  return std::move(findings).take();
}

/// The memory's laws first: where they are broken nothing else is tried. tolerance: how far an element-wise operation
/// on numbers of size 1 may be from its formula; the other operations have theirs in proportion
/// (tensor_tolerances.hpp). The default is f32's.
template <UpdateBackend B>
std::vector<Violation> update_backend_laws(B& backend, double tolerance = tolerance::kernel) {
  if (auto violations = memory_backend_laws(backend); !violations.empty()) {
    return violations;
  }
  Findings findings(tolerance);
  detail::update_laws(backend, findings);
  return std::move(findings).take();
}

/// The same for all operations of the model.
template <TensorBackend B>
std::vector<Violation> tensor_backend_laws(B& backend, double tolerance = tolerance::kernel) {
  if (auto violations = memory_backend_laws(backend); !violations.empty()) {
    return violations;
  }
  Findings findings(tolerance);
  detail::update_laws(backend, findings);
  detail::product_laws(backend, findings);
  detail::row_laws(backend, findings);
  detail::head_laws(backend, findings);
  detail::attention_laws(backend, findings);
  return std::move(findings).take();
}

} // namespace srlm::testing
