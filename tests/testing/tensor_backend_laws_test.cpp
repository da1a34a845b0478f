/// The laws name what is wrong with a tensor backend: mistakes planted into a sound one, one at a time.
#include "support/catch.hpp"
#include "support/violations.hpp"
#include <srlm/backend/eigen.hpp>
#include <srlm/testing/tensor_backend_laws.hpp>

using namespace srlm;

namespace {

enum class Mistake {
  none,
  upload_of_half,
  zeros_beyond_the_span,
  sum_without_squares,
  no_bias_correction,
  decay_of_the_gradient,
  beta_ignored,
  beta_times_anything,
  last_row_dropped,
  writes_between_rows,
  scatter_overwrites,
  norm_of_the_sum,
  gain_gradient_overwritten,
  rotation_of_neighbours,
  gate_in_the_second_half,
  no_maximum_subtracted,
  gradient_of_the_loss,
  logits_changed,
  own_random_numbers,
  seed_ignored,
  temperature_ignored,
  nucleus_ignored,
  scale_by_dimension,
  later_positions_seen,
  keys_of_one_head,
  values_not_copied,
  gradient_of_one_branch
};

using Floats = std::span<float>;
using Ids = std::span<std::int32_t>;

/// EigenBackend with one mistake: what it does not replace, it inherits.
struct Broken : EigenBackend {
  Mistake mistake;
  std::uint64_t drawn = 0;

  explicit Broken(Mistake m) : EigenBackend(1), mistake(m) {}
  bool has(Mistake m) const { return mistake == m; }

