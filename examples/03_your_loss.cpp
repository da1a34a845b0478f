/// A preference loss of your own, in ten lines; the laws say whether its derivatives are right.
///   example_03_your_loss [MODEL]     MODEL: a GGUF file or a Hugging Face folder; without it a tiny model
// prints: 0 laws broken
// prints: first loss 1\.000, mean score of M1: 0\.[0-9]+, of M4: [01]\.[0-9]+
#include "tiny_model.hpp"
#include <srlm/srlm.hpp>
#include <srlm/testing/loss_laws.hpp>
#include <cstdio>

/// (1 - x)^2 where the margin x falls short of 1, else 0. It sees four log-probabilities in nats, never a logit.
struct SquaredHingeLoss {
  double beta = 0.1;

  srlm::PairLoss operator()(srlm::PairLogProbs const& p) const {
    double const x = beta * ((p.chosen - p.reference_chosen) - (p.rejected - p.reference_rejected));
    double const missing = std::max(0.0, 1 - x);
    return {missing * missing, -2 * beta * missing, 2 * beta * missing}; // value, d / d chosen, d / d rejected
  }
};
static_assert(srlm::explain_loss<SquaredHingeLoss>());

int main(int argc, char** argv) {
  srlm::PairLogProbs const points[] = {{-3, -4, -3, -4}, {-9, -2, -5, -6}, {-1, -30, -20, -8}};
  auto const broken = srlm::testing::loss_laws(SquaredHingeLoss{}, points); // a line for each law that does not hold
  for (auto const& [law, error] : broken) {
    std::printf("broken: %s (by %g)\n", law.c_str(), error);
  }
  std::printf("%zu laws broken\n", broken.size());

  srlm::EigenBackend backend;
  auto model = argc > 1 ? srlm::load_model(backend, argv[1]) : tiny::model(backend);
  srlm::FunctionJudge judge{[](srlm::Prompt const&, srlm::Response const& y) -> srlm::Score {
    return y.text.find("look") != std::string::npos ? 1.0f : 0.0f;
  }};
  srlm::FixedPrompts prompts{tiny::questions()};
  srlm::AdamWOptions const rates{.schedule = {.rate = 2e-4}};
  srlm::PreferenceTrainer train{SquaredHingeLoss{}, srlm::AdamW(backend, rates), {.epochs = 4}};
  std::vector<double> score, loss;
  srlm::self_rewarding(
      model, prompts, judge, srlm::BestVersusWorst{}, train,
      {.iterations = 4, .prompts = 64, .sampling = {1.0f, 1.0f, 24}, .seed = {7}},
      [&](srlm::PairsSelected const& e) { score.push_back(e.mean_score); },
      [&](srlm::StepTaken const& e) { loss.push_back(e.loss); });
  std::printf("first loss %.3f, mean score of M1: %.2f, of M%zu: %.2f\n", loss.front(), score.front(), score.size(),
              score.back());
  return broken.empty() && score.back() > score.front() + 0.2 ? 0 : 1;
}
