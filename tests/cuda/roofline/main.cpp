/// Compares work.hpp with what the kernels do, thread by thread on the CPU with every access to memory watched, on
/// small shapes with odd edges; then prints what it says of larger ones, as a table, whose lines have to stand in PAGE.
/// Exit code 1 where anything differs.
///
/// usage: cuda_roofline [PAGE]
#include "../decode_case.hpp"
#include "../host_device.hpp"
#include "../races/shadow.hpp"
#include "table.hpp"
#include <cstdio>
#include <fstream>
#include <set>

namespace {

using namespace srlm;
using namespace roofline;
using cuda_on_host::Traffic;

/// Remembers what the last launch of each kernel did.
class CountingDevice : public HostDevice {
 public:
  using HostDevice::HostDevice;

  template <class Kernel, class... Arguments>
  void launch(char const* name, Kernel kernel, cuda::Launch const& shape, Arguments const&... arguments) {
    HostDevice::launch(name, kernel, shape, arguments...);
    traffic[name] = cuda_on_host::last_traffic();
  }

  std::map<std::string, Traffic> traffic;
};

using Backend = BasicCudaBackend<CountingDevice>;
using Numbers = srlm::testing::Placed<Backend>;

int differences = 0;

void expect(char const* name, char const* what, double observed, double least, double most) {
  if (observed < least || observed > most) {
    std::printf("%s: %s: %.0f, and %.0f to %.0f by its formula\n", name, what, observed, least, most);
    ++differences;
  }
}

/// The last launch of `name` moved what `work` says.
void expect(Backend& b, char const* name, Work const& work) {
  Traffic const seen = b.device().traffic[name];
  expect(name, "bytes read", static_cast<double>(seen.read), work.read, work.read + work.lists);
  expect(name, "bytes written", static_cast<double>(seen.written), work.written, work.written);
}

/// The flops of its products, from how often threads read shared memory for them: a step of a thread's product with the
/// 64 columns of a warp's tile takes 18 reads, for 64 flops. So many columns has every product where a head has 64.
void expect_products(Backend& b, char const* name, Work const& work, double other_reads) {
  double const reads = static_cast<double>(b.device().traffic[name].shared_reads) - other_reads,
               flops = reads / 18 * 64;
  expect(name, "flops of products", flops, work.flops, work.flops);
}

void check_rows(Backend& b) {
  std::size_t const T = 69, C = 70, few = 4;
  double const t = 69, c = 70;
  Numbers const x(b, T, C, 1, 3), y(b, T, C, 2), d(b, T, C, 3, 1), gain(b, 1, C, 4), sum(b, 1, C, 5);
  b.rms_norm(x.view(), gain.numbers(), 1e-5f, y.view());
  expect(b, "rms_norm", rms_norm(t, c));
  b.rms_norm_backward(x.view(), gain.numbers(), 1e-5f, d.view(), y.view(), sum.numbers());
  expect(b, "rms_norm_backward", rms_norm_backward(t, c));
  expect(b, "sum_of_parts", gain_parts(t, c));
  expect(b, "add_parts", add_parts(t, c));
  b.sum_rows(x.view(), sum.numbers());
  expect(b, "sum_of_parts", bias_parts(t, c));
  b.add(x.view(), y.view());
  expect(b, "add", add(t, c));
  b.add_to_rows(gain.numbers(), y.view());
  expect(b, "add_to_rows", add_to_rows(t, c));
  Numbers const no_left(b, T, 1, 6), no_right(b, 1, C, 7);
  b.matmul(1.0f, columns_of(no_left.view(), 0, 0), Op::none, rows_of(no_right.view(), 0, 0), Op::none, 0.5f, y.view());
  expect(b, "scale", scale(t, c));

  std::vector<std::int32_t> numbers;
  for (std::size_t i = 0; i < T; ++i) {
    numbers.push_back(static_cast<std::int32_t>(i % few));
  }
  auto const ids = srlm::testing::placed_ids(b, numbers);
  Numbers const table(b, 9, C, 8), cosine(b, 9, 5, 9), sine(b, 9, 5, 10);
  b.rotate(x.view(), 10, ids.span(), cosine.view(), sine.view(), 1.0f);
  expect(b, "rotate", rotate(t, c, 10, few));
  b.gather_rows(table.view(), ids.span(), y.view());
  expect(b, "gather_rows", gather_rows(t, c, few));
  b.scatter_add_rows(x.view(), ids.span(), table.view());
  expect(b, "scatter_add_rows", scatter_add_rows(t, c, few));
  Numbers const out(b, T, C / 2, 11), d_gate_up(b, T, C, 12);
  b.swiglu(x.view(), out.view());
  expect(b, "swiglu", swiglu(t, c / 2));
  b.swiglu_backward(x.view(), out.view(), d_gate_up.view());
  expect(b, "swiglu_backward", swiglu_backward(t, c / 2));

  Numbers const log_sum(b, 1, T, 13), log_prob(b, 1, T, 14);
  b.log_probs(x.view(), ids.span(), log_sum.numbers(), log_prob.numbers());
  expect(b, "log_sums", log_sums(t, c));
  expect(b, "target_log_probs", target_log_probs(t));
  b.log_probs_backward(x.view(), ids.span(), log_sum.numbers(), log_prob.numbers());
  expect(b, "log_probs_backward", log_probs_backward(t, c));
  std::vector<Seed> const seeds(T, Seed{1});
  b.sample(y.view(), seeds, {1.0f, 0.9f, 1});
  expect(b, "sample", sample(t, c, true));

  double const n = 5001;
  Numbers const value(b, 1, 5001, 15), gradient(b, 1, 5001, 16), first(b, 1, 5001, 17),
      second(b, 1, 5001, std::vector<float>(5001, 1.0f));
  b.adamw(value.numbers(), gradient.numbers(), first.numbers(), second.numbers(), {0.1f, 0.9f, 0.9f, 1e-8f, 0, 1, 1});
  expect(b, "adamw", adamw(n));
  b.sum_of_squares(value.numbers());
  expect(b, "squares", squares(n, 4));
}

/// A row of probabilities that shared memory has no room for.
void check_sample_in_device_memory() {
  Backend b(std::make_shared<CountingDevice>(1, 300));
  Numbers const logits(b, 3, 1000, 1);
  std::vector<Seed> const seeds(3, Seed{1});
  b.sample(logits.view(), seeds, {1.0f, 0.9f, 1});
  expect(b, "sample", sample(3, 1000, false));
}

/// Keys that rows see, counted row by row from the sequences and not from tiles. A row that sequences share is one.
double pairs_of(srlm::testing::AttentionCase const& c) {
  std::map<std::size_t, std::size_t> seen;
  for (auto const& rows : c.rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      seen[rows[i]] = i + 1;
    }
  }
  double pairs = 0;
  for (auto const& [row, keys] : seen) {
    pairs += static_cast<double>(keys);
  }
  return pairs;
}

