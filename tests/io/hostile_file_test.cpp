// Thousands of damaged model files: each is read or refused with srlm::Error, nothing else happens. The mutations are
// the same in every run (counter-based seeds).
#include "support/catch.hpp"
#include "temporary_folder.hpp"
#include <srlm/core/seed.hpp>
#include <srlm/io/gguf_config.hpp>
#include <srlm/io/gguf_tokenizer.hpp>
#include <srlm/io/gguf_writer.hpp>
#include <srlm/io/hf_config.hpp>
#include <srlm/io/hf_tokenizer_reader.hpp>
#include <srlm/io/safetensors.hpp>
#include <vector>

using namespace srlm;
using namespace srlm::io;

namespace {

/// Damages 1 to 4 places within the first `header` bytes; sometimes with the values that break arithmetic.
std::string damaged(std::string text, std::size_t header, Seed seed) {
  std::size_t const places = 1 + seed.below(4, 0);
  for (std::size_t i = 0; i < places; ++i) {
    Seed const place = seed.fork(i + 1);
    std::size_t const at = place.below(std::min(header, text.size()), 0);
    switch (place.below(5, 1)) {
    case 0:
      text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1u << place.below(8, 2)));
      break;
    case 1:
      text[at] = static_cast<char>(place.below(256, 2));
      break;
    case 2: // eight bytes of ones, or a large power of two
      for (std::size_t k = at; k < std::min(at + 8, text.size()); ++k) {
        text[k] = place.below(2, 3) == 0 ? '\xFF' : (k == at + 7 ? '\x10' : '\0');
      }
      break;
    case 3:
      text.erase(at, 1 + place.below(16, 2));
      break;
    default:
      text.insert(at, 1 + place.below(16, 2), static_cast<char>(place.below(256, 3)));
    }
  }
  return text;
}

/// Reads everything that the file offers.
void read_all(std::vector<TensorSource> const& tensors) {
  for (TensorSource const& tensor : tensors) {
    (void)read_f32(tensor);
  }
}

struct Tally {
  int read = 0, refused = 0;
};

template <class Read>
Tally attack(std::string const& whole, std::size_t header, int times, std::string const& path, Read read) {
  Tally tally;
  for (int i = 0; i < times; ++i) {
    write_text(path, damaged(whole, header, Seed{42}.fork(static_cast<std::uint64_t>(i))));
    try {
      read(path);
      ++tally.read;
    } catch (Error const& error) {
      ++tally.refused;
      REQUIRE(std::string(error.what()).size() > 10);
    } // anything else ends the test
  }
  return tally;
}

/// A small whole model file with tokenizer and configuration keys.
std::string small_gguf(TemporaryFolder const& folder) {
  text::Vocabulary vocabulary;
  vocabulary.kind = text::TokenizerKind::byte_level_bpe;
  vocabulary.tokens = {"a", "b", "ab", "<|im_end|>"};
  vocabulary.roles = {text::TokenRole::normal, text::TokenRole::normal, text::TokenRole::normal,
                      text::TokenRole::control};
  vocabulary.merges = {{"a", "b"}};
  vocabulary.eos = 3;
  ModelConfig config;
  config.vocabulary = 4;
  config.hidden = 4;
  config.layers = config.heads = config.kv_heads = 1;
  config.head_dim = config.intermediate = 4;
  config.context = 16;
  config.rope_scaling.kind = RopeScaling::Kind::llama3;
  config.rope_scaling.factor = 8;
  GgufMetadata metadata;
  config_to_gguf(config, metadata);
  vocabulary_to_gguf(vocabulary, 4, metadata);
  std::vector<float> const values(16, 0.5f), factors = *rope_factors(config);
  std::vector<TensorToWrite> const tensors = {{"token_embd.weight", {4, 4}, values},
                                              {"output_norm.weight", {4}, std::span(values).first(4)},
                                              {rope_factors_name, {2}, factors}};
  write_gguf(folder / "whole.gguf", metadata, tensors, DType::f16);
  return read_text(folder / "whole.gguf");
}

} // namespace

TEST_CASE("damaged GGUF files are read or refused, nothing else", "[io]") {
  TemporaryFolder const folder;
  std::string const whole = small_gguf(folder);
  Tally const tally = attack(whole, whole.size(), 6000, folder / "m.gguf", [](std::string const& path) {
    GgufFile const file(path);
    read_all(file.tensors());
    (void)config_from_gguf(file);
    (void)vocabulary_from_gguf(file.metadata());
  });
  CHECK(tally.read > 100); // both ends are reached
  CHECK(tally.refused > 1000);
}

TEST_CASE("damaged GGUF files of every number format are read or refused, nothing else", "[io]") {
  TemporaryFolder const folder;
  Tally const tally = attack(read_text(fixture("io_quants.gguf")), 2048, 2000, folder / "m.gguf",
                             [](std::string const& path) { read_all(GgufFile(path).tensors()); });
  CHECK(tally.read > 20);
  CHECK(tally.refused > 200);
}

TEST_CASE("damaged safetensors files are read or refused, nothing else", "[io]") {
  TemporaryFolder const folder;
  Tally const tally = attack(read_text(fixture("io_numbers.safetensors")), 320, 6000, folder / "m",
                             [](std::string const& path) { read_all(SafetensorsFile(path).tensors()); });
  CHECK(tally.read > 20);
  CHECK(tally.refused > 1000);
}

TEST_CASE("damaged tokenizer and configuration files are read or refused, nothing else", "[io]") {
  TemporaryFolder const folder;
  for (char const* name : {"llama2", "llama3", "qwen2"}) {
    std::string const whole = read_text(fixture(std::string("io_tokenizer_") + name + ".json"));
    Tally const tally = attack(whole, whole.size(), 400, folder / "tokenizer.json",
                               [&](std::string const&) { (void)read_hf_tokenizer(folder.path()); });
    CHECK(tally.refused > 50);
  }
  std::string const whole = read_text(fixture("io_config_llama3.json"));
  Tally const tally = attack(whole, whole.size(), 2000, folder / "config.json",
                             [&](std::string const&) { (void)read_hf_config(folder.path()); });
  CHECK(tally.refused > 500);
}
