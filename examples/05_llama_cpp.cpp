/// Another inference engine in the loop: llama.cpp writes the answers, the built-in model scores them and learns.
///   example_05_llama_cpp [MODEL]     MODEL: a GGUF file or a Hugging Face folder; without it a tiny model
// needs: LlamaCpp::llama
// prints: before: 4 of 4 greedy answers are the built-in model's
// prints: mean score of M1: 0\.[0-9]+, of M4: [01]\.[0-9]+; weights loaded 4 times
// prints: after: 4 of 4 greedy answers are the built-in model's
#include "llama_cpp.hpp"
#include "tiny_model.hpp"
#include <srlm/srlm.hpp>
#include <cstdio>

int main(int argc, char** argv) {
  llama_log_set([](ggml_log_level, char const*, void*) {}, nullptr); // it tells much while it loads
  srlm::EigenBackend backend;
  auto model = argc > 1 ? srlm::load_model(backend, argv[1]) : tiny::model(backend);
  llama_cpp::Policy policy{model, {.gguf = "05_llama_cpp.gguf", .threads = 1}}; // more for a model that is not tiny
  static_assert(srlm::explain_policy<decltype(policy)>());

  auto const compare = [&](char const* when) {
    int equal = 0;
    for (std::string const& question : tiny::questions()) {
      srlm::Tokens const x = model.tokenizer().encode_prompt(question);
      std::vector const request{srlm::GenerationRequest{x, {}}};
      equal += policy.generate(request, {0, 1, 24}) == model.generate(request, {0, 1, 24});
    }
    std::printf("%s: %d of %zu greedy answers are the built-in model's\n", when, equal, tiny::questions().size());
  };
  compare("before");

  srlm::FunctionJudge judge{[](srlm::Prompt const&, srlm::Response const& y) -> srlm::Score {
    return y.text.find("look") != std::string::npos ? 1.0f : 0.0f;
  }};
  srlm::FixedPrompts prompts{tiny::questions()};
  srlm::AdamWOptions const rates{.schedule = {.rate = 2e-4}};
  srlm::PreferenceTrainer dpo{srlm::DpoLoss{}, srlm::AdamW(backend, rates), {.epochs = 4}};
  std::vector<double> score;
  srlm::self_rewarding(policy, prompts, judge, srlm::BestVersusWorst{}, dpo,
                       {.iterations = 4, .prompts = 64, .sampling = {1.0f, 1.0f, 24}, .seed = {7}},
                       [&](srlm::PairsSelected const& e) { score.push_back(e.mean_score); });
  std::printf("mean score of M1: %.2f, of M%zu: %.2f; weights loaded %d times\n", score.front(), score.size(),
              score.back(), policy.loads());
  compare("after");
  return score.back() > score.front() + 0.2 ? 0 : 1;
}
