/// The shape of a decoder of the Llama family, whatever file it came from: what a model needs to be built, and what a
/// reader checks before anything is allocated.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/core/token.hpp>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

namespace srlm::io {

/// How rotary frequencies are changed to reach beyond the context of pre-training. Each frequency is divided by a
/// number of its own, see rotary_divisors.
struct RopeScaling {
  enum class Kind {
    none,
    linear,  ///< every frequency divided by factor (Chen et al. 2023)
    llama3,  ///< long wavelengths by factor, short ones not at all, a ramp between (Llama 3.1)
    factors, ///< the divisors themselves, as GGUF stores them in rope_freqs.weight
  };
  Kind kind = Kind::none;
  double factor = 1;
  double low_freq_factor = 1, high_freq_factor = 4; ///< llama3
  std::size_t original_context = 8192;              ///< llama3: positions in pre-training
  std::vector<float> factors = {};                  ///< factors: head_dim / 2 divisors

  bool operator==(RopeScaling const&) const = default;
};

/// Plain data; see check for what makes it valid.
struct ModelConfig {
  std::string architecture = "llama"; ///< "llama" (SmolLM2 too), "mistral", "qwen2"
  std::string name = {};              ///< for people
  std::size_t vocabulary = 0;         ///< rows of the embedding; may exceed the tokens that a tokenizer has
  std::size_t hidden = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0, intermediate = 0;
  std::size_t context = 0; ///< the most positions
  double rms_epsilon = 1e-5;
  double rope_theta = 10000;
  RopeScaling rope_scaling = {};
  bool tied_embeddings = false;                   ///< the output head is the embedding
  bool qkv_bias = false;                          ///< Qwen2
  bool o_bias = false, mlp_bias = false;          ///< always false: models that have them are refused
  std::optional<std::size_t> sliding_window = {}; ///< Mistral: a position sees this many, itself included
  std::optional<Token> bos = {}, padding = {};
  std::vector<Token> eos = {}; ///< every token that ends a response; the first is the main one

