/// Low-rank adapters: PEFT's numbers, PEFT's files, what they leave alone, and what is refused.
#include "golden_checks.hpp"
#include "io/temporary_folder.hpp"
#include "support/catch.hpp"
#include "support/model_backends.hpp"
#include "support/tolerances.hpp"
#include "support/weights.hpp"
#include "tiny_models.hpp"
#include <srlm/loss/dpo.hpp>
#include <srlm/model/adapter_files.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/optim/adamw.hpp>
#include <srlm/testing/policy_laws.hpp>
#include <srlm/train/preference.hpp>
#include <cmath>

using namespace srlm;

namespace {

std::vector<std::string> const names = {"tiny_llama", "tiny_qwen2"};

template <class B>
tiny::Model<B> load_adapted(B& backend, std::string const& name) {
  auto model = tiny::load(backend, name);
  load_adapter(model, tiny::folder(name + "_lora"));
  return model;
}

std::string refusal(AnyBackend& backend, std::string const& name, std::string const& folder) {
  auto model = tiny::load(backend, name);
  auto const before = weights_of(model);
  std::string const message = message_of<Error>([&] { load_adapter(model, folder); });
  CHECK(!model.weights().adapters());
  CHECK(weights_of(model) == before);
  return message;
}

/// A copy of the fixture's adapter with one field of its configuration set.
std::string with_field(TemporaryFolder const& folder, std::string const& key, io::Json const& value) {
  std::filesystem::copy(tiny::folder("tiny_llama_lora"), folder / "adapter",
                        std::filesystem::copy_options::overwrite_existing | std::filesystem::copy_options::recursive);
  auto config = io::read_json_file(folder / "adapter/adapter_config.json");
  config[key] = value;
  write_text(folder / "adapter/adapter_config.json", config.dump());
  return folder / "adapter";
}

} // namespace

TEMPLATE_LIST_TEST_CASE(
    "an adapter that PEFT wrote gives torch's log-probabilities, and the model's own when switched off", "",
    ModelBackends) {
  auto backend = TestType::make(2);
  for (std::string const& name : names) {
    INFO(name);
    auto model = load_adapted(backend, name);
    auto const golden = tiny::golden(name + "_lora");
    auto const sequences = tiny::sequences(golden);
    auto const under = model.log_probs(tiny::views(sequences));
    WithoutAdapters reference(model);
    auto const off = reference.log_probs(tiny::views(sequences));
    auto plain = tiny::load(backend, name);
    CHECK(off == plain.log_probs(tiny::views(sequences)));
    for (std::size_t s = 0; s < sequences.size(); ++s) {
      CHECK(std::abs(static_cast<double>(under[s]) - sequences[s].log_prob) <
            tolerance::sequence_log_prob * std::abs(sequences[s].log_prob));
      double const base = golden.at("sequences")[s].at("base_log_prob").get<double>();
      CHECK(std::abs(static_cast<double>(off[s]) - base) < tolerance::sequence_log_prob * std::abs(base));
    }
    CHECK(model.log_probs(tiny::views(sequences)) == under); // switched on again
  }
}

TEMPLATE_LIST_TEST_CASE("an adapter's gradients are torch autograd's, and the weights under it have none", "",
                        ModelBackends) {
  auto backend = TestType::make(2);
  for (std::string const& name : names) {
    auto model = load_adapted(backend, name);
    auto const golden = tiny::golden(name + "_lora");
    auto const sequences = tiny::sequences(golden);
    auto const& gradient = golden.at("gradient");
    model.backward(model.forward(tiny::views(sequences)), gradient.at("weights").get<std::vector<float>>());
    auto const& adapters = *model.weights().adapters();
    for (auto const& tensor : adapters.tensors()) {
      INFO(name << " " << tensor.name);
      golden_checks::gradient(gradient.at("tensors").at(tensor.name), adapters.gradient(tensor));
    }
    CHECK(adapters.tensors().size() == gradient.at("tensors").size());
    REQUIRE(model.parameters().size() == 1);
    CHECK(model.parameters().front().value.size() == adapters.layout().floats);
  }
}

