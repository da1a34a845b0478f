/// What LanguageModel refuses, reports and brings back from files.
#include "support/catch.hpp"
#include "tiny_models.hpp"
#include <srlm/optim/adamw.hpp>
#include <unistd.h>
#include <cmath>
#include <filesystem>

using namespace srlm;
using tiny::random_tokens;

TEMPLATE_LIST_TEST_CASE("weights that the architecture has no place for are refused, not left out", "", ModelBackends) {
  auto backend = TestType::make(1);
  auto model = tiny::load(backend, "tiny_llama");
  std::vector<std::vector<float>> values;
  std::vector<io::TensorToWrite> stored;
  values.reserve(model.tensors().size() + 1);
  for (auto const& t : model.tensors()) {
    stored.push_back({t.name, t.shape, values.emplace_back(model.tensor(t))});
  }
  stored.push_back({"model.layers.0.self_attn.o_proj.bias", {4}, values.emplace_back(4, 100.0f)});
  auto const file = std::filesystem::temp_directory_path() / ("srlm_more_" + std::to_string(::getpid()));
  io::write_safetensors(file.string(), stored);
  CHECK_THROWS_WITH(model.load_checkpoint(file), Catch::Matchers::ContainsSubstring("o_proj.bias"));
  stored.back().name = "model.layers.0.self_attn.rotary_emb.inv_freq"; // what older files repeat
  io::write_safetensors(file.string(), stored);
  CHECK_NOTHROW(model.load_checkpoint(file));
  std::filesystem::remove(file);
}

TEMPLATE_LIST_TEST_CASE("a sliding window limits the positions in use, not what is written back as the model's context",
                        "", ModelBackends) {
  auto backend = TestType::make(1);
  io::ModelConfig config = io::read_hf_config(tiny::folder("tiny_llama"));
  config.sliding_window = 100;
  tiny::Model<AnyBackend> const model(backend, config, tiny::tokenizer(config.vocabulary));
  CHECK(model.context_length() == 100);
  CHECK(model.config().context == config.context);
}

TEMPLATE_LIST_TEST_CASE("a sampling that is none is refused", "", ModelBackends) {
  auto backend = TestType::make(1);
  auto model = tiny::load(backend, "tiny_llama");
  Tokens const prompt = {5, 6};
  GenerationRequest const request{prompt, Seed{1}};
  for (Sampling const sampling : {Sampling{-1.0f, 1.0f, 4}, Sampling{std::nanf(""), 1.0f, 4}, Sampling{1.0f, 0.0f, 4},
                                  Sampling{1.0f, std::nanf(""), 4}}) {
    CHECK_THROWS_AS(model.generate({&request, 1}, sampling), Error);
  }
}

TEMPLATE_LIST_TEST_CASE("an optimizer goes on from its checkpoint bit for bit, and refuses a damaged one", "",
                        ModelBackends) {
  auto backend = TestType::make(1);
  auto straight = tiny::load(backend, "tiny_llama"), resumed = tiny::load(backend, "tiny_llama");
  Tokens const prompt = random_tokens(1, 5), response = random_tokens(2, 9);
  SequenceView const view{prompt, response};
  auto const step = [&](auto& model, auto& adamw) {
    model.backward(model.forward({&view, 1}), std::vector<float>{-1.0f});
    return adamw.step(model);
  };
  AdamW first(backend), second(backend);
  first.begin(4);
  second.begin(4);
  step(straight, first);
  step(resumed, second);
  auto const file = std::filesystem::temp_directory_path() / ("srlm_adamw_" + std::to_string(::getpid()));
  second.save_checkpoint(file);
  AdamW third(backend);
  third.load_checkpoint(file);
  step(straight, first);
  step(resumed, third);
  for (auto const& t : straight.tensors()) {
    CHECK(straight.tensor(t) == resumed.tensor(t));
  }
  std::vector<float> const few(3);
  auto const damaged = [&](char const* second_name, char const* steps_done) {
    std::vector<io::TensorToWrite> const stored = {{"moment.0", {3}, few}, {second_name, {3}, few}};
    io::write_safetensors(file.string(), stored, io::DType::f32, {{"step", steps_done}, {"steps", "4"}});
  };
  damaged("moment.7", "1");
  CHECK_THROWS_WITH(third.load_checkpoint(file), Catch::Matchers::ContainsSubstring("moment.1"));
  damaged("moment.1", "one");
  CHECK_THROWS_WITH(third.load_checkpoint(file), Catch::Matchers::ContainsSubstring("step"));
  damaged("moment.1", "1");
  third.load_checkpoint(file);
  CHECK_THROWS_WITH(step(resumed, third), Catch::Matchers::ContainsSubstring("another size"));
  std::filesystem::remove(file);
}

TEMPLATE_LIST_TEST_CASE("a prompt longer than the context, an unknown token and an empty prompt are errors", "",
                        ModelBackends) {
  auto backend = TestType::make(1);
  auto model = tiny::load(backend, "tiny_llama");
  Tokens const too_long = random_tokens(1, 256), unknown = {5, 257}, fine = {5, 6}, none;
  for (Tokens const* prompt : {&too_long, &unknown, &none}) {
    GenerationRequest const request{*prompt, Seed{1}};
    CHECK_THROWS_AS(model.generate({&request, 1}, {}), Error);
    SequenceView const view{*prompt, fine};
    CHECK_THROWS_AS(model.log_probs({&view, 1}), Error);
  }
  Tokens const nearly = random_tokens(1, 255);
  GenerationRequest const request{nearly, Seed{1}};
  CHECK(model.generate({&request, 1}, {1.0f, 1.0f, 50}).front().size() == 1); // the context ends there
}

TEMPLATE_LIST_TEST_CASE(
    "who listens hears how many tokens are written and how many there may be, down to the last answer", "",
    ModelBackends) {
  auto backend = TestType::make(1);
  auto model = tiny::load(backend, "tiny_llama");
  Tokens const nearly = random_tokens(1, 250), other = random_tokens(4, 3); // the context of 256 cuts the first off
  std::vector<GenerationRequest> const requests = {{nearly, Seed{1}}, {other, Seed{2}}, {other, Seed{3}}};
  std::vector<GenerationAdvanced> heard;
  model.on_generation = [&](GenerationAdvanced const& e) { heard.push_back(e); };
  std::size_t written = 0;
  for (Tokens const& answer : model.generate(requests, {1.0f, 1.0f, 20})) {
    written += answer.size();
  }
  REQUIRE(heard.size() >= 18);
  for (std::size_t i = 1; i < heard.size(); ++i) {
    CHECK(heard[i].written >= heard[i - 1].written);
    CHECK(heard[i].at_most <= heard[i - 1].at_most);
  }
  CHECK(heard.front().at_most == 46);
  CHECK(heard.back().written == written);
  CHECK(heard.back().at_most == written);
}
