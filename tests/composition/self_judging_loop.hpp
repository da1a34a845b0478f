/// The whole loop over a model of the user's that judges itself, for indirect_calls.py. As it stands it must cost
/// nothing; the macros plant what does, and the check must find it.
#include <srlm/data/best_versus_worst.hpp>
#include <srlm/data/fixed_prompts.hpp>
#include <srlm/data/top_k.hpp>
#include <srlm/judge/additive_rubric.hpp>
#include <srlm/judge/llm_judge.hpp>
#include <srlm/loss/ld_dpo.hpp>
#include <srlm/optim/sgd.hpp>
#include <srlm/self_rewarding.hpp>
#include <srlm/train/preference.hpp>
#if defined(PLANTED_ERASURE)
#include <any>
#include <functional>
#include <memory>
#endif

namespace stranger {

/// Its insides are elsewhere.
struct Model {
  struct Parameter {
    std::span<float> value, gradient;
  };
  struct Run {
    std::vector<float> sums;
    std::span<float const> log_probs() const { return sums; }
  };
  struct Letters {
    srlm::Tokens encode_prompt(std::string_view text) const;
    srlm::Tokens encode_response(std::string_view text) const;
    std::string decode(std::span<srlm::Token const> ids) const;
  };

  Letters const& tokenizer() const;
  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const> x, srlm::Sampling const& s);
#if defined(PLANTED_VIRTUAL)
  virtual std::vector<float> log_probs(std::span<srlm::SequenceView const> y);
#else
  std::vector<float> log_probs(std::span<srlm::SequenceView const> y);
#endif
  Run forward(std::span<srlm::SequenceView const> y);
  void backward(Run run, std::span<float const> weight);
  std::vector<Parameter> parameters();
};

void run(Model& model) {
  srlm::FixedPrompts prompts{{"Say a.", "Say more."}};
  srlm::LlmJudge judge{srlm::AdditiveRubric{}};
  srlm::PreferenceTrainer dpo{srlm::LdDpoLoss{}, srlm::Sgd{}, {.epochs = 2}};
  srlm::self_rewarding(model, prompts, judge, srlm::BestVersusWorst{}, dpo);
#if !defined(PLANTED_VIRTUAL) && !defined(PLANTED_ERASURE)
  srlm::self_rewarding(model, prompts, judge, srlm::TopK{}, dpo, {.candidates = 8});
#endif
}

#if defined(PLANTED_ERASURE)
struct Base {
  virtual ~Base() = default;
};
Base* base() { return new Base; }
int called(std::function<int(int)> const& f) { return f(1); }
std::any any() { return std::string("text"); }
std::shared_ptr<int const> shared() { return std::make_shared<int const>(1); }
#endif

} // namespace stranger
