/// The shape that a benchmark works on: SmolLM2-135M's, or what SRLM_SHAPE names: 1.7B for SmolLM2-1.7B's, 5M for a
/// small one, with the benchmarks of growth.hpp.
#pragma once
#include <srlm/io/model_config.hpp>
#include <cstdlib>
#include <string_view>

namespace bench {

inline std::string_view shape_name() {
  char const* const given = std::getenv("SRLM_SHAPE");
  return given != nullptr ? given : "";
}

inline srlm::io::ModelConfig shape() {
  srlm::io::ModelConfig c;
  c.vocabulary = 49152;
  c.hidden = 576;
  c.layers = 30;
  c.heads = 9;
  c.kv_heads = 3;
  c.head_dim = 64;
  c.intermediate = 1536;
  c.context = 2048;
  c.tied_embeddings = true;
  if (shape_name() == "1.7B") {
    c.hidden = 2048;
    c.layers = 24;
    c.heads = 32;
    c.kv_heads = 32;
    c.intermediate = 8192;
  } else if (shape_name() == "5M") {
    c.vocabulary = 8192;
    c.hidden = 256;
    c.layers = 4;
    c.heads = 4;
    c.kv_heads = 2;
    c.intermediate = 704;
  }
  return c;
}

} // namespace bench
