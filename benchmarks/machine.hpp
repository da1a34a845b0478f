/// What the machine could do, probed in the same run as what the kernels do: the peaks of its f32 and bf16 arithmetic
/// and of its memory. Floating-point operations or bytes a second, on all threads.
#pragma once
#include "policy.hpp"
#include <srlm/backend/bf16_kernel.hpp>
#include <srlm/backend/host_memory.hpp>
#include <srlm/backend/parallel.hpp>
#include <srlm/core/error.hpp>
#include <benchmark/benchmark.h>
#include <algorithm> // copy_n
#include <vector>

namespace bench {

using namespace srlm;
using Matrix = MatrixView<AnyBackend>;

inline void count(benchmark::State& state, char const* what, double each) {
  state.counters[what] = benchmark::Counter(each, benchmark::Counter::kIsIterationInvariantRate);
}

/// A matrix of numbers in [-1, 1].
struct Numbers {
  BufferOf<AnyBackend, float> buffer;
  std::size_t rows, cols;

  Numbers(std::size_t r, std::size_t c) : buffer(backend().allocate<float>(r * c)), rows(r), cols(c) {
    static std::vector<float> const some = [] { // repeated where there are more
      std::vector<float> values(std::size_t{1} << 20);
      for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(Seed{1}.below(2001, i)) / 1000.0f - 1.0f;
      }
      return values;
    }();
    for (std::size_t i = 0; i < r * c; i += some.size()) {
      std::size_t const n = std::min(some.size(), r * c - i);
      backend().upload(std::span<float const>(some).first(n), buffer.span().subspan(i, n));
    }
  }
  operator Matrix() const { return matrix<AnyBackend>(buffer.span(), rows, cols); }
};

/// Work of the policy, whose memory is claimed and whose weights are packed before. A GPU gets several at once, so that
/// nobody waits for the host.
template <class Work>
void repeat(benchmark::State& state, Work&& work) {
#if defined(SRLM_COMMAND_CUDA)
  constexpr int at_once = 16;
#else
  constexpr int at_once = 1;
#endif
  work();
  backend().synchronize();
  while (state.KeepRunningBatch(at_once)) {
    for (int i = 0; i < at_once; ++i) {
      work();
    }
    backend().synchronize();
  }
}

#if defined(SRLM_COMMAND_CUDA)

/// The policy's own product where it is largest, in its own arithmetic, f32 or bf16.
inline void peak_of_products(benchmark::State& state) {
  constexpr std::size_t n = 8192;
  Numbers const a(n, n), b(n, n), c(n, n);
  repeat(state, [&] { backend().matmul(1, a, Op::none, b, Op::transpose, 0, c); });
  count(state, "flop/s", 2.0 * n * n * n);
}
BENCHMARK(peak_of_products)->UseRealTime();

/// y += x: two numbers read, one written.
inline void memory_moved(benchmark::State& state) {
  Numbers const x(1 << 14, 1 << 13), y(1 << 14, 1 << 13);
  repeat(state, [&] { backend().add(x, y); });
  count(state, "byte/s", 12.0 * (1 << 27));
}
BENCHMARK(memory_moved)->UseRealTime();

#else

/// The same work on every thread at once.
template <class Work>
void on_all_threads(benchmark::State& state, Work const& work) {
  int const threads = hardware_threads();
  for (auto _ : state) {
    parallel_for(threads, static_cast<std::size_t>(threads), least_parallel_work, [&](std::size_t) { work(); });
  }
}

/// Sums that do not wait for each other: more than a processor's latency times its units.
inline constexpr std::size_t chains = 24, rounds = 1 << 18;

inline void peak_f32(benchmark::State& state) {
  on_all_threads(state, [] {
    host::Lanes sums[chains] = {}, factor = {}, step = {};
#pragma GCC unroll 24
    for (std::size_t i = 0; i < chains; ++i) {
      sums[i][0] = static_cast<float>(i); // different, so that none is left out
    }
    step += 1.0f;
    factor += 0.5f;
    benchmark::DoNotOptimize(factor);
    for (std::size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 24
      for (std::size_t i = 0; i < chains; ++i) {
        sums[i] = sums[i] * factor + step;
      }
    }
    host::Lanes total = {};
#pragma GCC unroll 24
    for (std::size_t i = 0; i < chains; ++i) {
      total += sums[i];
    }
    benchmark::DoNotOptimize(total);
  });
  count(state, "flop/s", 2.0 * host::lane_count * chains * rounds * hardware_threads());
}
BENCHMARK(peak_f32)->UseRealTime();

/// By the kernel of products itself, on rows and a panel that stay in the first caches.
inline void peak_bf16(benchmark::State& state) {
  constexpr std::size_t pairs = 128, rows = 96; // whole blocks of the dot product and of tiles
  LineVector<bf16::Bits> const left(rows * 2 * pairs, float_to_bfloat16(0.5f)),
      panel(2 * pairs * bf16::panel_columns, float_to_bfloat16(0.25f));
  on_all_threads(state, [&] {
    alignas(64) float sums[rows * bf16::panel_columns];
    for (std::size_t round = 0; round < rounds / 2048; ++round) {
      bf16::multiply(rows, pairs, {left.data(), 2 * pairs, 2}, panel.data(), bf16::panel_columns, bf16::Sums::set, sums,
                     bf16::panel_columns);
      benchmark::DoNotOptimize(sums);
    }
  });
  count(state, "flop/s", 4.0 * pairs * rows * bf16::panel_columns * (rounds / 2048) * hardware_threads());
  state.SetLabel(bf16::has_matrix_tiles() ? "by AMX"
                 : bf16::has_dot_product() ? "by AVX512-BF16"
                                           : "in plain loops: no such instruction here");
}
BENCHMARK(peak_bf16)->UseRealTime();

inline void memory_read(benchmark::State& state) {
  std::size_t const n = std::size_t{1} << 26, part = n / 64;
  static std::vector<float> const numbers(n, 1.0f);
  for (auto _ : state) {
    parallel_for(hardware_threads(), 64, n, [&](std::size_t task) {
      host::Lanes sums[8] = {};
      for (std::size_t i = task * part; i < (task + 1) * part; i += 8 * host::lane_count) {
        for (std::size_t j = 0; j < 8; ++j) {
          sums[j] += host::load(numbers.data() + i + j * host::lane_count);
        }
      }
      benchmark::DoNotOptimize(sums);
    });
  }
  count(state, "byte/s", static_cast<double>(n * sizeof(float)));
}
BENCHMARK(memory_read)->UseRealTime();

#endif

} // namespace bench
