/// The CUDA policy writes several tokens between two looks of the host: the answers are those of one token at a time.
#include "decode_model.hpp"
#include "decoding_law.hpp"
#include "host_device.hpp"
#include "reference.hpp"
#include "support/catch.hpp"
#include <srlm/backend/any_backend.hpp>

using namespace srlm;

static_assert(DecodingBackend<CudaOnHost>);
static_assert(DecodingBackend<AnyBackend>);

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
  for (std::size_t end_tokens : {0u, 3u}) { // all go to their limit; some end in the middle of a window
    INFO(end_tokens << " tokens end an answer");
    auto const by_eigen = answers_by_eigen(end_tokens);
    Run const at_once = run(end_tokens, {}), one_by_one = run(end_tokens, {.window = 0});
    CHECK(at_once.answers == by_eigen);
    CHECK(one_by_one.answers == by_eigen);
    CHECK(one_by_one.captures == 0);
    CHECK(one_by_one.replays == 0);
  }
}

TEST_CASE("the host looks once a window, and a step is recorded once for its sizes") {
  std::size_t const most = static_cast<std::size_t>(decode_model::sampling.max_new_tokens);
  Run const one_by_one = run(0, {.window = 0});
  CHECK(one_by_one.looks == most);
  for (std::size_t window : {5u, 16u, 100u}) {
    INFO("windows of " << window);
    Run const at_once = run(0, {.window = window});
    CHECK(at_once.answers == one_by_one.answers);
    CHECK(at_once.looks == 1 + (most - 1 + window - 1) / window); // the first token is drawn where prompts are read
    CHECK(at_once.captures == 1);
    CHECK(at_once.replays == most - 2); // all but the prompts' and the first step
  }
}

TEST_CASE("answers that wait enter where others have ended, and threads may run in any order") {
  auto const expected = answers_by_eigen(3);
  for (std::size_t places : {1u, 3u}) {
    INFO(places << " places");
    Run const few = run(3, {.answers = places, .prompt_rows = 80, .window = 6}, 70'000);
    CHECK(few.answers == expected);
    CHECK(few.captures >= 1); // waiting answers keep the places full, so few sizes occur
    CHECK(few.replays > 0);
  }
}

TEST_CASE("the last place of the context is not written past, and pages are given back") {
  // two prompts leave room for 8 tokens and for 1; the cache is as small as it may be
  std::vector<Tokens> const asked = {decode_model::prompts()[6], Tokens(decode_model::context - 1, 7),
                                     decode_model::prompts()[7]};
  auto const answers = [&](std::size_t window) {
    CudaOnHost b(std::make_shared<HostDevice>());
    auto policy = decode_model::model(b, 0);
    policy.limits = {.answers = 2, .prompt_rows = 8, .cache_bytes = 1, .window = window};
    return policy.generate(decode_model::requests(asked), decode_model::sampling);
  };
  auto const in_windows = answers(16);
  CHECK(in_windows == answers(0));
  REQUIRE(in_windows.size() == 3);
  CHECK(in_windows[0].size() == 8);
  CHECK(in_windows[1].size() == 1);
  CHECK(in_windows[2].size() == 21);
}

TEST_CASE("a policy chosen at run time writes in windows where what was chosen does") {
  auto const device = std::make_shared<HostDevice>();
  CHECK(decode_model::answers(AnyBackend(CudaOnHost(device)), 3) == answers_by_eigen(3));
  CHECK(device->replays > 0);
}

TEST_CASE("logits that are no numbers end a window with an error") {
  CudaOnHost b(std::make_shared<HostDevice>());
  auto policy = decode_model::model(b, 0);
  std::vector<Tokens> const asked = {{5}, {6}};
  auto const first = policy.generate(decode_model::requests(asked), {1.0f, 1.0f, 2}); // the second is drawn in a window
  auto const& embedding = policy.tensors().front();
  auto values = policy.tensor(embedding);
  REQUIRE(first[0][0] != 5);
  REQUIRE(first[0][0] != 6);
  policy.generate(decode_model::requests(asked), {1.0f, 1.0f, 1});
  auto const row = static_cast<std::ptrdiff_t>(first[0][0]) * 16;
  std::fill(values.begin() + row, values.begin() + row + 16, std::numeric_limits<float>::quiet_NaN());
  policy.set_tensor(embedding, values);
  CHECK_THROWS_WITH(policy.generate(decode_model::requests(asked), {1.0f, 1.0f, 2}),
                    Catch::Matchers::ContainsSubstring("logits that are not finite numbers"));
}

TEST_CASE("windows of decoding steps leave the tokens and the keys of one step at a time") {
  for (std::uint64_t order : {1u, 5000u}) {
    CudaOnHost b(std::make_shared<HostDevice>(order));
    srlm::testing::Findings findings;
    srlm::testing::decoding_window_law(b, findings);
    CHECK(srlm::testing::text_of(std::move(findings).take()) == "");
  }
}

TEST_CASE("rows of a decoding step are those of a bucket") {
  CHECK(cuda::decoding_bucket(1) == 1);
  CHECK(cuda::decoding_bucket(3) == 4);
  CHECK(cuda::decoding_bucket(32) == 32);
  CHECK(cuda::decoding_bucket(33) == 64);
  CHECK(cuda::decoding_bucket(65) == 96);
}
