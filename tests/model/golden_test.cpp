/// Llama, Mistral and Qwen2 against torch: logits, log-probabilities, gradients, greedy answers.
#include "golden_checks.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include "tiny_models.hpp"
#include <cmath>

using namespace srlm;

namespace {

std::vector<std::string> const names = {"tiny_llama", "tiny_llama3", "tiny_mistral", "tiny_qwen2"};

} // namespace

TEMPLATE_LIST_TEST_CASE("logits of every architecture are torch's within 1e-4", "", ModelBackends) {
  auto backend = TestType::make(2);
  for (std::string const& name : names) {
    INFO(name);
    auto model = tiny::load(backend, name);
    auto const golden = tiny::golden(name).at("logits");
    auto const logits = model.logits(golden.at("ids").get<Tokens>());
    std::size_t const vocabulary = model.config().vocabulary;
    double worst = 0;
    for (std::size_t i = 0; i < golden.at("rows").size(); ++i) {
      std::size_t const row = golden.at("rows")[i].get<std::size_t>();
      auto const values = golden.at("values")[i].get<std::vector<double>>();
      REQUIRE(values.size() == vocabulary);
      for (std::size_t v = 0; v < vocabulary; ++v) {
        worst = std::max(worst, std::abs(static_cast<double>(logits[row * vocabulary + v]) - values[v]));
      }
    }
    CHECK(worst < tolerance::logits);
  }
}

TEMPLATE_LIST_TEST_CASE("log-probabilities are torch's within 1e-5 relative, token by token within 1e-4", "",
                        ModelBackends) {
  auto backend = TestType::make(2);
  for (std::string const& name : names) {
    INFO(name);
    auto model = tiny::load(backend, name);
    auto const golden = tiny::golden(name);
    auto const sequences = tiny::sequences(golden);
    auto const sums = model.log_probs(tiny::views(sequences));
    auto const tokens = model.token_log_probs(tiny::views(sequences));
    for (std::size_t s = 0; s < sequences.size(); ++s) {
      CHECK(std::abs(static_cast<double>(sums[s]) - sequences[s].log_prob) <
            tolerance::sequence_log_prob * std::abs(sequences[s].log_prob));
      auto const expected = golden.at("sequences")[s].at("token_log_probs").get<std::vector<double>>();
      REQUIRE(tokens[s].size() == expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(std::abs(static_cast<double>(tokens[s][i]) - expected[i]) < tolerance::token_log_prob);
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE(
    "gradients of weighted log-probabilities are torch autograd's within 1e-4 of each tensor's norm", "",
    ModelBackends) {
  auto backend = TestType::make(2);
  for (std::string const& name : names) {
    auto model = tiny::load(backend, name);
    auto const golden = tiny::golden(name);
    auto const sequences = tiny::sequences(golden);
    auto const& gradient = golden.at("gradient");
    auto const weights = gradient.at("weights").get<std::vector<float>>();
    model.backward(model.forward(tiny::views(sequences)), weights);
    std::size_t checked = 0;
    for (auto const& tensor : model.tensors()) {
      INFO(name << " " << tensor.name);
      golden_checks::gradient(gradient.at("tensors").at(tensor.name), model.gradient(tensor));
      ++checked;
    }
    CHECK(checked == gradient.at("tensors").size());
  }
}

TEMPLATE_LIST_TEST_CASE("greedy answers are torch's", "", ModelBackends) {
  auto backend = TestType::make(2);
  for (std::string const& name : names) {
    INFO(name);
    auto model = tiny::load(backend, name);
    auto const golden = tiny::golden(name).at("greedy");
    auto const prompt = golden.at("prompt").get<Tokens>(), ids = golden.at("ids").get<Tokens>();
    GenerationRequest const request{prompt, Seed{1}};
    CHECK(model.generate({&request, 1}, {0.0f, 1.0f, static_cast<int>(ids.size())}).front() == ids);
  }
}