  template <class T>
  void upload(std::span<T const> from, std::span<T> to) {
    bool const half = has(Mistake::upload_of_half) && std::is_same_v<T, float>; // ids must be those of rows
    EigenBackend::upload(half ? from.first((from.size() + 1) / 2) : from, to);
  }
  template <class T>
  void fill_zero(std::span<T> x) {
    EigenBackend::fill_zero(has(Mistake::zeros_beyond_the_span) ? std::span<T>(x.data() - 1, x.size() + 1) : x);
  }
  double sum_of_squares(Floats x) {
    double sum = 0;
    for (float number : x) {
      sum += static_cast<double>(number);
    }
    return has(Mistake::sum_without_squares) ? sum : EigenBackend::sum_of_squares(x);
  }
  void adamw(Floats value, Floats gradient, Floats first, Floats second, AdamWStep step) {
    if (has(Mistake::no_bias_correction)) {
      step.step = 100'000; // 1 - beta^step is 1
    }
    if (has(Mistake::decay_of_the_gradient)) { // Adam with an L2 term
      std::vector<float> decayed(gradient.begin(), gradient.end());
      for (std::size_t i = 0; i < decayed.size(); ++i) {
        decayed[i] += step.weight_decay * value[i];
      }
      step.weight_decay = 0;
      return EigenBackend::adamw(value, decayed, first, second, step);
    }
    EigenBackend::adamw(value, gradient, first, second, step);
  }
  void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) {
    beta = has(Mistake::beta_ignored) ? 0 : beta;
    if (has(Mistake::beta_times_anything) && beta == 0 && c.rows > 0) {
      c.data[0] *= 0; // stays NaN where it was
      float const kept = c.data[0];
      EigenBackend::matmul(alpha, a, op_a, b, op_b, beta, c);
      c.data[0] += kept;
      return;
    }
    EigenBackend::matmul(alpha, a, op_a, b, op_b, beta, c);
    if (has(Mistake::writes_between_rows) && c.stride > c.cols && c.rows > 0) {
      c.data[c.cols] = 0;
    }
  }
  void gather_rows(Matrix table, Ids ids, Matrix out) {
    std::size_t const kept = ids.size() - (has(Mistake::last_row_dropped) && ids.size() > 1 ? 1 : 0);
    EigenBackend::gather_rows(table, ids.first(kept), rows_of(out, 0, kept));
  }
  void scatter_add_rows(Matrix rows, Ids ids, Matrix table) {
    for (std::int32_t id : ids) {
      if (has(Mistake::scatter_overwrites)) {
        auto const row = table.data.subspan(static_cast<std::size_t>(id) * table.stride, table.cols);
        std::fill(row.begin(), row.end(), 0.0f);
      }
    }
    EigenBackend::scatter_add_rows(rows, ids, table);
  }
  void rms_norm(Matrix x, Floats gain, float epsilon, Matrix out) {
    EigenBackend::rms_norm(x, gain, epsilon, out);
    for (std::size_t r = 0; has(Mistake::norm_of_the_sum) && r < out.rows; ++r) {
      for (float& number : out.data.subspan(r * out.stride, out.cols)) {
        number /= std::sqrt(static_cast<float>(out.cols));
      }
    }
  }
  void rms_norm_backward(Matrix x, Floats gain, float epsilon, Matrix d_out, Matrix d_x, Floats d_gain) {
    if (has(Mistake::gain_gradient_overwritten)) {
      std::fill(d_gain.begin(), d_gain.end(), 0.0f);
    }
    EigenBackend::rms_norm_backward(x, gain, epsilon, d_out, d_x, d_gain);
  }
  void rotate(Matrix x, std::size_t head_dim, Ids positions, Matrix cosine, Matrix sine, float sign) {
    if (!has(Mistake::rotation_of_neighbours)) {
      return EigenBackend::rotate(x, head_dim, positions, cosine, sine, sign);
    }
    for (std::size_t r = 0; r < x.rows; ++r) { // pairs (x_2i, x_2i+1), as some checkpoints have them
      for (std::size_t i = 0; i < x.cols; i += 2) {
        std::size_t const at = static_cast<std::size_t>(positions[r]) * cosine.stride + i % head_dim / 2;
        float &a = x.data[r * x.stride + i], &b = x.data[r * x.stride + i + 1];
        float const c = cosine.data[at], s = sign * sine.data[at], turned = a * c - b * s;
        b = b * c + a * s;
        a = turned;
      }
    }
  }
  void swiglu(Matrix gate_up, Matrix out) {
    if (!has(Mistake::gate_in_the_second_half)) {
      return EigenBackend::swiglu(gate_up, out);
    }
    std::vector<float> turned;
    for (std::size_t r = 0; r < gate_up.rows; ++r) {
      auto const row = gate_up.data.subspan(r * gate_up.stride, gate_up.cols);
      turned.insert(turned.end(), row.begin() + static_cast<std::ptrdiff_t>(out.cols), row.end());
      turned.insert(turned.end(), row.begin(), row.begin() + static_cast<std::ptrdiff_t>(out.cols));
    }
    EigenBackend::swiglu(matrix<EigenBackend>(turned, gate_up.rows, gate_up.cols), out);
  }
  void log_probs(Matrix logits, Ids targets, Floats log_sum, Floats log_prob) {
    EigenBackend::log_probs(logits, targets, log_sum, log_prob);
    for (std::size_t r = 0; has(Mistake::no_maximum_subtracted) && r < logits.rows; ++r) {
      double sum = 0;
      for (float x : logits.data.subspan(r * logits.stride, logits.cols)) {
        sum += static_cast<double>(std::exp(x));
      }
      log_sum[r] = static_cast<float>(std::log(sum));
    }
    if (has(Mistake::logits_changed)) {
      logits.data[0] -= log_sum[0];
    }
  }
  void log_probs_backward(Matrix logits, Ids targets, Floats log_sum, Floats weight) {
    std::vector<float> used(weight.begin(), weight.end());
    for (float& w : used) {
      w = has(Mistake::gradient_of_the_loss) ? -w : w;
    }
    EigenBackend::log_probs_backward(logits, targets, log_sum, used);
  }
  std::vector<Token> sample(Matrix logits, std::span<Seed const> seeds, Sampling sampling) {
    std::vector<Seed> used(seeds.begin(), seeds.end());
    for (Seed& seed : used) {
      seed = has(Mistake::own_random_numbers) ? Seed{drawn++} : has(Mistake::seed_ignored) ? Seed{1} : seed;
    }
    if (has(Mistake::temperature_ignored) && sampling.temperature > 0.1f) {
      sampling.temperature = 1;
    }
    sampling.top_p = has(Mistake::nucleus_ignored) ? 1.0f : sampling.top_p;
    return EigenBackend::sample(logits, used, sampling);
  }
  void write_keys(Matrix k, Matrix v, AttentionPlan const& plan, AttentionShape const& shape, Floats pages) {
    std::vector<float> turned(k.rows * k.cols);
    for (std::size_t i = 0; i < turned.size(); ++i) { // the first head's keys for all
      turned[i] = k.data[i / k.cols * k.stride + i % k.cols % shape.head_dim];
    }
    EigenBackend::write_keys(has(Mistake::keys_of_one_head) ? matrix<EigenBackend>(turned, k.rows, k.cols) : k, v, plan,
                             shape, pages);
  }
  void copy_keys(Floats pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
    std::vector<float> const before(pages.begin(), pages.end());
    EigenBackend::copy_keys(pages, shape, copies);
    std::size_t const half = shape.head_dim * page_length; // keys, then values of a head
    for (std::size_t i = 0; has(Mistake::values_not_copied) && i < pages.size(); ++i) {
      pages[i] = i / half % 2 == 1 ? before[i] : pages[i];
    }
  }
  void attention(Matrix q, Floats pages, AttentionPlan const& plan, AttentionShape const& shape, Matrix out,
                 Matrix log_sum) {
    AttentionLayout layout = plan;
    if (has(Mistake::later_positions_seen)) { // every row sees what its segment's last row sees
      layout.segments.clear();
      for (AttentionSegment const& s : plan.segments) {
        for (std::size_t i = 0; i < s.count; ++i) {
          layout.segments.push_back({s.row + i, 1, s.position + s.count - 1, s.first_page});
        }
      }
    }
    std::vector<float> scaled;
    for (std::size_t i = 0; i < q.rows * q.cols; ++i) {
      scaled.push_back(q.data[i / q.cols * q.stride + i % q.cols] / std::sqrt(static_cast<float>(shape.head_dim)));
    }
    EigenBackend::attention(has(Mistake::scale_by_dimension) ? matrix<EigenBackend>(scaled, q.rows, q.cols) : q, pages,
                            layout, shape, out, log_sum);
  }
  void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out,
                          AttentionPlan const& plan, AttentionShape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) {
    AttentionLayout layout = plan;
    std::vector<bool> written(q.rows, false);
    std::vector<float> scratch(q.rows * (q.cols + 2 * k.cols));
    if (has(Mistake::gradient_of_one_branch)) { // a row's copies in other pages are forgotten
      auto const again = [&](KeyWrite const& w) {
        bool const known = written[static_cast<std::size_t>(w.row)];
        written[static_cast<std::size_t>(w.row)] = true;
        return known;
      };
      for (std::size_t t = layout.trees.size(); t-- > 0;) { // from behind, as indices move
        std::size_t const end = t + 1 < layout.trees.size() ? plan.trees[t + 1].first_write : plan.writes.size();
        for (std::size_t w = end; w-- > plan.trees[t].first_write;) {
          if (again(plan.writes[w])) {
            layout.writes.erase(layout.writes.begin() + static_cast<std::ptrdiff_t>(w));
            for (std::size_t later = t + 1; later < layout.trees.size(); ++later) {
              --layout.trees[later].first_write;
            }
          }
        }
      }
    }
    EigenBackend::attention_backward(q, k, v, out, log_sum, d_out, layout, shape, d_q, d_k, d_v);
  }
};
static_assert(TensorBackend<Broken>);

