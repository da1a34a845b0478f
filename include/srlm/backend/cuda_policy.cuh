/// The CUDA tensor policy over a device: the kernels in their order, f32. The device is a seam, so that the whole
/// policy runs where there is no GPU: memory, copies, launches and matrix products go through these members,
///   allocate(bytes), release(pointer), to_device(to, from, bytes), to_host(to, from, bytes), clear(pointer, bytes),
///   launch(name, kernel, Launch, arguments...), synchronize(), most_shared_bytes(),
///   multiply(ProductOf<Factor>), of a product that is not empty (product_layout.hpp); takes() of one with a bias,
///   Graph, capture(work), replay(graph): what work() launches, allocates, clears and multiplies, to be repeated,
/// all ordered one after the other; to_host waits. CublasltDevice (cublaslt.cuh) is the GPU's.
///
/// Determinism: no operation has atomics or an order that timing decides, so the same calls give the same bits. A row
/// of norms, rotations, the head and attention depends on itself alone; a decoding step cuts long sequences and adds
/// their parts, so it may differ from the same row of a whole pass in the last bits. Products are the device's.
#pragma once
#include <srlm/backend/cuda_attention.cuh>
#include <srlm/backend/cuda_decoding.cuh>
#include <srlm/backend/kernels/column_sums.cuh>
#include <srlm/backend/kernels/elementwise.cuh>
#include <srlm/backend/kernels/embedding.cuh>
#include <srlm/backend/kernels/log_probs.cuh>
#include <srlm/backend/kernels/rms_norm.cuh>
#include <srlm/backend/kernels/rotate.cuh>
#include <srlm/backend/kernels/swiglu.cuh>
#include <srlm/backend/kernels/update.cuh>
#include <srlm/backend/product_layout.hpp>

namespace srlm {

template <class Device>
class BasicCudaBackend {
 public:
  template <class T>
  using span = DeviceSpan<T>;
  using Matrix = MatrixView<BasicCudaBackend>;
  using Floats = DeviceSpan<float>;
  using Ids = DeviceSpan<std::int32_t>;
  using AttentionPlan = cuda::AttentionPlan<Device>;
  using Decoder = cuda::Decoder<Device>;
  using Tensor = kernels::AdamWTensor<float>;

  explicit BasicCudaBackend(std::shared_ptr<Device> device) : device_(std::move(device)) {}

  Device& device() { return *device_; }

  // ---- memory
  template <class T>
  DeviceBuffer<T, Device> allocate(std::size_t n) {
    return {device_, n};
  }
  template <class T>
  void upload(std::span<T const> from, DeviceSpan<T> to) {
    device_->to_device(to.data(), from.data(), from.size_bytes());
  }
  template <class T>
  void download(DeviceSpan<T> from, std::span<T> to) {
    device_->to_host(to.data(), from.data(), to.size_bytes());
  }
  template <class T>
  void fill_zero(DeviceSpan<T> x) {
    device_->clear(x.data(), x.size() * sizeof(T));
  }
  void synchronize() { device_->synchronize(); }

  // ---- parameter updates
  double sum_of_squares(Floats x) {
    unsigned const blocks = blocks_over(x.size());
    DeviceBuffer<double, Device> const parts(device_, blocks);
    device_->launch("squares", kernels::squares<float>,
                    {blocks, 1, row_threads, kernels::scratch_bytes<double>(row_threads)}, x.data(), x.size(),
                    parts.data());
    std::vector<double> sums(blocks);
    device_->to_host(sums.data(), parts.data(), blocks * sizeof(double));
    double total = 0;
    for (double sum : sums) {
      total += sum;
    }
    return total;
  }

  void adamw(Floats value, Floats gradient, Floats first, Floats second, AdamWStep const& step) {
    Tensor const tensor{value.data(), first.data(), second.data(), gradient.data(), value.size()};
    adamw(std::span(&tensor, 1), step);
  }
  /// Many tensors, 64 a launch.
  void adamw(std::span<Tensor const> tensors, AdamWStep const& step) {
    for (std::size_t i = 0; i < tensors.size(); i += Tensors::most) {
      std::size_t const count = std::min(Tensors::most, tensors.size() - i);
      Tensors some{};
      std::size_t longest = 0;
      for (std::size_t t = 0; t < count; ++t) {
        some.tensors[t] = tensors[i + t];
        longest = std::max(longest, tensors[i + t].count);
      }
      device_->launch("adamw", kernels::adamw<float>,
                      {blocks_over(longest), static_cast<unsigned>(count), row_threads, 0}, some, adamw_factors(step));
    }
  }

