// A model's shape from and to config.json (transformers 4 and 5) and GGUF metadata.
#include "support/catch.hpp"
#include "temporary_folder.hpp"
#include <srlm/io/gguf_config.hpp>
#include <srlm/io/gguf_writer.hpp>
#include <srlm/io/hf_config.hpp>
#include <cstdlib>
#include <vector>

using namespace srlm::io;
using srlm::Error;

namespace {

bool says(std::string const& message, std::string const& part) {
  UNSCOPED_INFO(message);
  return message.find(part) != std::string::npos;
}

Json fixture_json(std::string const& name) { return read_json_file(fixture(name)); }

std::string refused(Json const& document) {
  return message_of<Error>([&] { config_from_json(document, Json(), "config.json"); });
}

/// The fixture of Llama 3 with one change.
Json changed(std::string const& key, Json const& value) {
  Json document = fixture_json("io_config_llama3.json");
  document[key] = value;
  return document;
}

ModelConfig valid() { return config_from_json(fixture_json("io_config_llama3.json"), Json(), "config.json"); }

} // namespace

TEST_CASE("configurations that transformers 5 wrote are read", "[io]") {
  ModelConfig const llama = valid();
  CHECK(llama.architecture == "llama");
  CHECK(llama.vocabulary == 320);
  CHECK(llama.hidden == 48);
  CHECK(llama.intermediate == 96);
  CHECK(llama.layers == 2);
  CHECK(llama.heads == 4);
  CHECK(llama.kv_heads == 2);
  CHECK(llama.head_dim == 64);
  CHECK(llama.context == 256);
  CHECK(llama.rms_epsilon == 1e-6);
  CHECK(llama.rope_theta == 500000.0);
  CHECK(llama.rope_scaling.kind == RopeScaling::Kind::llama3);
  CHECK(llama.rope_scaling.factor == 32.0);
  CHECK(llama.rope_scaling.original_context == 8192);
  CHECK(llama.tied_embeddings);
  CHECK(!llama.qkv_bias);
  CHECK(llama.eos == std::vector<srlm::Token>{2});
  CHECK(llama.bos == 1);
  CHECK(!llama.padding);

  ModelConfig const mistral = config_from_json(fixture_json("io_config_mistral.json"), Json(), "config.json");
  CHECK(mistral.architecture == "mistral");
  CHECK(mistral.sliding_window == 64u);
  CHECK(mistral.head_dim == 12);
  CHECK(!mistral.tied_embeddings);

  ModelConfig const qwen2 = config_from_json(fixture_json("io_config_qwen2.json"), Json(), "config.json");
  CHECK(qwen2.architecture == "qwen2");
  CHECK(qwen2.qkv_bias);
  CHECK(!qwen2.sliding_window);
}

TEST_CASE("the form of transformers 4 is read", "[io]") {
  Json document = fixture_json("io_config_llama3.json");
  document.erase("rope_parameters");
  document.erase("head_dim");
  document["rope_theta"] = 250000.0;
  document["rope_scaling"] = {{"type", "linear"}, {"factor", 2.0}};
  ModelConfig const config = config_from_json(document, Json(), "config.json");
  CHECK(config.rope_theta == 250000.0);
  CHECK(config.rope_scaling.kind == RopeScaling::Kind::linear);
  CHECK(config.rope_scaling.factor == 2.0);
  CHECK(config.head_dim == 12);
  document["rope_scaling"] = nullptr;
  CHECK(config_from_json(document, Json(), "config.json").rope_scaling.kind == RopeScaling::Kind::none);
  document.erase("num_key_value_heads");
  CHECK(config_from_json(document, Json(), "config.json").kv_heads == 4);
  document.erase("model_type");
  CHECK(config_from_json(document, Json(), "config.json").architecture == "llama");
}

TEST_CASE("the end tokens are those of generation_config.json, then those of config.json", "[io]") {
  Json const generation = {{"eos_token_id", {7, 3}}};
  ModelConfig const config = config_from_json(fixture_json("io_config_llama3.json"), generation, "config.json");
  CHECK(config.eos == std::vector<srlm::Token>{7, 3, 2});
  CHECK(says(message_of<Error>([&] {
               config_from_json(fixture_json("io_config_llama3.json"), {{"eos_token_id", 320}}, "config.json");
             }),
             "320"));
}

