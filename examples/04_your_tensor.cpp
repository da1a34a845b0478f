/// The built-in transformer over a tensor type of your own: the laws, then the same numbers as over EigenBackend.
// prints: 0 laws broken
// prints: log p of chosen +over mylib::Backend +(-[0-9.]+), over EigenBackend +-[0-9.]+
// prints: log p of rejected after DPO +over mylib::Backend +(-[0-9.]+), over EigenBackend +-[0-9.]+
#include "srlm/tiny_vocabulary.hpp"
#include "your_tensor.hpp" // your tensors, and a backend over them
#include <srlm/concepts/explain_tensor_backend.hpp>
#include <srlm/srlm.hpp>
#include <srlm/testing/tensor_backend_laws.hpp>
#include <cstdio>

static_assert(srlm::explain_tensor_backend<mylib::Backend>()); // one plain sentence for each missing piece

/// The built-in transformer over any backend, with random weights.
template <class B>
srlm::LanguageModel<B> small_model(B& backend) {
  srlm::text::Vocabulary const words = srlm::cli::tiny_vocabulary({"Say a word.", "Say more."}, 280);
  srlm::io::ModelConfig const config{.vocabulary = words.tokens.size(),
                                     .hidden = 16,
                                     .layers = 2,
                                     .heads = 4,
                                     .kv_heads = 2,
                                     .head_dim = 6,
                                     .intermediate = 40,
                                     .context = 256,
                                     .eos = {2}};
  srlm::LanguageModel<B> model(backend, config, srlm::text::Tokenizer(words));
  srlm::initialise(model, {1}, 0.3f);
  return model;
}

/// What a model says, and how likely it finds two answers before and after some steps of DPO from one to the other.
template <class B>
struct Outcome {
  std::vector<float> log_probs;
  std::vector<srlm::Tokens> said;

  explicit Outcome(B& backend) {
    auto model = small_model(backend);
    srlm::Prompt const x{"Say more.", model.tokenizer().encode_prompt("Say more.")};
    srlm::Response const y{"more", model.tokenizer().encode_response("more")},
        worse{"a word", model.tokenizer().encode_response("a word")};
    srlm::SequenceView const answers[] = {{x.tokens, y.tokens}, {x.tokens, worse.tokens}};
    srlm::GenerationRequest const requests[] = {{x.tokens, {1}}, {x.tokens, {2}}};
    log_probs = model.log_probs(answers);
    said = model.generate(requests, {.max_new_tokens = 20});

    std::vector<srlm::PreferencePair> pairs = {{x, y, worse}};
    srlm::AdamWOptions const adamw{.schedule = {.rate = 1e-2}};
    srlm::PreferenceTrainer dpo{srlm::DpoLoss{}, srlm::AdamW{backend, adamw}, {.epochs = 8}};
    dpo.record_reference(model, pairs);
    dpo.fit(model, pairs, {3});
    std::vector<float> const after = model.log_probs(answers);
    log_probs.insert(log_probs.end(), after.begin(), after.end());
  }
};

int main() {
  mylib::Backend mine;
  srlm::EigenBackend eigen;
  auto const broken = srlm::testing::tensor_backend_laws(mine); // every operation against its formula
  for (auto const& violation : broken) {
    std::printf("broken: %s\n", violation.law.c_str());
  }
  std::printf("%zu laws broken\n", broken.size());
  Outcome const a(mine);
  Outcome const b(eigen);
  char const* const names[] = {"chosen", "rejected", "chosen after DPO", "rejected after DPO"};
  bool same = a.said == b.said;
  for (std::size_t i = 0; i < 4; ++i) {
    same = same && std::abs(a.log_probs[i] - b.log_probs[i]) <= 1e-4f * std::abs(b.log_probs[i]);
    std::printf("log p of %-18s over mylib::Backend %9.4f, over EigenBackend %9.4f\n", names[i],
                static_cast<double>(a.log_probs[i]), static_cast<double>(b.log_probs[i]));
  }
  bool const learned = a.log_probs[2] - a.log_probs[3] > a.log_probs[0] - a.log_probs[1] + 1;
  return broken.empty() && same && learned ? 0 : 1;
}