  // ---- the transformer's operations; shapes are told at TensorBackend
  void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) {
    cuda::Product const product = cuda::product_of(alpha, a, op_a, b, op_b, beta, c);
    if (product.depth == 0) {
      by_element("scale", kernels::scale<float>, c.rows, c.cols, beta, rows(c), narrow(c.cols));
    } else if (c.rows > 0 && c.cols > 0) {
      device_->multiply(product);
    }
  }
  /// In one step where the device's products can add a bias.
  void matmul_add_to_rows(Matrix a, Op op_a, Matrix b, Op op_b, Floats x, Matrix c) {
    cuda::Product const product = cuda::product_of(1.0f, a, op_a, b, op_b, 0.0f, c);
    if (product.depth == 0 || c.rows == 0 || c.cols == 0) {
      matmul(1.0f, a, op_a, b, op_b, 0.0f, c);
      add_to_rows(x, c);
    } else {
      multiply_add_to_rows(product, x, c);
    }
  }
  void gather_rows(Matrix table, Ids ids, Matrix out) {
    by_element("gather_rows", kernels::gather_rows<float>, ids.size(), out.cols, read(table), ids.data(), rows(out),
               narrow(out.cols));
  }
  void scatter_add_rows(Matrix x, Ids ids, Matrix table) {
    by_element("scatter_add_rows", kernels::scatter_add_rows<float, float>, ids.size(), x.cols, read(x), ids.data(),
               narrow(ids.size()), rows(table), narrow(x.cols));
  }
  void add(Matrix x, Matrix y) {
    by_element("add", kernels::add<float>, x.rows, x.cols, read(x), rows(y), narrow(x.cols));
  }
  void add_to_rows(Floats x, Matrix y) {
    by_element("add_to_rows", kernels::add_to_rows<float>, y.rows, y.cols, x.data(), rows(y), narrow(y.cols));
  }
  void sum_rows(Matrix y, Floats x) { add_column_sums(kernels::BiasTerm<float>{read(y)}, y.rows, y.cols, x); }
  void rms_norm(Matrix x, Floats gain, float epsilon, Matrix out) {
    by_row("rms_norm", kernels::rms_norm<float>, x.rows, kernels::scratch_bytes<float>(row_threads), read(x),
           gain.data(), epsilon, rows(out), narrow(x.cols));
  }
  void rms_norm_backward(Matrix x, Floats gain, float epsilon, Matrix d_out, Matrix d_x, Floats d_gain) {
    DeviceBuffer<float, Device> const scales(device_, x.rows);
    by_row("rms_norm_backward", kernels::rms_norm_backward<float>, x.rows, kernels::scratch_bytes<float>(row_threads),
           read(x), gain.data(), epsilon, read(d_out), rows(d_x), scales.data(), narrow(x.cols));
    add_column_sums(kernels::GainTerm<float>{read(x), read(d_out), scales.data()}, x.rows, x.cols, d_gain);
  }
  void rotate(Matrix x, std::size_t head_dim, Ids positions, Matrix cosine, Matrix sine, float sign) {
    std::size_t const pairs = x.cols / head_dim * (head_dim / 2);
    by_element("rotate", kernels::rotate<float>, x.rows, pairs, rows(x), narrow(head_dim), positions.data(),
               read(cosine), read(sine), sign, narrow(pairs));
  }
  void swiglu(Matrix gate_up, Matrix out) {
    by_element("swiglu", kernels::swiglu<float>, out.rows, out.cols, read(gate_up), rows(out), narrow(out.cols));
  }
  void swiglu_backward(Matrix gate_up, Matrix d_out, Matrix d_gate_up) {
    by_element("swiglu_backward", kernels::swiglu_backward<float>, d_out.rows, d_out.cols, read(gate_up), read(d_out),
               rows(d_gate_up), narrow(d_out.cols));
  }

