/// The built-in model, rewarded by a judge of your own: any class with score() is one.
///   example_02_your_judge [MODEL]     MODEL: a GGUF file or a Hugging Face folder; without it a tiny model
// prints: mean score of M1: [0-9.]+, of M4: [0-9.]+
// prints: "Where is the key\?" M4: Please look in .*
#include "tiny_model.hpp"
#include <srlm/srlm.hpp>
#include <algorithm>
#include <cstdio>

/// A house style of three points. It ignores the policy (a judge that asks it rewards itself) and the seed.
class HouseStyle {
 public:
  template <class P>
  void score(P&, std::span<srlm::JudgedGroup> groups, srlm::Seed) {
    for (srlm::JudgedGroup& group : groups) { // a prompt and its N candidates
      group.scores.clear();
      for (srlm::Response const& y : group.responses) {
        group.scores.push_back(points(y)); // one a response; std::nullopt where there is no verdict
      }
    }
  }

 private:
  static srlm::Score points(srlm::Response const& y) {
    if (!y.finished) {
      return std::nullopt; // cut off by the length limit: no opinion, which is not the same as 0
    }
    bool const polite = y.text.starts_with("Please"), ends = y.text.ends_with("."), short_enough = y.text.size() < 60;
    return static_cast<float>(polite + ends + short_enough);
  }
};
// Where a judge is one function, srlm::FunctionJudge{[](srlm::Prompt const& x, srlm::Response const& y) { ... }} is it.

int main(int argc, char** argv) {
  srlm::EigenBackend backend;
  auto model = argc > 1 ? srlm::load_model(backend, argv[1]) : tiny::model(backend);
  static_assert(srlm::explain_judge<HouseStyle, decltype(model)>());

  srlm::FixedPrompts prompts{tiny::questions()};
  HouseStyle judge;
  srlm::AdamWOptions const rates{.schedule = {srlm::Schedule::Shape::constant, 2e-3}};
  srlm::PreferenceTrainer dpo{srlm::DpoLoss{}, srlm::AdamW(backend, rates), {.epochs = 2, .batch = 4}};
  std::vector<double> score;
  srlm::SelfRewardingOptions const options{.iterations = 4, .prompts = 16, .sampling = {1.0f, 1.0f, 24}, .seed = {7}};
  srlm::self_rewarding(model, prompts, judge, srlm::BestVersusWorst{}, dpo, options,
                       [&](srlm::PairsSelected const& e) { score.push_back(e.mean_score); });

  srlm::Tokens const x = model.tokenizer().encode_prompt(tiny::questions()[0]);
  srlm::Tokens const y = model.generate(std::vector{srlm::GenerationRequest{x, {}}}, {0, 1, 24})[0];
  std::printf("mean score of M1: %.2f, of M%zu: %.2f\n", score.front(), score.size(), score.back());
  std::printf("\"%s\" M%zu: %s\n", tiny::questions()[0].c_str(), score.size() + 1, model.tokenizer().decode(y).c_str());
  return score.back() > score.front() ? 0 : 1;
}
