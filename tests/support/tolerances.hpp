/// How far results may be from what they are compared with, for every tensor policy alike. f32 has 24 bits: one
/// rounding errs by 6e-8 of the number. EigenBackend adds in float in blocks, XtensorBackend in double; the numbers
/// hold for both.
#pragma once
#include <srlm/testing/tensor_tolerances.hpp>

namespace tolerance {

// ---- one kernel against its formula in double, numbers of size 1
using namespace srlm::testing::tolerance;

// ---- products whose factors are rounded to bf16, 8 bits: each factor errs by up to 2^-9 of the number
inline constexpr double bf16_kernel = kernel * (0x1p-9 / product); ///< a product: 2^-9 (1 + sqrt(depth))
inline constexpr double bf16_attention = 0x1p-7; ///< of a matrix's norm: each of the factors rounded, some twice
inline constexpr double bf16_attention_entry = 0x1p-5; ///< of one output, numbers of size 1: weights and values rounded
inline constexpr double bf16_log_prob =
    0.02; ///< of a sequence, relative: two to four layers, errors of tokens partly cancel
inline constexpr double bf16_supervised = 0.2; ///< weights after 20 steps of 1e-2 that begin with gradients so far off
inline constexpr double bf16_gradient = 0.05;  ///< of a tensor's norm
/// A shift of all keys moves all scores of a query alike, but for the rotation: what is left is a difference that
/// cancels.
inline constexpr double bf16_key_bias_gradient = 0.1;

// ---- the whole model against torch, f32 on both sides
inline constexpr double logits = 1e-4; ///< absolute; logits of size 10, two to four layers of roundings each way
inline constexpr double sequence_log_prob = 1e-5; ///< relative; errors of tokens partly cancel
inline constexpr double token_log_prob = 1e-4;    ///< absolute; as of logits
inline constexpr double gradient = 1e-4;          ///< of a tensor's norm: sums over rows in another order
inline constexpr double gradient_sum = 1e-3;      ///< of a tensor's norm: a sum over all elements adds their errors
inline constexpr double training_loss = 1e-4; ///< absolute, at each of 20 steps: what earlier steps differ by is in it
inline constexpr double gradient_norm = 1e-3; ///< relative, at each of 20 steps
inline constexpr double real_model_logits = 1e-3; ///< absolute; SmolLM2: 30 layers

// ---- a model against itself
inline constexpr double shared_gradient = 1e-5; ///< of a tensor's norm: a shared prefix sums its rows in another order
inline constexpr double margin = 1e-4;          ///< nats; what a DPO loss may err by (240 tokens a response)

// ---- one policy against the other
inline constexpr double same_log_prob = 2e-6; ///< relative: less than to torch, since both sum in a fixed order
inline constexpr double zero_margin = 1e-6;   ///< relative to log 2: what the trainers themselves insist on
inline constexpr double same_weights = 1e-4; ///< after some steps of 1e-3: AdamW divides a gradient by its own size, so
                                             ///< one that is nearly 0 moves a weight by a part of the rate
inline constexpr double same_gradient = 1e-5; ///< of a tensor's norm

} // namespace tolerance
