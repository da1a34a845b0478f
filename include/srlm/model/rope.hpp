/// Rotary position embeddings (Su et al. 2021): the table of cosines and sines, with the scalings for long contexts.
#pragma once
#include <srlm/io/model_config.hpp>
#include <cmath>
#include <cstddef>
#include <vector>

namespace srlm::model {

/// cosine, sine [positions, D / 2].
struct RopeTable {
  std::vector<float> cosine, sine;
};

/// The table for positions 0 .. positions - 1. Frequencies and angles are f32, as in the models' own training code.
inline RopeTable rope_table(io::ModelConfig const& config, std::size_t positions) {
  std::vector<float> frequencies = io::rotary_divisors(config);
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    double const exponent = -2.0 * static_cast<double>(i) / static_cast<double>(config.head_dim);
    frequencies[i] = static_cast<float>(std::pow(config.rope_theta, exponent) / static_cast<double>(frequencies[i]));
  }
  RopeTable table;
  table.cosine.reserve(positions * frequencies.size());
  table.sine.reserve(positions * frequencies.size());
  for (std::size_t p = 0; p < positions; ++p) {
    for (float f : frequencies) {
      float const angle = static_cast<float>(p) * f;
      table.cosine.push_back(static_cast<float>(std::cos(static_cast<double>(angle))));
      table.sine.push_back(static_cast<float>(std::sin(static_cast<double>(angle))));
    }
  }
  return table;
}

} // namespace srlm::model
