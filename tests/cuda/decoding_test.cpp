/// The CUDA policy writes several tokens between two looks of the host: the answers are those of one token at a time.
#include "decode_model.hpp"
#include "host_device.hpp"
#include "reference.hpp"
#include "support/catch.hpp"
#include <srlm/concepts/decoding_backend.hpp>

using namespace srlm;

static_assert(DecodingBackend<CudaOnHost>);

namespace {

struct Run {
  std::vector<Tokens> answers;
  std::size_t looks, captures, replays;
};

Run run(std::size_t end_tokens, model::GenerationLimits const& limits, std::uint64_t order = 1) {
  auto const device = std::make_shared<HostDevice>(order);
  auto answers = decode_model::answers(CudaOnHost(device), end_tokens, limits);
  return {std::move(answers), device->looks, device->captures, device->replays};
}

} // namespace

TEST_CASE("answers written in windows are EigenBackend's, and those of one token at a time") {
  for (std::size_t end_tokens : {0u, 3u}) {
    INFO(end_tokens << " tokens end an answer");
    auto const by_eigen = answers_by_eigen(end_tokens);
    Run const at_once = run(end_tokens, {}), one_by_one = run(end_tokens, {.window = 0});
    CHECK(at_once.answers == by_eigen);
    CHECK(one_by_one.answers == by_eigen);
    CHECK(one_by_one.captures == 0);
    CHECK(at_once.looks < one_by_one.looks);
  }
}