void check_attention(Backend& b, srlm::testing::AttentionCase const& c, AttentionShape const& shape) {
  AttentionLayout const& layout = c.plan.layout;
  auto const T = static_cast<double>(layout.rows), slots = static_cast<double>(layout.writes.size());
  auto const plan = b.plan(layout);
  Span const span = span_of(whole_tiles(layout, shape.group()));
  expect("attention", "pairs", span.pairs, pairs_of(c), pairs_of(c));
  std::size_t const floats = layout.pages * shape.page_floats(), heads_width = shape.heads * shape.head_dim,
                    kv_width = shape.kv_heads * shape.head_dim;
  Numbers const pages(b, 1, floats, std::vector<float>(floats));
  srlm::testing::detail::AttentionNumbers<Backend> const n(b, layout.rows, shape);
  n.attend(b, plan, shape, pages);
  expect(b, "write_keys", write_keys(slots, T, key_width(shape)));
  expect(b, "attention", attention(span, shape, T));
  Numbers const d_out(b, layout.rows, heads_width, 6, 2), d_q(b, layout.rows, heads_width, 7),
      d_k(b, layout.rows, kv_width, 8), d_v(b, layout.rows, kv_width, 9, 3);
  b.attention_backward(n.q.view(), n.k.view(), n.v.view(), n.out.view(), n.log_sum.view(), d_out.view(), plan, shape,
                       d_q.view(), d_k.view(), d_v.view());
  expect(b, "attention_dots", attention_dots(T, shape));
  expect(b, "attention_queries_backward", attention_queries_backward(span, shape));
  expect(b, "attention_keys_backward", attention_keys_backward(span, static_cast<double>(layout.pages), shape));
  expect(b, "sum_slots", sum_slots(slots, T, key_width(shape)));
  if (shape.head_dim <= 64) {
    double const threads = span.tile_pages * static_cast<double>(shape.kv_heads) * kernels::attention_threads;
    expect_products(b, "attention", attention(span, shape, T), 0);
    // a log_sum and a dot for each of a thread's four rows
    expect_products(b, "attention_queries_backward", attention_queries_backward(span, shape), 8 * threads);
  }
}

void check_decoding(Backend& b, AttentionShape const& shape) {
  AttentionLayout const step = srlm::testing::step_of(srlm::testing::decoding_case());
  DecodeTiles const tiles = decode_tiles(step, shape.group());
  auto const T = static_cast<double>(step.rows);
  std::size_t const floats = step.pages * shape.page_floats(), width = shape.heads * shape.head_dim;
  Numbers const pages(b, 1, floats, 1), q(b, step.rows, width, 2, 1), out(b, step.rows, width, 3),
      log_sum(b, step.rows, shape.heads, 4);
  b.attention(q.view(), pages.numbers(), b.plan(step), shape, out.view(), log_sum.view());
  expect(b, "attention", attention(span_of(tiles.tiles), shape, T));
  expect(b, "merge_parts", merge_parts(tiles.of.back(), T, shape));
  std::vector<KeyCopy> const copies = {{0, 64}, {1, 65}, {2, 66}};
  b.copy_keys(pages.numbers(), shape, std::span<KeyCopy const>(copies));
  expect(b, "copy_keys", copy_keys(3, key_width(shape)));
}

/// Every line of the table stands in the page.
void check_page(char const* path) {
  std::ifstream file(path);
  std::set<std::string> page;
  for (std::string line; std::getline(file, line);) {
    page.insert(line);
  }
  for (std::string const& line : table()) {
    std::printf("%s\n", line.c_str());
    if (page.count(line) == 0) {
      std::printf("this line is not in %s\n", path);
      ++differences;
    }
  }
}

} // namespace

int main(int count, char** arguments) {
  cuda_on_host::watch = &cuda_on_host::race_detector();
  try {
    Backend b(std::make_shared<CountingDevice>());
    check_rows(b);
    check_sample_in_device_memory();
    auto const cases = srlm::testing::attention_cases();
    check_attention(b, cases.back(), {4, 2, 6});
    check_attention(b, cases.back(), {3, 1, 64});
    check_attention(b, cases[1], {2, 2, 70});
    check_decoding(b, {2, 1, 5});
  } catch (std::exception const& error) {
    std::printf("%s: %s\n", arguments[0], error.what());
    return 1;
  }
  cuda_on_host::watch = nullptr;
  if (count > 1) {
    check_page(arguments[1]);
  }
  std::printf("%d differences between formulas, kernels and page\n", differences);
  return differences == 0 ? 0 : 1;
}
