/// The built-in model, rewarded by a judge of your own: any class with score() is one.
///   example_02_your_judge [MODEL]     MODEL: a GGUF file or a Hugging Face folder; without it a tiny model
// prints: mean score of M1: 1\.[0-9]+, of M4: [23]\.[0-9]+ of 3
#include "tiny_model.hpp"
#include <srlm/srlm.hpp>
#include <cstdio>

/// A house style: two points for a useful answer, one for a full stop. It ignores the policy, which a judge that is the
/// model would ask, and the seed.
class HouseStyle {
 public:
  template <class P>
  void score(P&, std::span<srlm::JudgedGroup> groups, srlm::Seed) {
    for (srlm::JudgedGroup& group : groups) { // a prompt and its N candidates
      group.scores.clear();
      for (srlm::Response const& y : group.responses) {
        group.scores.push_back(points(y)); // one a response
      }
    }
  }

 private:
  static srlm::Score points(srlm::Response const& y) {
    if (!y.finished) {
      return std::nullopt; // cut off by the length limit: no verdict, which is not the same as no points
    }
    bool const says_where_to_look = y.text.find("look") != std::string::npos;
    return 2.0f * says_where_to_look + y.text.ends_with(".");
  }
};
// One that is a function of prompt and response alone:  srlm::FunctionJudge{[](srlm::Prompt const& x,
// srlm::Response const& y) -> srlm::Score { ... }}

int main(int argc, char** argv) {
  srlm::EigenBackend backend;
  auto model = argc > 1 ? srlm::load_model(backend, argv[1]) : tiny::model(backend);

  HouseStyle judge;
  static_assert(srlm::explain_judge<HouseStyle, decltype(model)>()); // says in one sentence what is missing
  srlm::FixedPrompts prompts{tiny::questions()};
  srlm::AdamWOptions const rates{.schedule = {.rate = 2e-4}};
  srlm::PreferenceTrainer dpo{srlm::DpoLoss{}, srlm::AdamW(backend, rates), {.epochs = 4}};
  std::vector<double> score;
  srlm::self_rewarding(model, prompts, judge, srlm::BestVersusWorst{}, dpo,
                       {.iterations = 4, .prompts = 64, .sampling = {1.0f, 1.0f, 24}, .seed = {7}},
                       [&](srlm::PairsSelected const& e) { score.push_back(e.mean_score); });
  std::printf("mean score of M1: %.2f, of M%zu: %.2f of 3\n", score.front(), score.size(), score.back());
  return score.back() > score.front() + 0.5 ? 0 : 1;
}
