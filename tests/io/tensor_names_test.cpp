// Weight names and the order of rotary rows in Hugging Face and GGUF files.
#include "support/catch.hpp"
#include <srlm/core/error.hpp>
#include <srlm/io/tensor_names.hpp>
#include <numeric>
#include <vector>

using namespace srlm::io;
using srlm::Error;

TEST_CASE("weight names are translated both ways", "[io]") {
  std::pair<char const*, char const*> const names[] = {
      {"model.embed_tokens.weight", "token_embd.weight"},
      {"model.norm.weight", "output_norm.weight"},
      {"lm_head.weight", "output.weight"},
      {"model.layers.0.self_attn.q_proj.weight", "blk.0.attn_q.weight"},
      {"model.layers.12.self_attn.k_proj.bias", "blk.12.attn_k.bias"},
      {"model.layers.7.self_attn.o_proj.weight", "blk.7.attn_output.weight"},
      {"model.layers.7.mlp.gate_proj.weight", "blk.7.ffn_gate.weight"},
      {"model.layers.7.mlp.up_proj.weight", "blk.7.ffn_up.weight"},
      {"model.layers.7.mlp.down_proj.weight", "blk.7.ffn_down.weight"},
      {"model.layers.7.input_layernorm.weight", "blk.7.attn_norm.weight"},
      {"model.layers.7.post_attention_layernorm.weight", "blk.7.ffn_norm.weight"},
  };
  for (auto const& [hugging_face, gguf] : names) {
    CHECK(gguf_name(hugging_face) == gguf);
    CHECK(hugging_face_name(gguf) == hugging_face);
  }
}

TEST_CASE("names of no known weight have no translation", "[io]") {
  for (char const* name :
       {"", "model.layers.weight", "model.layers..mlp.up_proj.weight", "model.layers.01.mlp.up_proj.weight",
        "model.layers.-1.mlp.up_proj.weight", "model.layers.123456.mlp.up_proj.weight", "model.layers.3",
        "model.layers.3.mlp.up_proj", "model.layers.3.self_attn.rotary_emb.inv_freq", "blk.3.ffn_up.weight"}) {
    INFO(name);
    CHECK(!gguf_name(name));
  }
  CHECK(!hugging_face_name("blk.0.attn_q_norm.weight"));
  CHECK(!hugging_face_name("rope_freqs.weight"));
}

TEST_CASE("GGUF's rotary rows pair neighbours, Hugging Face's pair halves", "[io]") {
  // two heads of four rows; in each the frequencies are a and b, the pair members x and y
  std::vector<float> rows = {0, 0.5f, 1, 1.5f, 2, 2.5f, 3, 3.5f, 10, 10.5f, 11, 11.5f, 12, 12.5f, 13, 13.5f};
  std::vector<float> const interleaved = rows; // ax ay bx by, each of two columns
  to_halves(rows, 2, 4, 2);                    // ax bx ay by
  CHECK(rows == std::vector<float>{0, 0.5f, 2, 2.5f, 1, 1.5f, 3, 3.5f, 10, 10.5f, 12, 12.5f, 11, 11.5f, 13, 13.5f});
  to_interleaved(rows, 2, 4, 2);
  CHECK(rows == interleaved);
  std::vector<float> bias = {0, 1, 2, 3, 4, 5};
  to_halves(bias, 1, 6, 1);
  CHECK(bias == std::vector<float>{0, 2, 4, 1, 3, 5});
}

TEST_CASE("to_interleaved undoes to_halves for every head size", "[io]") {
  for (std::size_t head_dim : {2u, 4u, 6u, 64u, 128u}) {
    std::vector<float> rows(3 * head_dim * 5);
    std::iota(rows.begin(), rows.end(), 0.0f);
    std::vector<float> const before = rows;
    to_halves(rows, 3, head_dim, 5);
    CHECK((rows == before) == (head_dim == 2));
    to_interleaved(rows, 3, head_dim, 5);
    CHECK(rows == before);
  }
}

TEST_CASE("rows that are not whole heads are refused", "[io]") {
  std::vector<float> rows(12);
  CHECK_THROWS_AS(to_halves(rows, 2, 4, 2), Error);
  CHECK_THROWS_AS(to_halves(rows, 2, 3, 2), Error);
  CHECK_THROWS_AS(to_halves(rows, 0, 4, 2), Error);
  CHECK_THROWS_AS(to_halves(rows, 2, 0, 2), Error);
  CHECK_THROWS_AS(to_halves(rows, 2, 4, 0), Error);
  CHECK_THROWS_AS(to_halves(rows, std::size_t{1} << 62, 4, 3), Error);
  CHECK_NOTHROW(to_halves(rows, 1, 4, 3));
}

TEST_CASE("only Q and K of the llama architecture are reordered", "[io]") {
  CHECK(stores_interleaved_rows("llama"));
  CHECK(stores_interleaved_rows("mistral"));
  CHECK(!stores_interleaved_rows("qwen2"));
  CHECK(has_rotary_rows("model.layers.0.self_attn.q_proj.weight"));
  CHECK(has_rotary_rows("model.layers.0.self_attn.k_proj.bias"));
  CHECK(!has_rotary_rows("model.layers.0.self_attn.v_proj.weight"));
  CHECK(!has_rotary_rows("model.embed_tokens.weight"));
}
