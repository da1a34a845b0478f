/// The built-in model with its products in bf16: near the one in f32, and exact where it promises to be.
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include "tiny_models.hpp"
#include <cmath>

using namespace srlm;

TEST_CASE("in bf16, scoring and training give the same bits, alone and beside others, and are near f32's") {
  auto in_f32 = OverEigen::make(2), in_bf16 = OverOneDnn::make(2), alone = OverOneDnn::make(1);
  for (char const* name : {"tiny_llama", "tiny_llama3", "tiny_mistral", "tiny_qwen2"}) {
    INFO(name);
    auto a = tiny::load(in_f32, name), b = tiny::load(in_bf16, name), c = tiny::load(alone, name);
    Tokens const prompt = tiny::random_tokens(1, 70, 200), chosen = tiny::random_tokens(2, 60, 200),
                 rejected = tiny::random_tokens(3, 20, 200);
    std::vector<SequenceView> const views = {{prompt, chosen}, {prompt, rejected}, {rejected, chosen}};
    std::vector<float> const weights = {1.0f, -0.7f, 0.2f}, wanted = a.log_probs(views), given = b.log_probs(views);
    auto tape_a = a.forward(views), tape_b = b.forward(views);
    bool rounds = false;
    for (std::size_t i = 0; i < views.size(); ++i) {
      CHECK(tape_b.log_probs()[i] == given[i]);
      CHECK(c.log_probs({&views[i], 1})[0] == given[i]);
      CHECK(given[i] == Catch::Approx(wanted[i]).epsilon(tolerance::bf16_log_prob));
      rounds = rounds || std::abs(given[i] - wanted[i]) > 1e-4f;
    }
    CHECK(rounds); // it is not f32 by mistake
    a.backward(std::move(tape_a), weights);
    b.backward(std::move(tape_b), weights);
    for (auto const& t : a.tensors()) {
      INFO(t.name);
      auto const x = a.gradient(t), y = b.gradient(t);
      double difference = 0, norm = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        difference += std::pow(static_cast<double>(x[i]) - static_cast<double>(y[i]), 2);
        norm += std::pow(static_cast<double>(x[i]), 2);
      }
      bool const cancels = t.name.ends_with("k_proj.bias");
      CHECK(std::sqrt(difference) <
            (cancels ? tolerance::bf16_key_bias_gradient : tolerance::bf16_gradient) * std::sqrt(norm));
    }
  }
}
