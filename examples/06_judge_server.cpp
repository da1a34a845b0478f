/// A judge elsewhere: any OpenAI-compatible server (vLLM, llama.cpp's, Ollama, ...) is asked for the verdicts.
///   example_06_judge_server URL [MODEL]     MODEL: a GGUF file or a Hugging Face folder; without it a tiny model
///   python3 judge_server.py example_06_judge_server     where no server is at hand
// needs: srlm::remote
// runs under: judge_server.py
// prints: turn 1: mean score [23]\.[0-9]+, [0-9]+ of 768 verdicts usable
// prints: turn 4: mean score [345]\.[0-9]+, [0-9]+ of 768 verdicts usable
#include "tiny_model.hpp"
#include <srlm/judge/remote_judge.hpp>
#include <srlm/srlm.hpp>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s URL [MODEL]\n", argv[0]);
    return 2;
  }
  srlm::EigenBackend backend;
  auto model = argc > 2 ? srlm::load_model(backend, argv[2]) : tiny::model(backend);

  srlm::RemoteJudge judge{srlm::AdditiveRubric{},
                          {.server = {.base_url = argv[1], .model = "judge"}, // .api_key_env = "JUDGE_KEY"
                           .votes = 3}};
  srlm::FixedPrompts prompts{tiny::questions()};
  srlm::AdamWOptions const rates{.schedule = {.rate = 2e-4}};
  srlm::PreferenceTrainer dpo{srlm::DpoLoss{}, srlm::AdamW(backend, rates), {.epochs = 4}};
  std::vector<double> score;
  srlm::self_rewarding(model, prompts, judge, srlm::BestVersusWorst{}, dpo,
                       {.iterations = 4, .prompts = 64, .sampling = {1.0f, 1.0f, 24}, .seed = {7}},
                       [&](srlm::PairsSelected const& e) {
                         std::printf("turn %d: mean score %.2f, %zu of %zu verdicts usable\n", e.t, e.mean_score,
                                     e.usable_verdicts, e.verdicts);
                         score.push_back(e.mean_score);
                       });
  return score.back() > score.front() + 0.3 ? 0 : 1;
}
