/// How far one operation of a tensor backend may be from its formula in double, for numbers of size 1 in f32. f32 has
/// 24 bits: one rounding errs by 6e-8 of the number. The numbers hold for sums in float, in blocks, and in double.
#pragma once

namespace srlm::testing::tolerance {

inline constexpr double product = 1e-6;   ///< times 1 + sqrt(depth): the roundings of a chain of sums add up so
inline constexpr double kernel = 2e-6;    ///< element-wise and row-wise operations: some tens of roundings
inline constexpr double attention = 5e-6; ///< two sums and an exponential in a row
inline constexpr double log_prob =
    2e-6; ///< for logits up to 4; in proportion to theirs above, as log p is kept in float
inline constexpr double derivative = 2e-5;     ///< gradients against central differences in double, which err by 1e-8
inline constexpr double sum_of_squares = 1e-6; ///< relative: every square is rounded once
inline constexpr double update = 1e-6;         ///< relative to the step of AdamW: ten roundings

/// An error that may be as large as `permitted`, told as one of an element-wise operation: so that a backend of another
/// precision scales all laws by one number.
constexpr double in_kernels(double error, double permitted) { return error * (kernel / permitted); }

} // namespace srlm::testing::tolerance
