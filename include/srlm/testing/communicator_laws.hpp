/// The semantic half of Communicator, executed by every rank at once.
#pragma once
#include <srlm/concepts/communicator.hpp>
#include <srlm/concepts/tensor_backend.hpp>
#include <srlm/testing/violation.hpp>

namespace srlm::testing {

/// Every rank calls it, with a backend of its own.
template <MemoryBackend B, Communicator<B> C>
std::vector<Violation> communicator_laws(C& ranks, B& backend) {
  Findings findings;
  int const rank = ranks.rank(), size = ranks.size();
  findings.expect_true("rank() is 0 to size() - 1", rank >= 0 && rank < size);

  std::vector<float> values{1.0f, static_cast<float>(rank), static_cast<float>(rank * rank)};
  auto memory = backend.template allocate<float>(values.size());
  backend.upload(std::span<float const>(values), memory.span());
  ranks.all_reduce_sum(memory.span());
  backend.download(memory.span(), std::span<float>(values));
  float ones = 0, firsts = 0, squares = 0;
  for (int r = 0; r < size; ++r) {
    ones += 1.0f;
    firsts += static_cast<float>(r);
    squares += static_cast<float>(r * r);
  }
  findings.expect_true("all_reduce_sum() puts the sum over all ranks in place",
                       values == std::vector<float>{ones, firsts, squares});

  std::vector<std::byte> const own(static_cast<std::size_t>(rank) + 1, static_cast<std::byte>(rank));
  std::vector<std::vector<std::byte>> const all = ranks.all_gather(own);
  bool right = all.size() == static_cast<std::size_t>(size);
  for (std::size_t r = 0; right && r < all.size(); ++r) {
    right = all[r] == std::vector<std::byte>(r + 1, static_cast<std::byte>(r));
  }
  findings.expect_true("all_gather() gives every rank's bytes, of any length, by rank", right);
  return std::move(findings).take();
}

} // namespace srlm::testing
