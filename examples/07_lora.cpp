/// The loop over low-rank adapters: the weights under them stay as they are, and are the reference.
///   example_07_lora [MODEL]     MODEL: a GGUF file or a Hugging Face folder; without it a tiny model
// prints: [0-9]+ of [0-9]+ numbers learn
// prints: first loss 0\.693, mean score of M1: 0\.[0-9]+, of M3: [01]\.[0-9]+
// prints: the adapter in lora_adapter, read into the model as it was: .*
// prints: merged: .*
#include "tiny_model.hpp"
#include <srlm/model/adapter_files.hpp>
#include <srlm/srlm.hpp>
#include <cstdio>

int main(int argc, char** argv) {
  srlm::EigenBackend backend;
  auto const load = [&] { return argc > 1 ? srlm::load_model(backend, argv[1]) : tiny::model(backend); };
  auto const answer = [](auto& model) {
    srlm::Tokens const x = model.tokenizer().encode_prompt(tiny::questions()[0]);
    return model.tokenizer().decode(model.generate(std::vector{srlm::GenerationRequest{x, {}}}, {0, 1, 24})[0]);
  };
  auto const size = [](auto& model) {
    std::size_t n = 0;
    for (auto const& parameter : model.parameters()) {
      n += parameter.value.size();
    }
    return n;
  };

  auto model = load();
  std::size_t const all = size(model);
  srlm::add_lora(model, {.rank = 4, .alpha = 8}, srlm::Seed{3});
  std::printf("%zu of %zu numbers learn\n", size(model), all);

  srlm::WithoutAdapters reference{model}; // the same weights, adapters switched off: no second model in memory
  srlm::FunctionJudge judge{[](srlm::Prompt const&, srlm::Response const& y) -> srlm::Score {
    return y.text.find("look") != std::string::npos ? 1.0f : 0.0f;
  }};
  srlm::FixedPrompts prompts{tiny::questions()};
  srlm::AdamWOptions const rates{.schedule = {.rate = 1e-3}};
  srlm::PreferenceTrainer dpo{
      srlm::DpoLoss{}, srlm::AdamW(backend, rates), {.epochs = 3, .batch = 8}, srlm::FixedReference{reference}};
  std::vector<double> score, loss;
  srlm::self_rewarding(
      model, prompts, judge, srlm::BestVersusWorst{}, dpo,
      {.iterations = 3, .prompts = 64, .sampling = {1.0f, 1.0f, 24}, .seed = {7}},
      [&](srlm::PairsSelected const& e) { score.push_back(e.mean_score); },
      [&](srlm::StepTaken const& e) { loss.push_back(e.loss); });
  std::printf("first loss %.3f, mean score of M1: %.2f, of M%zu: %.2f\n", loss.front(), score.front(), score.size(),
              score.back());

  srlm::save_adapter(model, "lora_adapter"); // PEFT's format
  auto again = load();
  srlm::load_adapter(again, "lora_adapter");
  std::string const learned = answer(model), read = answer(again);
  srlm::merge_lora(model); // W += scale B A: a model without adapters, for any use
  std::printf("the adapter in lora_adapter, read into the model as it was: %s\nmerged: %s\n", read.c_str(),
              answer(model).c_str());
  return score.back() > score.front() + 0.2 && read == learned && answer(model) == learned ? 0 : 1;
}
