/// The same model over EigenBackend and over XtensorBackend: the same tokens, and log-probabilities and gradients
/// within rounding.
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include "tiny_models.hpp"
#include <cmath>

using namespace srlm;

namespace {

/// Tokens that the smallest of the models knows.
Tokens random_tokens(std::uint64_t seed, std::size_t n) { return tiny::random_tokens(seed, n, 200); }

double norm_of_difference(std::vector<float> const& a, std::vector<float> const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
  }
  return std::sqrt(sum);
}

} // namespace

TEST_CASE("greedy and sampled answers are the same tokens over both backends") {
  auto eigen = OverEigen::make(2);
  auto xtensor = OverXtensor::make(2);
  for (char const* name : {"tiny_llama", "tiny_llama3", "tiny_mistral", "tiny_qwen2"}) {
    INFO(name);
    auto a = tiny::load(eigen, name);
    auto b = tiny::load(xtensor, name);
    Tokens const long_prompt = random_tokens(1, 90), short_prompt = random_tokens(2, 3);
    std::vector<GenerationRequest> requests;
    for (std::uint64_t i = 0; i < 8; ++i) {
      requests.push_back({i % 2 == 0 ? long_prompt : short_prompt, Seed{i}});
    }
    CHECK(a.generate(requests, {0.0f, 1.0f, 60}) == b.generate(requests, {0.0f, 1.0f, 60}));
    CHECK(a.generate(requests, {0.7f, 0.9f, 60}) == b.generate(requests, {0.7f, 0.9f, 60}));
  }
}

TEST_CASE("log-probabilities and gradients over shared prefixes agree between both backends") {
  auto eigen = OverEigen::make(2);
  auto xtensor = OverXtensor::make(2);
  for (char const* name : {"tiny_llama", "tiny_llama3", "tiny_mistral", "tiny_qwen2"}) {
    INFO(name);
    auto a = tiny::load(eigen, name);
    auto b = tiny::load(xtensor, name);
    Tokens const prompt = random_tokens(1, 70), chosen = random_tokens(2, 60), rejected = random_tokens(3, 20),
                 alone = random_tokens(4, 1);
    std::vector<SequenceView> const views = {{prompt, chosen}, {prompt, rejected}, {alone, chosen}};
    std::vector<float> const weights = {1.0f, -0.7f, 0.2f};
    auto tape_a = a.forward(views);
    auto tape_b = b.forward(views);
    for (std::size_t i = 0; i < views.size(); ++i) {
      auto const x = static_cast<double>(tape_a.log_probs()[i]), y = static_cast<double>(tape_b.log_probs()[i]);
      CHECK(std::abs(x - y) < tolerance::same_log_prob * std::abs(x));
    }
    a.backward(std::move(tape_a), weights);
    b.backward(std::move(tape_b), weights);
    for (auto const& t : a.tensors()) {
      INFO(t.name);
      auto const x = a.gradient(t);
      CHECK(norm_of_difference(x, b.gradient(t)) <
            tolerance::same_gradient * norm_of_difference(x, std::vector<float>(x.size())));
    }
  }
}
