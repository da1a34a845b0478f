/// A real model of 260,000 parameters (llama2.c's format) continues its golden text.
#include "support/catch.hpp"
#include "tiny_models.hpp"
#include <srlm/io/tensor_names.hpp>
#include <cstring>
#include <fstream>
#include <iterator>

using namespace srlm;

namespace {

std::vector<char> bytes_of_file(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// llama2.c's vocabulary: score, length, text for each token; text with spaces as they are.
text::Tokenizer stories_tokenizer(std::vector<char> const& bytes, std::size_t size) {
  text::Vocabulary v;
  v.kind = text::TokenizerKind::sentencepiece_bpe;
  v.add_space_prefix = true;
  std::size_t at = 4; // longest token, not needed
  for (std::size_t i = 0; i < size; ++i) {
    float score = 0;
    std::int32_t length = 0;
    std::memcpy(&score, bytes.data() + at, 4);
    std::memcpy(&length, bytes.data() + at + 4, 4);
    std::string token(bytes.data() + at + 8, static_cast<std::size_t>(length));
    at += 8 + static_cast<std::size_t>(length);
    for (std::size_t p = 0; (p = token.find(' ', p)) != std::string::npos;) {
      token.replace(p, 1, "\xE2\x96\x81");
    }
    if (i < 3) { // unknown, begin, end
      token = i == 0 ? "<unk>" : i == 1 ? "<s>" : "</s>";
    }
    v.roles.push_back(i == 0    ? text::TokenRole::unknown
                      : i < 3   ? text::TokenRole::control
                      : i < 259 ? text::TokenRole::byte
                                : text::TokenRole::normal);
    v.tokens.push_back(token);
    v.scores.push_back(score);
  }
  v.unknown = 0;
  v.bos = 1;
  v.eos = 2;
  v.end_tokens = {1, 2}; // a story ends where another would begin
  return text::Tokenizer(v);
}

} // namespace

TEMPLATE_LIST_TEST_CASE("stories260K tells its golden story", "", ModelBackends) {
  std::string const folder = std::string(SRLM_SHARED_DIR) + "/data/tiny-model/";
  auto const weights = bytes_of_file(folder + "stories260K.bin"), words = bytes_of_file(folder + "tok512.bin");
  if (weights.empty() || words.empty()) {
    WARN("skipped: no tiny-model folder with stories260K.bin and tok512.bin");
    return;
  }
  std::int32_t header[7];
  std::memcpy(header, weights.data(), sizeof header);
  auto const n = [&](int i) { return static_cast<std::size_t>(header[i]); };
  io::ModelConfig c;
  c.hidden = n(0);
  c.intermediate = n(1);
  c.layers = n(2);
  c.heads = n(3);
  c.kv_heads = n(4);
  c.vocabulary = n(5);
  c.context = n(6);
  c.head_dim = c.hidden / c.heads;
  c.tied_embeddings = true;
  auto backend = TestType::make(2);
  tiny::Model<AnyBackend> model(backend, c, stories_tokenizer(words, c.vocabulary));

  float const* at = reinterpret_cast<float const*>(weights.data() + sizeof header);
  auto const find = [&](std::string const& name) -> model::NamedTensor const& {
    for (auto const& t : model.tensors()) {
      if (t.name == name) {
        return t;
      }
    }
    throw Error(name);
  };
  auto const fill = [&](std::string const& name) {
    auto const& t = find(name);
    std::vector<float> values(at, at + t.size);
    at += t.size;
    if (io::has_rotary_rows(name)) { // pairs lie side by side in this format
      io::to_halves(values, t.shape[0] / c.head_dim, c.head_dim, t.shape[1]);
    }
    model.set_tensor(t, values);
  };
  auto const each_layer = [&](std::string const& name) {
    for (std::size_t l = 0; l < c.layers; ++l) {
      fill("model.layers." + std::to_string(l) + "." + name + ".weight");
    }
  };
  fill("model.embed_tokens.weight");
  for (char const* name :
       {"input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
        "post_attention_layernorm", "mlp.gate_proj", "mlp.down_proj", "mlp.up_proj"}) {
    each_layer(name);
  }
  fill("model.norm.weight");

  auto const golden = io::read_json_file(folder + "greedy.json");
  std::string const story = golden.at("text").get<std::string>();
  Tokens const prompt = {1};
  GenerationRequest const request{prompt, Seed{1}};
  std::string const told = model.tokenizer().decode(model.generate({&request, 1}, {0.0f, 1.0f, 256}).front());
  CHECK(told.substr(0, story.size()).find("Once upon a time") != std::string::npos);
  std::size_t const begin = told.find("Once");
  REQUIRE(begin != std::string::npos);
  CHECK(told.substr(begin, story.size()) == story);
}
