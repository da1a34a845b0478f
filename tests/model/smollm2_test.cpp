/// SmolLM2-135M-Instruct against transformers in f32. The weights are not in the tree; without them the tests say so.
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include "tiny_models.hpp"
#include <srlm/backend/eigen.hpp>
#include <srlm/model/load.hpp>
#include <cmath>
#include <cstdlib>

using namespace srlm;

namespace {

char const* model_path() {
  char const* path = std::getenv("SRLM_TEST_MODEL");
  if (path == nullptr || *path == '\0') {
    WARN("skipped: SRLM_TEST_MODEL names no SmolLM2-135M-Instruct GGUF");
    return nullptr;
  }
  return path;
}

} // namespace

TEST_CASE("SmolLM2: template ids, logits, greedy answers and log-probabilities are transformers'") {
  char const* path = model_path();
  if (path == nullptr) {
    return;
  }
  EigenBackend backend;
  auto model = load_model(backend, path);
  auto const golden = io::read_json_file(tiny::folder("smollm2/golden.json"));
  std::vector<Tokens> prompts;
  std::vector<GenerationRequest> requests;
  for (auto const& p : golden.at("prompts")) {
    prompts.push_back(p.at("ids").get<Tokens>());
  }
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    auto const& p = golden.at("prompts")[i];
    INFO("prompt " << i);
    std::vector<text::Message> messages;
    for (auto const& m : p.at("messages")) {
      messages.push_back({m.at("role").get<std::string>(), m.at("content").get<std::string>()});
    }
    CHECK(model.tokenizer().encode_chat(messages, true) == prompts[i]);
    std::size_t const vocabulary = model.config().vocabulary;
    auto const logits = model.logits(prompts[i]);
    float const* const last = logits.data() + (prompts[i].size() - 1) * vocabulary;
    double worst = 0;
    auto const ids = p.at("logit_ids").get<std::vector<std::size_t>>();
    auto const values = p.at("logits").get<std::vector<double>>();
    for (std::size_t k = 0; k < ids.size(); ++k) {
      worst = std::max(worst, std::abs(static_cast<double>(last[ids[k]]) - values[k]));
    }
    CHECK(worst < tolerance::real_model_logits);
    requests.push_back({prompts[i], Seed{i}});
  }
  auto const answers = model.generate(requests, {0.0f, 1.0f, 64});
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    INFO("prompt " << i);
    CHECK(answers[i] == golden.at("prompts")[i].at("greedy").get<Tokens>());
  }
  for (auto const& c : golden.at("log_probs")) {
    auto const prompt = c.at("prompt").get<Tokens>(), response = c.at("response").get<Tokens>();
    SequenceView const view{prompt, response};
    double const expected = c.at("log_prob").get<double>();
    CHECK(std::abs(static_cast<double>(model.log_probs({&view, 1}).front()) - expected) <
          tolerance::sequence_log_prob * std::abs(expected));
  }
}