TEST_CASE("a configuration that srlm would compute wrongly is refused with the key", "[io]") {
  CHECK(says(refused(changed("model_type", "mixtral")), "\"mixtral\""));
  CHECK(says(refused(changed("hidden_act", "gelu")), "hidden_act"));
  CHECK(says(refused(changed("attention_bias", true)), "attention_bias"));
  CHECK(says(refused(changed("mlp_bias", true)), "mlp_bias"));
  CHECK(says(refused(changed("quantization_config", {{"bits", 4}})), "quantization_config"));
  CHECK(says(refused(changed("partial_rotary_factor", 0.5)), "partial_rotary_factor"));
  CHECK(says(refused(changed("rope_parameters", {{"rope_type", "yarn"}, {"factor", 4.0}})), "\"yarn\""));
  CHECK(says(refused(changed("rope_scaling", {{"type", "dynamic"}, {"factor", 4.0}})), "\"dynamic\""));
  Json qwen2 = fixture_json("io_config_qwen2.json");
  qwen2["use_sliding_window"] = true;
  qwen2["sliding_window"] = 64;
  qwen2["max_window_layers"] = 1;
  CHECK(says(refused(qwen2), "use_sliding_window"));
}

TEST_CASE("a number that is absent, mistyped or absurd is refused with its key", "[io]") {
  for (char const* key : {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
                          "max_position_embeddings"}) {
    INFO(key);
    CHECK(says(refused(changed(key, nullptr)), key));
    CHECK(says(refused(changed(key, "48")), key));
    CHECK(says(refused(changed(key, 0)), key));
    CHECK(says(refused(changed(key, -4)), key));
    CHECK(says(refused(changed(key, 4.5)), key));
    CHECK(!refused(changed(key, 1ull << 62)).empty());
    CHECK(!refused(changed(key, 1ull << 39)).empty());
  }
  CHECK(says(refused(changed("num_key_value_heads", 3)), "multiple of kv_heads"));
  CHECK(says(refused(changed("num_key_value_heads", 8)), "kv_heads"));
  CHECK(says(refused(changed("head_dim", 13)), "even"));
  CHECK(says(refused(changed("rms_norm_eps", 0)), "rms_epsilon"));
  CHECK(says(refused(changed("rms_norm_eps", -1e-6)), "rms_epsilon"));
  CHECK(says(refused(changed("rope_parameters", {{"rope_theta", -1.0}})), "rope_theta"));
  CHECK(says(refused(changed("rope_parameters", {{"rope_type", "linear"}})), "factor"));
  CHECK(says(refused(changed("rope_parameters", {{"rope_type", "linear"}, {"factor", 0.5}})), "factor"));
  CHECK(says(refused(changed("eos_token_id", -2)), "eos_token_id"));
  CHECK(says(refused(changed("eos_token_id", "2")), "eos_token_id"));
  CHECK(says(refused(changed("bos_token_id", 320)), "bos"));
  CHECK(says(refused(changed("sliding_window", 64)).empty() ? "ignored" : "refused", "ignored")); // llama has none
  CHECK(says(refused(Json::array()), "object"));
}

TEST_CASE("a written configuration is read back equal", "[io]") {
  TemporaryFolder const folder;
  for (char const* name : {"llama3", "mistral", "qwen2"}) {
    INFO(name);
    ModelConfig config = config_from_json(fixture_json(std::string("io_config_") + name + ".json"), Json(), "x");
    config.eos = {5, 2};
    config.padding = 0;
    write_hf_config(folder.path(), config, DType::bf16);
    CHECK(read_hf_config(folder.path()) == config);
  }
  ModelConfig config = valid();
  config.rope_scaling = {RopeScaling::Kind::linear, 4.0};
  write_hf_config(folder.path(), config);
  CHECK(read_hf_config(folder.path()) == config);
  config.rope_scaling = {.kind = RopeScaling::Kind::factors, .factors = std::vector<float>(32, 2.0f)};
  CHECK(says(message_of<Error>([&] { write_hf_config(folder.path(), config); }), "rope_scaling"));
}

TEST_CASE("Llama 3 divisors are those of transformers", "[io]") {
  std::vector<float> const divisors = rotary_divisors(valid());
  Json const expected = fixture_json("io_rope_llama3.json");
  REQUIRE(divisors.size() == expected.size());
  for (std::size_t i = 0; i < divisors.size(); ++i) {
    CHECK(divisors[i] == Catch::Approx(expected[i].get<double>()).epsilon(1e-6));
  }
  CHECK(rotary_divisors({RopeScaling::Kind::linear, 4.0}, 10000.0, 4) == std::vector<float>{4, 4});
  CHECK(rotary_divisors({}, 10000.0, 4) == std::vector<float>{1, 1});
}

