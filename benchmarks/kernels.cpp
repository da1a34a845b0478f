/// The tensor policies' kernels on SmolLM2-135M's shapes, and beside them what the machine could do: the peaks of its
/// f32 and bf16 arithmetic and of its memory, probed in the same run. SRLM_BACKEND names the policy (eigen, onednn).
/// Figures are floating-point operations or bytes a second, on all threads of the machine.
#include "policy.hpp"
#include <srlm/backend/bf16_kernel.hpp>
#include <srlm/backend/parallel.hpp>
#include <srlm/core/error.hpp>
#include <srlm/model/row_plan.hpp>
#include <benchmark/benchmark.h>
#include <array>
#include <cstdio>

namespace bench {
namespace {

using namespace srlm;
using Matrix = MatrixView<AnyBackend>;

void count(benchmark::State& state, char const* what, double each) {
  state.counters[what] = benchmark::Counter(each, benchmark::Counter::kIsIterationInvariantRate);
}

// ---- the machine

/// The same work on every thread at once.
template <class Work>
void on_all_threads(benchmark::State& state, Work const& work) {
  int const threads = hardware_threads();
  for (auto _ : state) {
    parallel_for(threads, static_cast<std::size_t>(threads), least_parallel_work, [&](std::size_t) { work(); });
  }
}

/// Sums that do not wait for each other: more than a processor's latency times its units.
constexpr std::size_t chains = 24, rounds = 1 << 18;

void peak_f32(benchmark::State& state) {
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

/// By the kernel of products itself, on a panel that stays in the first-level cache.
void peak_bf16(benchmark::State& state) {
  constexpr std::size_t pairs = 64, rows = 6;
  std::vector<bf16::Bits> const left(rows * 2 * pairs, float_to_bfloat16(0.5f)),
      panel(2 * pairs * bf16::panel_columns, float_to_bfloat16(0.25f));
  on_all_threads(state, [&] {
    float sums[rows * bf16::panel_columns];
    for (std::size_t round = 0; round < rounds / 64; ++round) {
      bf16::multiply(rows, pairs, {left.data(), 2 * pairs, 2}, panel.data(), bf16::panel_columns, bf16::Sums::set, sums,
                     bf16::panel_columns);
      benchmark::DoNotOptimize(sums);
    }
  });
  count(state, "flop/s", 4.0 * pairs * rows * bf16::panel_columns * (rounds / 64) * hardware_threads());
  state.SetLabel(bf16::has_dot_product() ? "by AVX512-BF16" : "in plain loops: no such instruction here");
}
BENCHMARK(peak_bf16)->UseRealTime();

void memory_read(benchmark::State& state) {
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

// ---- the kernels

/// A matrix of small numbers.
struct Numbers {
  BufferOf<AnyBackend, float> buffer;
  std::size_t rows, cols;

  Numbers(std::size_t r, std::size_t c) : buffer(backend().allocate<float>(r * c)), rows(r), cols(c) {
    std::vector<float> values(r * c);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(Seed{1}.below(2001, i)) / 1000.0f - 1.0f;
    }
    backend().upload(std::span<float const>(values), buffer.span());
  }
  operator Matrix() const { return matrix<AnyBackend>(buffer.span(), rows, cols); }
};

template <class Work>
void repeat(benchmark::State& state, Work&& work) {
  work(); // weights are packed, memory is claimed
  backend().synchronize();
  for (auto _ : state) {
    work();
    backend().synchronize();
  }
}

/// The weights of a layer and the head: [out, in].
constexpr std::array<std::pair<std::size_t, std::size_t>, 5> weights = {
    {{960, 576}, {576, 576}, {3072, 576}, {576, 1536}, {49152, 576}}};

/// All products of a pass over so many rows, forward: what a pass costs at the least.
void products_of_a_pass(benchmark::State& state) {
  auto const rows = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t layers = 30;
  std::vector<Numbers> w; // layers of their own, so that weights come from memory as in a model
  for (std::size_t i = 0; i < 4 * layers + 1; ++i) {
    auto const [out, in] = weights[i < 4 * layers ? i % 4 : 4];
    w.emplace_back(out, in);
  }
  Numbers const narrow(rows, 576), wide(rows, 1536);
  Numbers y(rows, 49152);
  repeat(state, [&] {
    for (Numbers const& weight : w) {
      backend().matmul(1, weight.cols == 576 ? narrow : wide, Op::none, weight, Op::transpose, 0,
                       matrix<AnyBackend>(y.buffer.span(), rows, weight.rows));
    }
  });
  double numbers = 0;
  for (Numbers const& weight : w) {
    numbers += static_cast<double>(weight.rows * weight.cols);
  }
  count(state, "flop/s", 2.0 * numbers * static_cast<double>(rows));
  count(state, "rows/s", static_cast<double>(rows));
}
BENCHMARK(products_of_a_pass)->Arg(1)->Arg(8)->Arg(32)->Arg(64)->Arg(512)->UseRealTime()->Unit(benchmark::kMillisecond);

/// Forward, gradient of the input, gradient of the weight: 0, 1, 2.
void product(benchmark::State& state) {
  auto const [out, in] = weights[static_cast<std::size_t>(state.range(0))];
  std::size_t const rows = out > 40000 ? 256 : 2048;
  Numbers const x(rows, in), y(rows, out), w(out, in), d_w(out, in);
  switch (state.range(1)) {
  case 0:
    repeat(state, [&] { backend().matmul(1, x, Op::none, w, Op::transpose, 0, y); });
    break;
  case 1:
    repeat(state, [&] { backend().matmul(1, y, Op::none, w, Op::none, 0, x); });
    break;
  default:
    repeat(state, [&] { backend().matmul(1, y, Op::transpose, x, Op::none, 1, d_w); });
  }
  count(state, "flop/s", 2.0 * static_cast<double>(rows * out * in));
}
BENCHMARK(product)
    ->ArgNames({"weight", "way"})
    ->ArgsProduct({{0, 1, 2, 3, 4}, {0, 1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Four sequences of 512, forward or forward and backward. Operations: those of the lower triangle.
void attention(benchmark::State& state) {
  constexpr AttentionShape shape{9, 3, 64};
  std::vector<Tokens> texts;
  std::vector<SequenceView> views;
  for (Token first = 0; first < 4; ++first) {
    texts.push_back(Tokens(512, first));
  }
  for (Tokens const& text : texts) {
    views.push_back({text, {}});
  }
  model::RowPlan const plan = model::plan_rows(views);
  std::size_t const rows = plan.tokens.size();
  auto const layout = backend().plan(plan.layout);
  Numbers const q(rows, 576), k(rows, 192), v(rows, 192), out(rows, 576), log_sum(rows, 9), d_q(rows, 576),
      d_k(rows, 192), d_v(rows, 192), pages(plan.layout.pages, shape.page_floats());
  bool const backward = state.range(0) != 0;
  repeat(state, [&] {
    backend().write_keys(k, v, layout, shape, pages.buffer.span());
    backend().attention(q, pages.buffer.span(), layout, shape, out, log_sum);
    if (backward) {
      backend().attention_backward(q, k, v, out, log_sum, q, layout, shape, d_q, d_k, d_v);
    }
  });
  double const pairs = 4 * 512.0 * 513.0 / 2;
  count(state, "flop/s", pairs * 576 * (backward ? 14 : 4)); // two products forward, five backward
}
BENCHMARK(attention)->ArgName("backward")->Arg(0)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

/// Row-wise operations: bytes that they read and write.
void rms_norm(benchmark::State& state) {
  Numbers const x(2048, 576), gain(1, 576), out(2048, 576);
  repeat(state, [&] { backend().rms_norm(x, gain.buffer.span(), 1e-5f, out); });
  count(state, "byte/s", 2048.0 * 576 * 8);
}
BENCHMARK(rms_norm)->UseRealTime();

void swiglu(benchmark::State& state) {
  Numbers const x(2048, 3072), out(2048, 1536);
  repeat(state, [&] { backend().swiglu(x, out); });
  count(state, "byte/s", 2048.0 * 1536 * 12);
}
BENCHMARK(swiglu)->UseRealTime();

void log_probs(benchmark::State& state) {
  Numbers const logits(256, 49152), sums(1, 256), out(1, 256);
  auto ids = backend().allocate<std::int32_t>(256);
  backend().fill_zero(ids.span());
  repeat(state, [&] { backend().log_probs(logits, ids.span(), sums.buffer.span(), out.buffer.span()); });
  count(state, "byte/s", 256.0 * 49152 * 8); // read twice
}
BENCHMARK(log_probs)->UseRealTime();

void adamw(benchmark::State& state) {
  std::size_t const n = std::size_t{1} << 24;
  Numbers const value(1, n), gradient(1, n), first(1, n), second(1, n);
  backend().fill_zero(second.buffer.span());
  repeat(state, [&] {
    backend().adamw(value.buffer.span(), gradient.buffer.span(), first.buffer.span(), second.buffer.span(),
                    {1e-6f, 0.9f, 0.95f, 1e-8f, 0.1f, 1.0f, 1});
  });
  count(state, "byte/s", static_cast<double>(n) * 28);
}
BENCHMARK(adamw)->UseRealTime();

} // namespace
} // namespace bench

int main(int count, char** arguments) {
  try {
    bench::backend();
  } catch (srlm::Error const& error) { // no such policy
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
