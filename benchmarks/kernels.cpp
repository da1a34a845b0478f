/// The tensor policies' kernels on a model's shapes (shape.hpp), beside what the machine could do. SRLM_BACKEND names
/// the policy. Figures are floating-point operations or bytes a second, on all threads of the machine.
#include "machine.hpp"
#include "shape.hpp"
#include <srlm/model/row_plan.hpp>
#include <array>
#include <cstdio>

namespace bench {
namespace {

io::ModelConfig const sizes = shape();

/// The weights of a layer and the head: [out, in].
std::array<std::pair<std::size_t, std::size_t>, 5> const weights = {
    {{(sizes.heads + 2 * sizes.kv_heads) * sizes.head_dim, sizes.hidden},
     {sizes.hidden, sizes.heads* sizes.head_dim},
     {2 * sizes.intermediate, sizes.hidden},
     {sizes.hidden, sizes.intermediate},
     {sizes.vocabulary, sizes.hidden}}};

/// All products of a pass over so many rows, forward: what a pass costs at the least.
void products_of_a_pass(benchmark::State& state) {
  auto const rows = static_cast<std::size_t>(state.range(0));
  std::vector<Numbers> w; // layers of their own, so that weights come from memory as in a model
  for (std::size_t i = 0; i < 4 * sizes.layers + 1; ++i) {
    auto const [out, in] = weights[i < 4 * sizes.layers ? i % 4 : 4];
    w.emplace_back(out, in);
  }
  Numbers const narrow(rows, sizes.hidden), wide(rows, sizes.intermediate), y(rows, sizes.vocabulary);
  repeat(state, [&] {
    for (Numbers const& weight : w) {
      backend().matmul(1, weight.cols == sizes.hidden ? narrow : wide, Op::none, weight, Op::transpose, 0,
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
  std::size_t const rows = out == sizes.vocabulary ? 256 : 2048;
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
  AttentionShape const heads{sizes.heads, sizes.kv_heads, sizes.head_dim};
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
  std::size_t const wide = sizes.heads * sizes.head_dim, narrow = sizes.kv_heads * sizes.head_dim;
  Numbers const q(rows, wide), k(rows, narrow), v(rows, narrow), out(rows, wide), log_sum(rows, sizes.heads),
      d_q(rows, wide), d_k(rows, narrow), d_v(rows, narrow), pages(plan.layout.pages, heads.page_floats());
  bool const backward = state.range(0) != 0;
  repeat(state, [&] {
    backend().write_keys(k, v, layout, heads, pages.buffer.span());
    backend().attention(q, pages.buffer.span(), layout, heads, out, log_sum);
    if (backward) {
      backend().attention_backward(q, k, v, out, log_sum, q, layout, heads, d_q, d_k, d_v);
    }
  });
  double const pairs = 4 * 512.0 * 513.0 / 2;
  count(state, "flop/s",
        pairs * static_cast<double>(wide) * (backward ? 14 : 4)); // two products forward, five backward
}
BENCHMARK(attention)->ArgName("backward")->Arg(0)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

/// Row-wise operations: bytes that they read and write.
void rms_norm(benchmark::State& state) {
  Numbers const x(2048, sizes.hidden), gain(1, sizes.hidden), out(2048, sizes.hidden);
  repeat(state, [&] { backend().rms_norm(x, gain.buffer.span(), 1e-5f, out); });
  count(state, "byte/s", 2048.0 * 8 * static_cast<double>(sizes.hidden));
}
BENCHMARK(rms_norm)->UseRealTime();

void swiglu(benchmark::State& state) {
  Numbers const x(2048, 2 * sizes.intermediate), out(2048, sizes.intermediate);
  repeat(state, [&] { backend().swiglu(x, out); });
  count(state, "byte/s", 2048.0 * 12 * static_cast<double>(sizes.intermediate));
}
BENCHMARK(swiglu)->UseRealTime();

void log_probs(benchmark::State& state) {
  Numbers const logits(256, sizes.vocabulary), sums(1, 256), out(1, 256);
  auto ids = backend().allocate<std::int32_t>(256);
  backend().fill_zero(ids.span());
  repeat(state, [&] { backend().log_probs(logits, ids.span(), sums.buffer.span(), out.buffer.span()); });
  count(state, "byte/s", 256.0 * 8 * static_cast<double>(sizes.vocabulary)); // read twice
}
BENCHMARK(log_probs)->UseRealTime();

/// A token for each of 32 rows, from a nucleus of 0.9. Nearly equal logits, as random weights give them (9 tokens of 10
/// are in the nucleus), or, by a low temperature, some hundreds of tokens that count.
void sample(benchmark::State& state) {
  std::size_t const rows = 32;
  Numbers const logits(rows, sizes.vocabulary);
  std::vector<Seed> seeds;
  for (std::uint64_t i = 0; i < rows; ++i) {
    seeds.push_back(Seed{i});
  }
  Sampling const sampling{static_cast<float>(state.range(0)) / 1000, 0.9f, 1};
  repeat(state, [&] { benchmark::DoNotOptimize(backend().sample(logits, std::span<Seed const>(seeds), sampling)); });
  count(state, "byte/s", static_cast<double>(rows * 4 * sizes.vocabulary));
}
BENCHMARK(sample)->ArgName("temperature in thousandths")->Arg(1000)->Arg(5)->UseRealTime();

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
