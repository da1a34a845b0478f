/// Pairs for the trainers' tests, on the stranger's model.
#pragma once
#include "support/bigram.hpp"
#include <srlm/train/reference.hpp>

namespace bigram {

/// Four pairs of answers of different lengths, their reference not yet recorded.
inline std::vector<srlm::PreferencePair> pairs() {
  std::vector<srlm::PreferencePair> pairs;
  char const* const texts[][3] = {
      {"say", "aaa", "bbbbb"}, {"more", "abc", "c"}, {"go", "aa", "bb"}, {"x", "acca", "b"}};
  mylib::Letters const letters;
  for (auto const& [prompt, chosen, rejected] : texts) {
    pairs.push_back({{prompt, letters.encode_prompt(prompt)},
                     {chosen, letters.encode_response(chosen)},
                     {rejected, letters.encode_response(rejected)}});
  }
  return pairs;
}

template <class P>
std::vector<float> weights_of(P& policy) {
  auto const w = policy.model.weights().front().value;
  return {w.begin(), w.end()};
}

inline float furthest(std::vector<float> const& a, std::vector<float> const& b) {
  float most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    most = std::max(most, std::abs(a[i] - b[i]));
  }
  return most;
}

} // namespace bigram
