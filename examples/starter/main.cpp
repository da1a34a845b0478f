/// The loop over a model and a judge of your own.
#include "my_model.hpp"
#include <srlm/core.hpp>
#include <cstdio>
#include <string_view>
#include <vector>

/// What a good answer is: the number of its vowels.
srlm::Score my_judge(srlm::Prompt const&, srlm::Response const& answer) {
  float vowels = 0;
  for (char letter : answer.text) {
    vowels += std::string_view("aeiou").find(letter) != std::string_view::npos ? 1.0f : 0.0f;
  }
  return vowels;
}

int main() {
  MyModel model;
  srlm::FixedPrompts prompts{{"Say something.", "Sing."}};
  srlm::FunctionJudge judge{my_judge};
  srlm::PreferenceTrainer dpo{srlm::DpoLoss{}, srlm::Sgd{10.0f}, {.epochs = 1}};
  srlm::SelfRewardingOptions const options{.iterations = 4, .prompts = 64, .seed = {1}};

  std::vector<double> means;
  srlm::self_rewarding(model, prompts, judge, srlm::BestVersusWorst{}, dpo, options,
                       [&](srlm::PairsSelected const& event) {
                         means.push_back(event.mean_score);
                         std::printf("iteration %zu: mean score %.2f\n", means.size(), event.mean_score);
                       });
  return means.back() > means.front() ? 0 : 1;
}
