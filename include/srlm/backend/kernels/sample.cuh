/// Sampling on the device: temperature, nucleus (Holtzman et al. 2020) and a draw, a block a row, without a sort. The
/// choice is the host's: tokens from the most likely on, the smaller id first among equals, until they reach top_p; the
/// draw is the token at which they pass the share u of that.
///
/// Probabilities are summed as whole numbers of 2^-44, so a sum has no order and no rounding; what is looked for is
/// then found bit by bit: the largest threshold whose tokens still reach a mass. Control flow does not depend on data.
/// Bound: some 80 reads of a row (50 for top_p 1), from shared memory where the row fits there.
#pragma once
#include <srlm/backend/kernels/reduce.cuh>
#include <srlm/core/seed.hpp>

namespace srlm::kernels {

using Mass = unsigned long long; ///< probability in units of 2^-44; a vocabulary of 2^19 cannot overflow it

__device__ inline Mass mass_of(float probability) {
  return probability > 0.0f ? static_cast<Mass>(probability * 0x1p44f) : 0;
}

/// The bits of a probability; for numbers >= 0 they are ordered as the numbers are.
__device__ inline unsigned bits_of(float probability) {
#if defined(__CUDA_ARCH__)
  return __float_as_uint(probability);
#else
  return __builtin_bit_cast(unsigned, probability);
#endif
}

/// Binary digits of n.
__device__ inline int digits_of(unsigned n) {
  int digits = 0;
  for (; n != 0; n /= 2) {
    ++digits;
  }
  return digits;
}

/// The largest t below 2^bits for which measure(t), which never grows with t and is the same in all threads, is at
/// least `wanted`; 0 where none is.
template <class Measure>
__device__ unsigned largest_that_reaches(Mass wanted, int bits, Measure measure) {
  unsigned found = 0;
  for (int bit = bits - 1; bit >= 0; --bit) {
    unsigned const candidate = found | 1u << bit;
    found = measure(candidate) >= wanted ? candidate : found;
  }
  return found;
}

/// A row of probabilities that the block's threads hold together, thread i the tokens i, i + blockDim.x, ...
struct Nucleus {
  float const* probability; ///< [n]
  unsigned n;
  Mass* scratch;

  /// The sum over tokens of the mass that `part` gives them.
  template <class Part>
  __device__ Mass sum(Part part) const {
    Mass mine = 0;
    for (unsigned i = threadIdx.x; i < n; i += blockDim.x) {
      mine += part(i, probability[i]);
    }
    return block_reduce(mine, scratch, Plus{});
  }

  __device__ Mass mass_from(unsigned threshold) const {
    return sum([=](unsigned, float p) { return bits_of(p) >= threshold ? mass_of(p) : Mass{0}; });
  }

  /// The threshold at which tokens, most likely first, reach `wanted`. Probabilities are at most 1: 30 bits.
  __device__ unsigned threshold(Mass wanted) const {
    return largest_that_reaches(wanted, 30, [this](unsigned t) { return mass_from(t); });
  }

  /// How many of the tokens whose probability is the threshold it takes to reach `wanted`, at least one; `above` is
  /// the mass of all that are more likely.
  __device__ Mass ties(Mass wanted, Mass above, unsigned threshold) const {
    Mass const each = mass_of(number_of(threshold)), missing = wanted > above + 1 ? wanted - above - 1 : 0;
    return missing / (each > 0 ? each : 1) + 1;
  }

  __device__ static float number_of(unsigned bits) {
#if defined(__CUDA_ARCH__)
    return __uint_as_float(bits);
#else
    return __builtin_bit_cast(float, bits);
#endif
  }

  /// The token at which the nucleus of mass top_p passes the share u of itself.
  __device__ unsigned draw(Mass total, double top_p, double u) const {
    Mass reached = total;
    if (top_p < 1.0) { // the same for all rows
      double const wanted = ceil(top_p * static_cast<double>(total));
      Mass const least = wanted > 1.0 ? static_cast<Mass>(wanted) : 1;
      unsigned const edge = threshold(least);
      Mass const above = mass_from(edge + 1);
      reached = above + ties(least, above, edge) * mass_of(number_of(edge));
    }
    Mass const passed = static_cast<Mass>(u * static_cast<double>(reached));
    Mass const target = passed < reached ? passed + 1 : reached;
    unsigned const at = threshold(target);
    Mass const rank = ties(target, mass_from(at + 1), at);
    auto const equals_up_to = [&](unsigned last) {
      return sum([=](unsigned i, float p) { return bits_of(p) == at && i <= last ? Mass{1} : Mass{0}; });
    };
    // the id of that rank among equals: one more than the largest up to which there are fewer
    Mass const fewer = equals_up_to(0) < rank ? 1 : 0;
    unsigned const before = largest_that_reaches(
        1, digits_of(n), [&](unsigned last) { return equals_up_to(last) < rank ? Mass{1} : Mass{0}; });
    return before + static_cast<unsigned>(fewer);
  }
};

/// What all rows share. A temperature of 0, or one too small to divide by, takes the most likely token.
struct SampleOptions {
  float inverse_temperature; ///< not finite: greedy
  double top_p;
};

/// logits [T, V]; seeds [T], of which the first number is drawn; tokens [T], -1 where logits are not numbers.
/// InShared: the probabilities of a row are kept in shared memory, otherwise in room [T, V]. Launch: T blocks;
/// scratch_bytes<Mass>, and V floats after it where InShared.
template <bool InShared, class Element>
__global__ void __launch_bounds__(512)
    sample(Rows<Element const> logits, unsigned vocabulary, std::uint64_t const* seeds, SampleOptions options,
           Rows<float> room, std::int32_t* tokens) {
  Element const* const row = logits[blockIdx.x];
  Mass* const scratch = dynamic_shared_memory<Mass>();
  float* const kept =
      InShared ? reinterpret_cast<float*>(scratch + blockDim.x / warp_threads) : room[InShared ? 0 : blockIdx.x];
  float top = -INFINITY;
  for (unsigned i = threadIdx.x; i < vocabulary; i += blockDim.x) {
    top = Larger{}(top, static_cast<float>(row[i]));
  }
  top = block_reduce(top, reinterpret_cast<float*>(scratch), Larger{});
  bool const greedy = !(options.inverse_temperature < INFINITY);
  float const inverse = greedy ? 1.0f : options.inverse_temperature;
  float sum = 0;
  Mass mass = 0;
  for (unsigned i = threadIdx.x; i < vocabulary; i += blockDim.x) { // each thread reads later what it wrote itself
    float const difference = static_cast<float>(row[i]) - top, p = expf(difference * inverse);
    sum += p;
    kept[i] = greedy && difference < 0.0f ? 0.0f : p;
    mass += mass_of(kept[i]);
  }
  sum = block_reduce(sum, reinterpret_cast<float*>(scratch), Plus{});
  Mass const total = block_reduce(mass, scratch, Plus{});
  double const u = greedy ? 0.0 : Seed{seeds[blockIdx.x]}.uniform(0);
  unsigned const token = Nucleus{kept, vocabulary, scratch}.draw(total, greedy ? 1.0 : options.top_p, u);
  if (threadIdx.x == 0) {
    tokens[blockIdx.x] = sum < INFINITY ? static_cast<std::int32_t>(token) : -1;
  }
}

} // namespace srlm::kernels