TEMPLATE_LIST_TEST_CASE("20 DPO steps of an adapter follow PEFT, the adapter switched off as the reference", "",
                        ModelBackends) {
  auto backend = TestType::make(2);
  for (std::string const& name : names) {
    INFO(name);
    auto model = load_adapted(backend, name);
    auto plain = tiny::load(backend, name);
    auto const run = tiny::golden(name + "_lora").at("dpo");
    WithoutAdapters reference(model);
    golden_checks::follow_preference(backend, model, reference, run);
    model.weights().adapters()->switch_on(false);
    for (auto const& t : model.tensors()) { // the weights under the adapter are untouched
      CHECK(model.tensor(t) == plain.tensor(t));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("merged adapters act as adapters beside the weights, in memory and in every file", "",
                        ModelBackends) {
  auto backend = TestType::make(2);
  for (std::string const& name : names) {
    INFO(name);
    auto model = load_adapted(backend, name);
    auto const sequences = tiny::sequences(tiny::golden(name + "_lora"));
    auto const beside = model.log_probs(tiny::views(sequences));
    auto const acting = weights_of(model);
    merge_lora(model);
    CHECK(!model.weights().adapters());
    CHECK(weights_of(model) == acting);
    auto const merged = model.log_probs(tiny::views(sequences));
    for (std::size_t s = 0; s < sequences.size(); ++s) {
      CHECK(merged[s] == Catch::Approx(beside[s]).epsilon(tolerance::sequence_log_prob));
    }
    CHECK(model.parameters().size() == 2); // all weights learn again
  }
}

TEST_CASE("adapters come back from their files with the same bytes, as PEFT names them") {
  auto backend = OverEigen::make(2);
  TemporaryFolder const folder;
  for (std::string const& name : names) {
    auto model = load_adapted(backend, name);
    save_adapter(model, folder / name, "a base model");
    auto again = tiny::load(backend, name);
    load_adapter(again, folder / name);
    for (auto const& t : model.weights().adapters()->tensors()) {
      CHECK(again.weights().adapters()->tensor(t) == model.weights().adapters()->tensor(t));
    }
    CHECK(again.weights().adapters()->layout().scale() == model.weights().adapters()->layout().scale());
    auto const config = io::read_json_file(folder / (name + "/adapter_config.json"));
    CHECK(config.at("base_model_name_or_path") == "a base model");
    auto const theirs = io::read_json_file(tiny::folder(name + "_lora") + "/adapter_config.json");
    for (char const* key : {"peft_type", "task_type", "r", "lora_alpha", "use_rslora", "bias", "lora_dropout"}) {
      CHECK(config.at(key) == theirs.at(key));
    }
  }
  auto const qwen = io::read_json_file(folder / "tiny_qwen2/adapter_config.json");
  CHECK(qwen.at("target_modules") == io::Json::array({"q_proj", "up_proj", "v_proj"}));
}

TEST_CASE("adapters of some layers alone are named in full") {
  auto backend = OverEigen::make(1);
  TemporaryFolder const folder;
  auto model = tiny::load(backend, "tiny_llama");
  model::LoraLayout layout = model::lora_layout(model.config(), {2, 4, false, {"o_proj"}});
  model::LoraLayout second{layout.options, {}, {}, 0};
  second.add(1, layout.places[1].projection);
  model.weights().add_adapters(model::Adapters<AnyBackend>(backend, second));
  save_adapter(model, folder / "a");
  CHECK(io::read_json_file(folder / "a/adapter_config.json").at("target_modules") ==
        io::Json::array({"model.layers.1.self_attn.o_proj"}));
  auto again = tiny::load(backend, "tiny_llama");
  load_adapter(again, folder / "a");
  CHECK(again.weights().adapters()->tensors().size() == 2);
}

TEMPLATE_LIST_TEST_CASE("a model with fresh adapters is the model it was, and its first DPO loss log 2", "",
                        ModelBackends) {
  auto backend = TestType::make(2);
  auto model = tiny::load(backend, "tiny_llama");
  auto const sequences = tiny::sequences(tiny::golden("tiny_llama"));
  auto const before = model.log_probs(tiny::views(sequences));
  add_lora(model, {.rank = 4, .alpha = 8}, Seed{3});
  CHECK(model.log_probs(tiny::views(sequences)) == before);
  CHECK(model.parameters().front().is_matrix);

  std::vector<PreferencePair> pairs(1);
  pairs[0].prompt.tokens = sequences[1].prompt;
  pairs[0].chosen.tokens = sequences[1].response;
  pairs[0].rejected.tokens = sequences[2].response;
  WithoutAdapters reference(model);
  PreferenceTrainer trainer{DpoLoss{},
                            AdamW(backend, {.schedule = {Schedule::Shape::constant, 1e-2}}),
                            {.epochs = 3},
                            FixedReference(reference)};
  trainer.record_reference(model, std::span(pairs));
  CHECK(pairs[0].reference_chosen == before[1]);
  std::vector<double> losses;
  NoJournal journal;
  auto hear = [&](StepTaken const& step) { losses.push_back(step.loss); };
  trainer.fit(model, pairs, Seed{1}, Turn(0, journal, hear));
  REQUIRE(losses.size() == 3);
  CHECK(losses[0] == Catch::Approx(std::log(2.0)).epsilon(1e-12));
  CHECK(losses[2] < losses[0]);
  CHECK(model.log_probs(tiny::views(sequences)) != before);
  trainer.record_reference(model, std::span(pairs)); // the reference is the same after training
  CHECK(pairs[0].reference_chosen == before[1]);
}

TEMPLATE_LIST_TEST_CASE("a model with adapters keeps every law of a policy", "", ModelBackends) {
  auto backend = TestType::make(2);
  auto model = tiny::load(backend, "tiny_llama");
  initialise(model, Seed{1}, 0.1f);
  add_lora(model, {.rank = 3, .alpha = 6}, Seed{2});
  auto& adapters = *model.weights().adapters();
  for (auto const& t : adapters.tensors()) { // B too: at zero nothing would reach A
    std::vector<float> values(t.size);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(0.2 * Seed{t.offset}.uniform(i) - 0.1);
    }
    adapters.set_tensor(t, values);
  }
  testing::PolicyCase const c{tiny::random_tokens(1, 5), tiny::random_tokens(2, 4), 257};
  for (testing::Violation const& v : testing::policy_laws(model, c)) {
    FAIL_CHECK(v.law << " error " << v.error);
  }
}

TEST_CASE("a checkpoint of a model with adapters holds the adapters alone") {
  auto backend = OverEigen::make(2);
  TemporaryFolder const folder;
  auto model = load_adapted(backend, "tiny_llama");
  model.save_checkpoint(folder / "c.safetensors");
  CHECK(io::SafetensorsFile(folder / "c.safetensors").tensors().size() == 28);
  auto again = tiny::load(backend, "tiny_llama");
  add_lora(again, {.rank = 4, .alpha = 6}, Seed{1});
  again.load_checkpoint(folder / "c.safetensors");
  CHECK(weights_of(again) == weights_of(model));
  auto plain = tiny::load(backend, "tiny_llama");
  CHECK_THROWS_AS(plain.load_checkpoint(folder / "c.safetensors"), Error);
}

TEST_CASE("options that no adapter has are refused") {
  auto backend = OverEigen::make(1);
  auto model = tiny::load(backend, "tiny_llama");
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH(add_lora(model, {.rank = 0}, Seed{1}), ContainsSubstring("rank"));
  CHECK_THROWS_WITH(add_lora(model, {.rank = 4, .alpha = 0}, Seed{1}), ContainsSubstring("alpha"));
  CHECK_THROWS_WITH(add_lora(model, {.rank = 4, .targets = {"query"}}, Seed{1}),
                    ContainsSubstring("\"query\"") && ContainsSubstring("q_proj"));
  CHECK(!model.weights().adapters());
  CHECK_THROWS_WITH(merge_lora(model), ContainsSubstring("without adapters"));
  CHECK_THROWS_WITH(WithoutAdapters<AnyBackend>(model), ContainsSubstring("has none"));
  add_lora(model, {.rank = 4}, Seed{1});
  CHECK_THROWS_WITH(add_lora(model, {.rank = 4}, Seed{1}), ContainsSubstring("merge them first"));
  CHECK_THROWS_WITH(load_adapter(model, tiny::folder("tiny_llama_lora")), ContainsSubstring("merge them first"));
}

TEST_CASE("an adapter of another model, or of another kind, is refused by name and changes nothing") {
  auto backend = OverEigen::make(1);
  TemporaryFolder const folder;
  using Catch::Matchers::ContainsSubstring;
  std::string const lora = tiny::folder("tiny_llama_lora");
  CHECK_THAT(refusal(backend, "tiny_qwen2", lora),
             ContainsSubstring("tensor base_model.model.model.layers.0") && ContainsSubstring("shape"));
  CHECK_THAT(refusal(backend, "tiny_mistral", lora),
             ContainsSubstring("shape [4, 48]") && ContainsSubstring("[4, 40]"));
  CHECK_THAT(refusal(backend, "tiny_llama", tiny::folder("tiny_llama")), ContainsSubstring("no adapter_config.json"));

  struct Case {
    char const* key;
    io::Json value;
    char const* message;
  };
  for (Case const& c : std::vector<Case>{{"peft_type", "IA3", "\"LORA\""},
                                         {"task_type", "SEQ_CLS", "CAUSAL_LM"},
                                         {"use_dora", true, "plain LoRA"},
                                         {"bias", "all", "plain LoRA"},
                                         {"modules_to_save", {"lm_head"}, "lm_head"},
                                         {"rank_pattern", {{"q_proj", 8}}, "one rank"},
                                         {"alpha_pattern", {{"q_proj", 8}}, "one alpha"},
                                         {"init_lora_weights", "pissa", "own weights"},
                                         {"r", 8, "shape [4, 48]"},
                                         {"r", 0, "at least 1"},
                                         {"r", "4", "a whole number"},
                                         {"lora_alpha", -1, "above 0"},
                                         {"target_modules", 3, "an array"},
                                         {"target_modules", {"q_proj", "lm_head"}, "lm_head"}}) {
    INFO(c.key);
    CHECK_THAT(refusal(backend, "tiny_llama", with_field(folder, c.key, c.value)), ContainsSubstring(c.message));
  }

  // half of an adapter, one of a deeper model, a value that is no number
  std::string const whole = with_field(folder, "r", 4), file = whole + "/adapter_model.safetensors";
  auto model = load_adapted(backend, "tiny_llama");
  model::HostTensors tensors(*model.weights().adapters());
  auto changed = tensors.to_write();
  changed.pop_back();
  io::write_safetensors(file, changed);
  CHECK_THAT(refusal(backend, "tiny_llama", whole), ContainsSubstring("no tensor") && ContainsSubstring("lora_B"));
  changed = tensors.to_write();
  changed.back().name = "base_model.model.model.layers.9.mlp.down_proj.lora_B.weight";
  io::write_safetensors(file, changed);
  CHECK_THAT(refusal(backend, "tiny_llama", whole),
             ContainsSubstring("layers.9") && ContainsSubstring("another model"));
  changed = tensors.to_write();
  tensors.values(3)[5] = std::numeric_limits<float>::quiet_NaN();
  io::write_safetensors(file, changed);
  CHECK_THAT(refusal(backend, "tiny_llama", whole), ContainsSubstring("not finite at index 5"));
  std::filesystem::remove(file);
  CHECK_THAT(refusal(backend, "tiny_llama", whole), ContainsSubstring("no adapter_model.safetensors"));
}
