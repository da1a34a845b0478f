/// The positive-only variant (appendix A.4 of the paper): answers with a perfect score are learned by supervised
/// fine-tuning; no pairs, no reference.
///   example_08_positive_only [MODEL]     MODEL: a GGUF file or a Hugging Face folder; without it a tiny model
// prints: turn 1: [0-9]+ perfect answers, mean score 3\.[0-9]+
// prints: turn 3: [0-9]+ perfect answers, mean score [45]\.[0-9]+
#include "tiny_model.hpp"
#include <srlm/positive_only.hpp>
#include <srlm/srlm.hpp>
#include <cstdio>

int main(int argc, char** argv) {
  srlm::EigenBackend backend;
  auto model = argc > 1 ? srlm::load_model(backend, argv[1]) : tiny::model(backend);

  srlm::FunctionJudge judge{[](srlm::Prompt const&, srlm::Response const& y) -> srlm::Score {
    return y.text.find("look") != std::string::npos && y.text.ends_with(".") ? 5.0f : 3.0f;
  }};
  srlm::FixedPrompts prompts{tiny::questions()};
  srlm::AdamWOptions const rates{.schedule = {.rate = 5e-4}};
  srlm::SupervisedTrainer sft{srlm::AdamW(backend, rates), {.epochs = 3, .batch = 8}};
  std::vector<srlm::SupervisedExample> const seeds; // IFT and EFT rows that the perfect answers join; none here
  std::vector<double> score;
  srlm::NoJournal journal;
  srlm::positive_only(model, prompts, judge, srlm::PositiveOnly{}, sft, seeds,
                      {.iterations = 3, .prompts = 64, .sampling = {1.0f, 1.0f, 24}, .seed = {7}}, journal,
                      [&](srlm::PairsSelected const& e) { // e.pairs: here the answers that were selected
                        std::printf("turn %d: %zu perfect answers, mean score %.2f\n", e.t, e.pairs, e.mean_score);
                        score.push_back(e.mean_score);
                      });
  return score.back() > score.front() + 0.5 ? 0 : 1;
}