TEST_CASE("a configuration goes through GGUF and comes back, rotary scaling included", "[io]") {
  TemporaryFolder const folder;
  auto const through = [&](ModelConfig const& config) {
    GgufMetadata metadata;
    config_to_gguf(config, metadata);
    for (auto const& [key, id] : {std::pair{"bos_token_id", 1u}, std::pair{"eos_token_id", 2u}}) {
      metadata.set(std::string("tokenizer.ggml.") + key, id);
    }
    std::vector<float> const embedding(config.vocabulary * config.hidden);
    std::optional<std::vector<float>> const factors = rope_factors(config);
    std::vector<TensorToWrite> tensors = {{"token_embd.weight", {config.vocabulary, config.hidden}, embedding}};
    if (!config.tied_embeddings) {
      tensors.push_back({"output.weight", {config.vocabulary, config.hidden}, embedding});
    }
    if (factors) {
      tensors.push_back({rope_factors_name, {factors->size()}, *factors});
    }
    write_gguf(folder / "m.gguf", metadata, tensors, DType::f16);
    ModelConfig back = config_from_gguf(GgufFile(folder / "m.gguf"));
    CHECK(back.rms_epsilon == Catch::Approx(config.rms_epsilon)); // stored as float32
    back.rms_epsilon = config.rms_epsilon;
    return back;
  };
  for (char const* name : {"llama3", "mistral", "qwen2"}) {
    INFO(name);
    ModelConfig const config = config_from_json(fixture_json(std::string("io_config_") + name + ".json"), Json(), "x");
    CHECK(through(config) == config);
  }
  ModelConfig config = valid();
  config.rope_scaling = {RopeScaling::Kind::linear, 4.0};
  CHECK(through(config) == config);
  config.rope_scaling = {.kind = RopeScaling::Kind::factors, .factors = std::vector<float>(32, 2.0f)};
  config.rope_scaling.factors[7] = 3.5f;
  CHECK(through(config) == config);
}

TEST_CASE("GGUF metadata of another kind of model is refused with the key", "[io]") {
  TemporaryFolder const folder;
  auto const refused_with = [&](std::string const& key, GgufValue value) {
    GgufMetadata metadata;
    config_to_gguf(valid(), metadata);
    metadata.set(key, std::move(value));
    write_gguf(folder / "m.gguf", metadata, {}, DType::f32);
    return message_of<Error>([&] { config_from_gguf(GgufFile(folder / "m.gguf")); });
  };
  CHECK(says(refused_with("general.architecture", std::string("gemma")), "\"gemma\""));
  CHECK(says(refused_with("llama.expert_count", std::uint32_t{8}), "experts"));
  CHECK(says(refused_with("llama.block_count", std::string("2")), "llama.block_count"));
  CHECK(says(refused_with("llama.block_count", std::uint32_t{0}), "layers"));
  CHECK(says(refused_with("llama.attention.head_count", std::uint32_t{0}), "head_count"));
  CHECK(says(refused_with("llama.attention.head_count_kv", std::uint32_t{3}), "kv_heads"));
  CHECK(says(refused_with("llama.attention.value_length", std::uint32_t{32}), "value_length"));
  CHECK(says(refused_with("llama.rope.dimension_count", std::uint32_t{32}), "dimension_count"));
  CHECK(says(refused_with("llama.rope.scaling.type", std::string("yarn")), "\"yarn\""));
  CHECK(says(refused_with("llama.rope.freq_base", -1.0f), "rope_theta"));
  CHECK(says(refused_with("llama.attention.layer_norm_rms_epsilon", 2.0f), "rms_epsilon"));
  CHECK(says(refused_with("llama.vocab_size", std::uint32_t{1u << 31}), "vocabulary"));
}

TEST_CASE("parameters are counted as they are stored", "[io]") {
  ModelConfig config = valid();
  // embedding + 2 layers of (norms, q, k, v, o, gate, up, down) + norm, written out
  CHECK(parameter_count(config) == 320 * 48 + 2 * (2 * 48 + 256 * 48 + 2 * 128 * 48 + 48 * 256 + 3 * 96 * 48) + 48);
  config.tied_embeddings = false;
  CHECK(parameter_count(config) - parameter_count(valid()) == 320 * 48);
}

TEST_CASE("SmolLM2's file has the shape of SmolLM2", "[io]") {
  char const* const path = std::getenv("SRLM_TEST_MODEL");
  if (path == nullptr) {
    WARN("skipped: SRLM_TEST_MODEL does not name the SmolLM2 GGUF file");
    return;
  }
  GgufFile const file(path);
  ModelConfig const config = config_from_gguf(file);
  CHECK(config.architecture == "llama");
  CHECK(config.vocabulary == 49152);
  CHECK(config.head_dim == 64);
  CHECK(config.tied_embeddings);
  CHECK(config.eos == std::vector<srlm::Token>{2});
  CHECK(parameter_count(config) == 134515008);
  std::size_t stored = 0;
  for (TensorSource const& tensor : file.tensors()) {
    stored += *element_count(tensor.shape);
  }
  CHECK(stored == parameter_count(config));
}
