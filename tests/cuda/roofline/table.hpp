/// The roofline of every kernel, for the shapes of SmolLM2 with 135M and with 1.7B parameters: the table of
/// docs/cuda.md.
#pragma once
#include "../decode_case.hpp"
#include "work.hpp"
#include <cstdio> // snprintf
#include <string>

namespace roofline {

/// Of an H100 SXM, from its data sheet.
inline constexpr double bytes_a_second = 3.35e12, flops_a_second = 67e12; // f32, outside the tensor cores

struct Row {
  std::string name;
  Work work;
};

struct Model {
  double hidden, gated; ///< numbers of a row, and of its gated unit
  srlm::AttentionShape shape;
  double vocabulary, parameters;
};

inline std::string text(double number, int digits) {
  char out[64];
  std::snprintf(out, sizeof(out), "%.*f", digits, number);
  return out;
}

/// MB, GFLOP, and the time that the H100 needs at least, with what bounds it.
inline std::string cells(Work const& work) {
  double const bytes = work.bytes() / bytes_a_second, flops = work.flops / flops_a_second;
  return text(work.bytes() / 1e6, 1) + " | " + text(work.flops / 1e9, 2) + " | " +
         text(1e6 * std::max(bytes, flops), 1) + (bytes > flops ? " bytes" : " flops") + " |";
}

/// Sequences of `shared` tokens and then `own` of each's.
inline srlm::testing::AttentionCase sequences(std::size_t count, std::size_t shared, std::size_t own) {
  std::vector<srlm::Tokens> inputs;
  for (std::size_t s = 0; s < count; ++s) {
    inputs.emplace_back(shared, 7);
    inputs.back().insert(inputs.back().end(), own, static_cast<srlm::Token>(8 + s));
  }
  return srlm::testing::AttentionCase(inputs);
}

/// A pass over 8 x 512 tokens, the head 512 rows at a time; a decoding step of 64 sequences with 128 shared tokens and
/// 64 of their own.
inline std::vector<Row> rows_of(Model const& m) {
  srlm::AttentionShape const& shape = m.shape;
  double const T = 8 * 512, C = m.hidden, F = m.gated, W = width(shape), K = key_width(shape), V = m.vocabulary;
  auto const whole = sequences(8, 0, 512);
  Span const span = span_of(srlm::whole_tiles(whole.plan.layout, shape.group()));
  srlm::AttentionLayout const step = srlm::testing::step_of(sequences(64, 128, 64));
  srlm::DecodeTiles const decode = srlm::decode_tiles(step, shape.group());
  Span const decode_span = span_of(decode.tiles);
  return {
      {"rms_norm", rms_norm(T, C)},
      {"rms_norm_backward", rms_norm_backward(T, C)},
      {"sum_of_parts, of a gain", gain_parts(T, C)},
      {"add_parts", add_parts(T, C)},
      {"rotate", rotate(T, W, static_cast<double>(shape.head_dim), 512)},
      {"swiglu", swiglu(T, F)},
      {"swiglu_backward", swiglu_backward(T, F)},
      {"add", add(T, C)},
      {"add_to_rows", add_to_rows(T, C)},
      {"scale", scale(T, C)},
      {"gather_rows", gather_rows(T, C, T)},
      {"scatter_add_rows", scatter_add_rows(T, C, T)},
      {"write_keys", write_keys(T, T, K)},
      {"copy_keys, 63 tokens", copy_keys(63, K)},
      {"sum_slots", sum_slots(T, T, K)},
      {"log_sums, 512 rows", log_sums(512, V)},
      {"target_log_probs, 512 rows", target_log_probs(512)},
      {"log_probs_backward, 512 rows", log_probs_backward(512, V)},
      {"sample, 64 rows", sample(64, V, true)},
      {"squares", squares(m.parameters, 1024)},
      {"adamw", adamw(m.parameters)},
      {"attention", attention(span, shape, T)},
      {"attention_dots", attention_dots(T, shape)},
      {"attention_queries_backward", attention_queries_backward(span, shape)},
      {"attention_keys_backward", attention_keys_backward(span, static_cast<double>(whole.plan.layout.pages), shape)},
      {"attention, decoding", attention(decode_span, shape, 64)},
      {"merge_parts, decoding", merge_parts(decode.of.back(), 64, shape)},
  };
}

/// The lines of the table.
inline std::vector<std::string> table() {
  std::vector<Row> const small = rows_of({576, 1536, {9, 3, 64}, 49'152, 134'515'008}),
                         large = rows_of({2048, 8192, {32, 32, 64}, 49'152, 1'711'376'384});
  std::vector<std::string> lines = {"| kernel | 135M: MB | GFLOP | us | 1.7B: MB | GFLOP | us |",
                                    "| --- | --- | --- | --- | --- | --- | --- |"};
  for (std::size_t i = 0; i < small.size(); ++i) {
    lines.push_back("| " + small[i].name + " | " + cells(small[i].work) + " " + cells(large[i].work));
  }
  return lines;
}

} // namespace roofline