struct Planted {
  Mistake mistake;
  char const* law; ///< a part of the name of the law that it breaks
};

Planted const all_mistakes[] = {
    {Mistake::upload_of_half, "download gives what upload put there"},
    {Mistake::zeros_beyond_the_span, "fill_zero writes zeros into its span and nowhere else"},
    {Mistake::sum_without_squares, "sum_of_squares(x) is the sum of x^2"},
    {Mistake::no_bias_correction, "adamw: x -= rate (decay x + m' / (sqrt(v') + epsilon))"},
    {Mistake::decay_of_the_gradient, "adamw: m = beta1 m + (1 - beta1) g"},
    {Mistake::beta_ignored, "matmul: C = alpha op(A) op(B) + beta C"},
    {Mistake::beta_times_anything, "matmul: C = alpha op(A) op(B) with beta = 0, whatever was in C"},
    {Mistake::writes_between_rows, "no operation writes between the rows"},
    {Mistake::last_row_dropped, "gather_rows: out[i] = table[ids[i]]"},
    {Mistake::scatter_overwrites, "scatter_add_rows: table[ids[i]] += rows[i]"},
    {Mistake::norm_of_the_sum, "rms_norm: out = x / sqrt(mean of squares + epsilon)"},
    {Mistake::gain_gradient_overwritten, "rms_norm_backward adds to d_gain"},
    {Mistake::rotation_of_neighbours, "rotate: each pair (x_i, x_{i + D/2})"},
    {Mistake::gate_in_the_second_half, "swiglu: out = gate / (1 + exp(-gate)) * up"},
    {Mistake::no_maximum_subtracted, "log_probs: no overflow for logits of some hundreds"},
    {Mistake::logits_changed, "log_probs leaves the logits as they are"},
    {Mistake::gradient_of_the_loss, "log_probs_backward: logits become weight (one hot"},
    {Mistake::own_random_numbers, "sample: row i is a function of its logits, seeds[i] and the sampling alone"},
    {Mistake::seed_ignored, "sample: another seed draws another token"},
    {Mistake::temperature_ignored, "sample: a token comes as often as softmax(logits / temperature) says"},
    {Mistake::nucleus_ignored, "sample: only tokens of the nucleus come"},
    {Mistake::scale_by_dimension, "attention: out = softmax(q k^T / sqrt(D)) v"},
    {Mistake::later_positions_seen, "attention: out = softmax(q k^T / sqrt(D)) v"},
    {Mistake::keys_of_one_head, "attention: out = softmax(q k^T / sqrt(D)) v"},
    {Mistake::values_not_copied, "copy_keys: a row behind copied keys and values"},
    {Mistake::gradient_of_one_branch, "attention_backward: d_k becomes the derivative by k"},
};

} // namespace

TEST_CASE("a backend that derives from a sound one and changes nothing keeps the laws") {
  Broken sound(Mistake::none);
  CHECK(text_of(testing::tensor_backend_laws(sound)) == "");
}

TEST_CASE("the laws name the mistake in a backend") {
  Planted const planted = GENERATE(from_range(std::begin(all_mistakes), std::end(all_mistakes)));
  INFO(planted.law);
  Broken backend(planted.mistake);
  auto const violations = testing::tensor_backend_laws(backend);
  INFO(text_of(violations));
  CHECK(names(violations, planted.law));
}

TEST_CASE("a wider tolerance lets less precise backends pass, and mistakes not") {
  struct Coarse : EigenBackend { // products to about 16 bits
    Coarse() : EigenBackend(1) {}
    void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) {
      EigenBackend::matmul(alpha * 1.00001f, a, op_a, b, op_b, beta, c);
    }
  } coarse;
  CHECK(names(testing::tensor_backend_laws(coarse), "matmul"));
  CHECK(text_of(testing::tensor_backend_laws(coarse, 1e-4)) == "");
  Broken broken(Mistake::gain_gradient_overwritten);
  CHECK(names(testing::tensor_backend_laws(broken, 1e-4), "rms_norm_backward adds to d_gain"));
}
