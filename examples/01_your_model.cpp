/// The loop over a model of your own: six short members, nothing of its insides.
// prints: mean reward of M1: 0\.[0-9]+, of M6: [1-9][0-9]*\.[0-9]+
#include "your_model.hpp" // your model, untouched
#include <srlm/core.hpp>
#include <algorithm>
#include <cstdio>

struct Mine { // how your model does the six things
  mylib::Bigram& m;
  auto const& tokenizer() const { return m.alphabet; }
  auto generate(std::span<srlm::GenerationRequest const> x, srlm::Sampling const& s) { return m.write(x, s); }
  auto log_probs(std::span<srlm::SequenceView const> y) { return m.score(y); }
  auto forward(std::span<srlm::SequenceView const> y) { return m.run(y); }
  void backward(mylib::Bigram::Run run, std::span<float const> weight) { m.learn(std::move(run), weight); }
  auto parameters() { return m.weights(); }
};
static_assert(srlm::explain_policy<Mine>()); // one plain sentence for each missing piece

int main() {
  mylib::Bigram model;
  Mine policy{model};
  srlm::FixedPrompts prompts{{"Say a.", "Say more."}};
  srlm::FunctionJudge judge{[](srlm::Prompt const&, srlm::Response const& y) -> srlm::Score {
    return static_cast<float>(std::count(y.text.begin(), y.text.end(), 'a'));
  }};
  srlm::PreferenceTrainer dpo{srlm::DpoLoss{}, srlm::Sgd{20.0f}, {.epochs = 2}};
  std::vector<double> reward;
  srlm::SelfRewardingOptions const options{.iterations = 6, .prompts = 128, .sampling = {1.0f, 1.0f, 16}, .seed = {7}};
  srlm::self_rewarding(policy, prompts, judge, srlm::BestVersusWorst{}, dpo, options,
                       [&](srlm::PairsSelected const& e) { reward.push_back(e.mean_score); });
  std::printf("mean reward of M1: %.2f, of M%zu: %.2f\n", reward.front(), reward.size(), reward.back());
  return reward.back() > reward.front() ? 0 : 1;
}
