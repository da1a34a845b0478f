/// The stranger's model of examples/your_model.hpp behind the six members, and ways to break it.
#pragma once
#include "../../examples/your_model.hpp"
#include <srlm/concepts/policy.hpp>
#include <srlm/core/error.hpp>
#include <filesystem>
#include <fstream>

namespace bigram {

struct Policy {
  mylib::Bigram model;
  mylib::Letters const& tokenizer() const { return model.alphabet; }
  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const> x, srlm::Sampling const& s) {
    return model.write(x, s);
  }
  std::vector<float> log_probs(std::span<srlm::SequenceView const> y) { return model.score(y); }
  mylib::Bigram::Run forward(std::span<srlm::SequenceView const> y) { return model.run(y); }
  void backward(mylib::Bigram::Run run, std::span<float const> weight) { model.learn(std::move(run), weight); }
  std::vector<mylib::Bigram::Weights> parameters() { return model.weights(); }
};
static_assert(srlm::Policy<Policy>);

/// With state that can be written down.
struct Keeping : Policy {
  void save_checkpoint(std::filesystem::path const& file) const {
    std::ofstream out(file, std::ios::binary);
    auto copy = model;
    auto const w = copy.weights().front().value;
    out.write(reinterpret_cast<char const*>(w.data()), static_cast<std::streamsize>(w.size_bytes()));
  }
  void load_checkpoint(std::filesystem::path const& file) {
    std::ifstream in(file, std::ios::binary);
    srlm::require(in.is_open(), "checkpoint", "a file that is not there", "one that save_checkpoint() wrote");
    auto const w = model.weights().front().value;
    in.read(reinterpret_cast<char*>(w.data()), static_cast<std::streamsize>(w.size_bytes()));
  }
};

/// Weights that are not all alike.
template <class P = Policy>
P random(std::uint64_t seed = 5, float size = 1.0f) {
  P p;
  auto const w = p.model.weights().front().value;
  for (std::size_t i = 0; i < w.size(); ++i) {
    w[i] = size * static_cast<float>(srlm::Seed{seed}.uniform(i) - 0.5);
  }
  return p;
}

} // namespace bigram