  bool operator==(ModelConfig const&) const = default;
};

/// Throws: Error that names the field unless every size is positive and sane, heads divide as they must, and token ids
/// are in the vocabulary. where: the file, for messages.
inline void check(ModelConfig const& config, std::string const& where) {
  auto const at_most = [&](char const* field, std::size_t value, std::size_t most) {
    if (value == 0 || value > most) {
      throw Error(where + ": " + field, std::to_string(value), "1 to " + std::to_string(most));
    }
  };
  if (config.architecture != "llama" && config.architecture != "mistral" && config.architecture != "qwen2") {
    throw Error(where + ": architecture", "\"" + config.architecture + "\"", "llama, mistral or qwen2");
  }
  at_most("vocabulary", config.vocabulary, std::size_t{1} << 24);
  at_most("hidden", config.hidden, std::size_t{1} << 20);
  at_most("layers", config.layers, 4096);
  at_most("heads", config.heads, 4096);
  at_most("kv_heads", config.kv_heads, config.heads);
  at_most("head_dim", config.head_dim, 4096);
  at_most("intermediate", config.intermediate, std::size_t{1} << 22);
  at_most("context", config.context, std::size_t{1} << 30);
  if (config.heads % config.kv_heads != 0) {
    throw Error(where + ": heads",
                std::to_string(config.heads) + " with " + std::to_string(config.kv_heads) + " kv_heads",
                "a multiple of kv_heads");
  }
  if (config.head_dim % 2 != 0) {
    throw Error(where + ": head_dim", std::to_string(config.head_dim), "an even number (rotary pairs)");
  }
  auto const in = [&](char const* field, double value, double least, double most) {
    if (!(value >= least && value <= most)) { // refuses NaN
      throw Error(where + ": " + field, std::to_string(value), std::to_string(least) + " to " + std::to_string(most));
    }
  };
  if (!(config.rms_epsilon > 0 && config.rms_epsilon < 1)) {
    throw Error(where + ": rms_epsilon", std::to_string(config.rms_epsilon), "more than 0 and less than 1");
  }
  in("rope_theta", config.rope_theta, 1, 1e12);
  RopeScaling const& scaling = config.rope_scaling;
  if (scaling.kind == RopeScaling::Kind::linear || scaling.kind == RopeScaling::Kind::llama3) {
    in("rope_scaling factor", scaling.factor, 1, 1e6);
  }
  if (scaling.kind == RopeScaling::Kind::llama3) {
    in("rope_scaling low_freq_factor", scaling.low_freq_factor, 1e-6, 1e6);
    in("rope_scaling high_freq_factor", scaling.high_freq_factor, scaling.low_freq_factor, 1e6);
    in("rope_scaling high_freq_factor - low_freq_factor", scaling.high_freq_factor - scaling.low_freq_factor, 1e-6,
       1e6);
    at_most("rope_scaling original_context", scaling.original_context, std::size_t{1} << 30);
  }
  if (scaling.kind == RopeScaling::Kind::factors) {
    if (scaling.factors.size() != config.head_dim / 2) {
      throw Error(where + ": rope_scaling", std::to_string(scaling.factors.size()) + " factors",
                  "one for each of the " + std::to_string(config.head_dim / 2) + " frequencies");
    }
    for (float const factor : scaling.factors) {
      in("rope_scaling factors", static_cast<double>(factor), 1e-6, 1e6);
    }
  }
  if (config.o_bias || config.mlp_bias) {
    throw Error(where, config.o_bias ? "a bias on the attention output" : "a bias in the feed-forward part", "none");
  }
  if (config.sliding_window && *config.sliding_window == 0) {
    throw Error(where + ": sliding_window", "0", "at least 1, or none");
  }
  auto const is_token = [&](char const* field, Token token) {
    if (token < 0 || static_cast<std::size_t>(token) >= config.vocabulary) {
      throw Error(where + ": " + field, "the token " + std::to_string(token),
                  "0 to " + std::to_string(config.vocabulary - 1));
    }
  };
  for (Token const token : config.eos) {
    is_token("eos", token);
  }
  if (config.bos) {
    is_token("bos", *config.bos);
  }
  if (config.padding) {
    is_token("padding", *config.padding);
  }
}

/// What each of the head_dim / 2 rotary frequencies theta^(-2 i / head_dim) is divided by.
inline std::vector<float> rotary_divisors(RopeScaling const& scaling, double theta, std::size_t head_dim) {
  std::size_t const count = head_dim / 2;
  switch (scaling.kind) {
  case RopeScaling::Kind::none:
    break;
  case RopeScaling::Kind::linear:
    return std::vector<float>(count, static_cast<float>(scaling.factor));
  case RopeScaling::Kind::factors:
    return scaling.factors;
  case RopeScaling::Kind::llama3: {
    std::vector<float> divisors;
    double const context = static_cast<double>(scaling.original_context);
    for (std::size_t i = 0; i < count; ++i) {
      double const exponent = 2.0 * static_cast<double>(i) / static_cast<double>(head_dim);
      double const turns = context / (2 * std::numbers::pi * std::pow(theta, exponent)); // within the context
      double divisor = 1;
      if (turns < scaling.low_freq_factor) {
        divisor = scaling.factor;
      } else if (turns <= scaling.high_freq_factor) {
        double const smooth = (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
        divisor = 1 / ((1 - smooth) / scaling.factor + smooth);
      }
      divisors.push_back(static_cast<float>(divisor));
    }
    return divisors;
  }
  }
  return std::vector<float>(count, 1.0f);
}

inline std::vector<float> rotary_divisors(ModelConfig const& config) {
  return rotary_divisors(config.rope_scaling, config.rope_theta, config.head_dim);
}

/// How many numbers a model of this shape learns.
inline std::size_t parameter_count(ModelConfig const& config) {
  std::size_t const queries = config.heads * config.head_dim, keys = config.kv_heads * config.head_dim;
  std::size_t layer = config.hidden * (2 * queries + 2 * keys + 3 * config.intermediate + 2);
  if (config.qkv_bias) {
    layer += queries + 2 * keys;
  }
  std::size_t const embedding = config.vocabulary * config.hidden;
  return (config.tied_embeddings ? 1 : 2) * embedding + config.layers * layer + config.hidden;
}

} // namespace srlm::io