  AttentionPlan plan(AttentionLayout const& layout) { return {device_, layout}; }
  void write_keys(Matrix k, Matrix v, AttentionPlan const& plan, AttentionShape const& shape, Floats pages) {
    write_keys_to(k, v, plan, shape, pages.data());
  }
  void copy_keys(Floats pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
    copy_keys_in(pages.data(), shape, copies);
  }
  void attention(Matrix q, Floats pages, AttentionPlan const& plan, AttentionShape const& shape, Matrix out,
                 Matrix log_sum) {
    attend(q, pages.data(), plan, shape, out, log_sum);
  }
  void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out,
                          AttentionPlan const& plan, AttentionShape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) {
    attend_backward<float>(q, k, v, out, log_sum, d_out, plan, shape, d_q, d_k, d_v);
  }

  void log_probs(Matrix logits, Ids targets, Floats log_sum, Floats log_prob) {
    by_row("log_sums", kernels::log_sums<float>, logits.rows, kernels::scratch_bytes<kernels::LogSum>(row_threads),
           read(logits), narrow(logits.cols), log_sum.data());
    device_->launch("target_log_probs", kernels::target_log_probs<float>,
                    {narrow((logits.rows + row_threads - 1) / row_threads), 1, row_threads, 0}, read(logits),
                    targets.data(), log_sum.data(), log_prob.data(), narrow(logits.rows));
  }
  void log_probs_backward(Matrix logits, Ids targets, Floats log_sum, Floats weight) {
    by_element("log_probs_backward", kernels::log_probs_backward<float>, logits.rows, logits.cols, rows(logits),
               targets.data(), log_sum.data(), weight.data(), narrow(logits.cols));
  }
  /// One token a row; row i draws the first number of seeds[i].
  std::vector<Token> sample(Matrix logits, std::span<Seed const> seeds, Sampling const& sampling) {
    static_assert(sizeof(Seed) == sizeof(std::uint64_t));
    std::vector<std::uint64_t> values;
    for (Seed seed : seeds) {
      values.push_back(seed.value);
    }
    auto const there = cuda::placed(device_, values);
    DeviceBuffer<std::int32_t, Device> const tokens(device_, logits.rows);
    cuda::sample_rows(device_, read(logits), narrow(logits.rows), narrow(logits.cols), there.data(), sampling,
                      tokens.data());
    std::vector<Token> result(logits.rows);
    device_->to_host(result.data(), tokens.data(), result.size() * sizeof(Token));
    std::for_each(result.begin(), result.end(), cuda::require_drawn);
    return result;
  }

  // ---- several tokens at once: DecodingBackend
  std::optional<Decoder> decoder(AttentionShape const& shape, Sampling const& sampling, std::span<Token const> ends) {
    return Decoder(device_, shape, sampling, ends);
  }

 protected:
  using Tensors = kernels::AdamWTensors<float>;
  static constexpr unsigned row_threads = 256, most_blocks = 1024;

  static kernels::Rows<float> rows(Matrix const& m) { return {m.data.data(), m.stride}; }
  static kernels::Rows<float const> read(Matrix const& m) { return {m.data.data(), m.stride}; }
  static unsigned narrow(std::size_t n) {
    require(n <= 0x7fffffff, "a CUDA kernel", "more than 2^31 - 1 rows, columns or ids", "smaller batches");
    return static_cast<unsigned>(n);
  }
  static unsigned blocks_over(std::size_t n) {
    return static_cast<unsigned>(std::clamp<std::size_t>(n / (4 * row_threads), 1, most_blocks));
  }

  /// A product into c that is not empty, and every row of c += x.
  template <class Factor>
  void multiply_add_to_rows(cuda::ProductOf<Factor> product, Floats x, Matrix const& c) {
    product.bias = x.data();
    bool const at_once = device_->takes(product);
    product.bias = at_once ? x.data() : nullptr;
    device_->multiply(product);
    if (!at_once) {
      BasicCudaBackend::add_to_rows(x, c);
    }
  }

  // ---- attention over pages of floats, or of another number
  template <class Number>
  void write_keys_to(Matrix k, Matrix v, AttentionPlan const& plan, AttentionShape const& shape, Number* pages) {
    by_element("write_keys", kernels::write_keys<float, Number>, plan.writes().size(), k.cols, read(k), read(v),
               plan.writes().data(), cuda::sizes_of(shape), pages);
  }
  template <class Number>
  void copy_keys_in(Number* pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
    auto const there = cuda::placed(device_, std::vector<KeyCopy>(copies.begin(), copies.end()));
    by_element("copy_keys", kernels::copy_keys<Number>, copies.size(), shape.kv_heads * shape.head_dim, there.data(),
               cuda::sizes_of(shape), pages);
  }
  template <class Number>
  void attend(Matrix q, Number const* pages, AttentionPlan const& plan, AttentionShape const& shape, Matrix out,
              Matrix log_sum) {
    if (is_decoding(plan.layout())) {
      cuda::attend_in_parts(device_, plan.decode(shape.group()), shape, read(q), pages, rows(out), rows(log_sum));
    } else {
      cuda::attend(*device_, plan.whole(shape.group()).tiles, shape, read(q), pages, rows(out), rows(log_sum));
    }
  }
  template <class Number>
  void attend_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out,
                       AttentionPlan const& plan, AttentionShape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) {
    std::size_t const numbers = plan.layout().pages * shape.page_floats();
    DeviceBuffer<Number, Device> const pages(device_, numbers);
    DeviceBuffer<float, Device> const d_pages(device_, numbers), dots(device_, q.rows * shape.heads);
    kernels::Rows<float> const dot_rows{dots.data(), shape.heads};
    write_keys_to(k, v, plan, shape, pages.data());
    device_->launch("attention_dots", kernels::attention_dots<float>,
                    {narrow(q.rows), narrow(shape.heads), kernels::warp_threads, 0}, read(out), read(d_out),
                    narrow(shape.head_dim), dot_rows);
    cuda::attend_backward(
        device_, plan, shape,
        kernels::AttentionPast<kernels::TileLayout, float, Number>{plan.whole(shape.group()).tiles.layout(),
                                                                   read(q),
                                                                   read(d_out),
                                                                   read(log_sum),
                                                                   {dots.data(), shape.heads},
                                                                   pages.data(),
                                                                   cuda::sizes_of(shape),
                                                                   cuda::scale_of(shape)},
        rows(d_q), d_pages.data());
    by_element("sum_slots", kernels::sum_slots<float>, k.rows, k.cols, d_pages.data(), plan.first_slot(), plan.slots(),
               cuda::sizes_of(shape), rows(d_k), rows(d_v));
  }

  /// A thread an element of count x columns.
  template <class Kernel, class... Arguments>
  void by_element(char const* name, Kernel kernel, std::size_t count, std::size_t columns, Arguments... arguments) {
    if (columns > 0) {
      unsigned const threads = columns < row_threads ? (narrow(columns) + 31) / 32 * 32 : row_threads;
      device_->launch(name, kernel, {narrow(count), (narrow(columns) + threads - 1) / threads, threads, 0},
                      arguments...);
    }
  }
  /// A block a row.
  template <class Kernel, class... Arguments>
  void by_row(char const* name, Kernel kernel, std::size_t count, std::size_t bytes, Arguments... arguments) {
    device_->launch(name, kernel, {narrow(count), 1, row_threads, bytes}, arguments...);
  }
  template <class Term>
  void add_column_sums(Term term, std::size_t count, std::size_t columns, Floats x) {
    unsigned const parts = static_cast<unsigned>(std::clamp<std::size_t>(count / 32, 1, 128));
    DeviceBuffer<float, Device> const sums(device_, parts * columns);
    by_element("sum_of_parts", kernels::sum_of_parts<Term>, parts, columns, term, count, narrow(columns), sums.data());
    by_element("add_parts", kernels::add_parts<float>, 1, columns, sums.data(), parts, narrow(columns), x.data());
  }

  std::shared_ptr<Device> device_;
};

} // namespace srlm
