/// A tensor policy chosen at run time: an ordinary TensorBackend over spans that it passes on, with each operation, to
/// the one that was chosen; wherever that keeps its numbers, nobody else looks through a span. It costs one virtual
/// call an operation. A model over it is compiled once for all policies, and what makes one (the kernels) may be
/// compiled apart from what uses it.
#pragma once
#include <srlm/concepts/decoding_backend.hpp>
#include <functional>
#include <memory>
#include <type_traits> // is_same_v
#include <utility>     // exchange
#include <vector>

namespace srlm {

class AnyBackend {
  using Floats = std::span<float>;
  using Ids = std::span<std::int32_t>;

 public:
  template <class T>
  using span = std::span<T>;
  using Matrix = MatrixView<AnyBackend>;
  using AttentionPlan = std::shared_ptr<void const>; ///< what the policy planned

  /// n elements in the policy's memory. Owning and movable.
  template <class T>
  class Buffer {
   public:
    Buffer() = default;
    Buffer(std::shared_ptr<void> owner, std::span<T> elements) : owner_(std::move(owner)), elements_(elements) {}
    Buffer(Buffer&& other) noexcept : owner_(std::move(other.owner_)), elements_(std::exchange(other.elements_, {})) {}
    Buffer& operator=(Buffer&& other) noexcept {
      owner_ = std::move(other.owner_);
      elements_ = std::exchange(other.elements_, {});
      return *this;
    }
    std::span<T> span() const { return elements_; }

   private:
    std::shared_ptr<void> owner_;
    std::span<T> elements_;
  };

  /// What the policy decodes with.
  class Decoder {
   public:
    void begin(std::span<DecodingRow const> rows, AttentionLayout const& layout, std::size_t steps) {
      its_->begin(rows, layout, steps);
    }
    Ids tokens() const { return its_->tokens(); }
    Ids positions() const { return its_->positions(); }
    Ids row_numbers() const { return its_->row_numbers(); }
    AttentionPlan plan() const { return its_->plan(); }
    void draw(Matrix logits, std::size_t first) { its_->draw(logits, first); }
    void run(std::function<void()> const& step) { its_->run(step); }
    std::vector<Tokens> written() const { return its_->written(); }

   private:
    friend AnyBackend;
    struct Its {
      virtual ~Its() = default;
      virtual void begin(std::span<DecodingRow const> rows, AttentionLayout const& layout, std::size_t steps) = 0;
      virtual Ids tokens() = 0;
      virtual Ids positions() = 0;
      virtual Ids row_numbers() = 0;
      virtual AttentionPlan plan() = 0;
      virtual void draw(Matrix logits, std::size_t first) = 0;
      virtual void run(std::function<void()> const& step) = 0;
      virtual std::vector<Tokens> written() = 0;
    };
    explicit Decoder(std::unique_ptr<Its> its) : its_(std::move(its)) {}

    std::unique_ptr<Its> its_;
  };

  /// B: a TensorBackend whose spans have a pointer, data(), and are made of a pointer and a size.
  template <class B>
  requires(!std::same_as<B, AnyBackend>) && TensorBackend<B> explicit AnyBackend(B backend)
      : chosen_(std::make_unique<Over<B>>(std::move(backend))) {}

  // ---- memory
  template <class T>
  Buffer<T> allocate(std::size_t n) {
    if constexpr (std::is_same_v<T, float>) {
      return chosen_->allocate_floats(n);
    } else {
      return chosen_->allocate_ids(n);
    }
  }
  template <class T>
  void upload(std::span<T const> from, std::span<T> to) {
    chosen_->upload(from, to);
  }
  template <class T>
  void download(std::span<T> from, std::span<T> to) {
    chosen_->download(from, to);
  }
  template <class T>
  void fill_zero(std::span<T> x) {
    chosen_->fill_zero(x);
  }
  void synchronize() { chosen_->synchronize(); }

  // ---- parameter updates
  double sum_of_squares(Floats x) { return chosen_->sum_of_squares(x); }
  void adamw(Floats value, Floats gradient, Floats first, Floats second, AdamWStep const& step) {
    chosen_->adamw(value, gradient, first, second, step);
  }

  // ---- the transformer's operations; shapes are told at TensorBackend
  void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) {
    chosen_->matmul(alpha, a, op_a, b, op_b, beta, c);
  }
  void matmul_add_to_rows(Matrix a, Op op_a, Matrix b, Op op_b, Floats x, Matrix c) {
    chosen_->matmul_add_to_rows(a, op_a, b, op_b, x, c);
  }
  void gather_rows(Matrix table, Ids ids, Matrix out) { chosen_->gather_rows(table, ids, out); }
  void scatter_add_rows(Matrix rows, Ids ids, Matrix table) { chosen_->scatter_add_rows(rows, ids, table); }
  void add(Matrix x, Matrix y) { chosen_->add(x, y); }
  void add_to_rows(Floats x, Matrix y) { chosen_->add_to_rows(x, y); }
  void sum_rows(Matrix y, Floats x) { chosen_->sum_rows(y, x); }
  void rms_norm(Matrix x, Floats gain, float epsilon, Matrix out) { chosen_->rms_norm(x, gain, epsilon, out); }
  void rms_norm_backward(Matrix x, Floats gain, float epsilon, Matrix d_out, Matrix d_x, Floats d_gain) {
    chosen_->rms_norm_backward(x, gain, epsilon, d_out, d_x, d_gain);
  }
  void rotate(Matrix x, std::size_t head_dim, Ids positions, Matrix cosine, Matrix sine, float sign) {
    chosen_->rotate(x, head_dim, positions, cosine, sine, sign);
  }
  void swiglu(Matrix gate_up, Matrix out) { chosen_->swiglu(gate_up, out); }
  void swiglu_backward(Matrix gate_up, Matrix d_out, Matrix d_gate_up) {
    chosen_->swiglu_backward(gate_up, d_out, d_gate_up);
  }
  AttentionPlan plan(AttentionLayout const& layout) { return chosen_->plan(layout); }
  std::size_t page_floats(AttentionShape const& shape) const { return chosen_->page_floats(shape); }
  void write_keys(Matrix k, Matrix v, AttentionPlan const& plan, AttentionShape const& shape, Floats pages) {
    chosen_->write_keys(k, v, plan.get(), shape, pages);
  }
  void copy_keys(Floats pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
    chosen_->copy_keys(pages, shape, copies);
  }
  void attention(Matrix q, Floats pages, AttentionPlan const& plan, AttentionShape const& shape, Matrix out,
                 Matrix log_sum) {
    chosen_->attention(q, pages, plan.get(), shape, out, log_sum);
  }
  void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out,
                          AttentionPlan const& plan, AttentionShape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) {
    chosen_->attention_backward(q, k, v, out, log_sum, d_out, plan.get(), shape, d_q, d_k, d_v);
  }
  void log_probs(Matrix logits, Ids targets, Floats log_sum, Floats log_prob) {
    chosen_->log_probs(logits, targets, log_sum, log_prob);
  }
  void log_probs_backward(Matrix logits, Ids targets, Floats log_sum, Floats weight) {
    chosen_->log_probs_backward(logits, targets, log_sum, weight);
  }
  std::vector<Token> sample(Matrix logits, std::span<Seed const> seeds, Sampling const& sampling) {
    return chosen_->sample(logits, seeds, sampling);
  }
  /// Nothing where the policy is no DecodingBackend.
  std::optional<Decoder> decoder(AttentionShape const& shape, Sampling const& sampling, std::span<Token const> ends) {
    auto its = chosen_->decoder(shape, sampling, ends);
    return its ? std::optional(Decoder(std::move(its))) : std::nullopt;
  }

 private:
  /// The operations of whatever was chosen.
  struct Chosen {
    virtual ~Chosen() = default;
    virtual Buffer<float> allocate_floats(std::size_t n) = 0;
    virtual Buffer<std::int32_t> allocate_ids(std::size_t n) = 0;
    virtual AttentionPlan plan(AttentionLayout const& layout) = 0;
    virtual std::size_t page_floats(AttentionShape const& shape) const = 0;
    virtual void upload(std::span<float const> from, std::span<float> to) = 0;
    virtual void upload(std::span<std::int32_t const> from, std::span<std::int32_t> to) = 0;
    virtual void download(Floats from, Floats to) = 0;
    virtual void download(Ids from, Ids to) = 0;
    virtual void fill_zero(Floats x) = 0;
    virtual void fill_zero(Ids x) = 0;
    virtual void synchronize() = 0;
    virtual double sum_of_squares(Floats x) = 0;
    virtual void adamw(Floats value, Floats gradient, Floats first, Floats second, AdamWStep const& step) = 0;
    virtual void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) = 0;
    virtual void matmul_add_to_rows(Matrix a, Op op_a, Matrix b, Op op_b, Floats x, Matrix c) = 0;
    virtual void gather_rows(Matrix table, Ids ids, Matrix out) = 0;
    virtual void scatter_add_rows(Matrix rows, Ids ids, Matrix table) = 0;
    virtual void add(Matrix x, Matrix y) = 0;
    virtual void add_to_rows(Floats x, Matrix y) = 0;
    virtual void sum_rows(Matrix y, Floats x) = 0;
    virtual void rms_norm(Matrix x, Floats gain, float epsilon, Matrix out) = 0;
    virtual void rms_norm_backward(Matrix x, Floats gain, float epsilon, Matrix d_out, Matrix d_x, Floats d_gain) = 0;
    virtual void rotate(Matrix x, std::size_t head_dim, Ids positions, Matrix cosine, Matrix sine, float sign) = 0;
    virtual void swiglu(Matrix gate_up, Matrix out) = 0;
    virtual void swiglu_backward(Matrix gate_up, Matrix d_out, Matrix d_gate_up) = 0;
    virtual void write_keys(Matrix k, Matrix v, void const* plan, AttentionShape const& shape, Floats pages) = 0;
    virtual void copy_keys(Floats pages, AttentionShape const& shape, std::span<KeyCopy const> copies) = 0;
    virtual void attention(Matrix q, Floats pages, void const* plan, AttentionShape const& shape, Matrix out,
                           Matrix log_sum) = 0;
    virtual void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out,
                                    void const* plan, AttentionShape const& shape, Matrix d_q, Matrix d_k,
                                    Matrix d_v) = 0;
    virtual void log_probs(Matrix logits, Ids targets, Floats log_sum, Floats log_prob) = 0;
    virtual void log_probs_backward(Matrix logits, Ids targets, Floats log_sum, Floats weight) = 0;
    virtual std::vector<Token> sample(Matrix logits, std::span<Seed const> seeds, Sampling const& sampling) = 0;
    virtual std::unique_ptr<Decoder::Its> decoder(AttentionShape const& shape, Sampling const& sampling,
                                                  std::span<Token const> ends) = 0;
  };

  template <class B>
  struct Over final : Chosen {
    explicit Over(B b) : backend(std::move(b)) {}
    B backend;

    static typename B::AttentionPlan const& planned(void const* plan) {
      return *static_cast<typename B::AttentionPlan const*>(plan);
    }
    template <class T>
    Buffer<T> hold(std::size_t n) {
      auto owner = std::make_shared<decltype(backend.template allocate<T>(n))>(backend.template allocate<T>(n));
      auto const elements = owner->span();
      return {std::move(owner), std::span<T>(elements.data(), elements.size())};
    }
    template <class T>
    static auto its(std::span<T> x) {
      return typename B::template span<T>(x.data(), x.size());
    }
    static MatrixView<B> its(Matrix const& m) { return {its(m.data), m.rows, m.cols, m.stride}; }

    Buffer<float> allocate_floats(std::size_t n) override { return hold<float>(n); }
    Buffer<std::int32_t> allocate_ids(std::size_t n) override { return hold<std::int32_t>(n); }
    AttentionPlan plan(AttentionLayout const& layout) override {
      return std::make_shared<typename B::AttentionPlan>(backend.plan(layout));
    }
    std::size_t page_floats(AttentionShape const& shape) const override { return srlm::page_floats(backend, shape); }
    void upload(std::span<float const> from, std::span<float> to) override { backend.upload(from, its(to)); }
    void upload(std::span<std::int32_t const> from, std::span<std::int32_t> to) override {
      backend.upload(from, its(to));
    }
    void download(Floats from, Floats to) override { backend.download(its(from), to); }
    void download(Ids from, Ids to) override { backend.download(its(from), to); }
    void fill_zero(Floats x) override { backend.fill_zero(its(x)); }
    void fill_zero(Ids x) override { backend.fill_zero(its(x)); }
    void synchronize() override { backend.synchronize(); }
    double sum_of_squares(Floats x) override { return backend.sum_of_squares(its(x)); }
    void adamw(Floats value, Floats gradient, Floats first, Floats second, AdamWStep const& step) override {
      backend.adamw(its(value), its(gradient), its(first), its(second), step);
    }
    void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) override {
      backend.matmul(alpha, its(a), op_a, its(b), op_b, beta, its(c));
    }
    void matmul_add_to_rows(Matrix a, Op op_a, Matrix b, Op op_b, Floats x, Matrix c) override {
      srlm::matmul_add_to_rows(backend, its(a), op_a, its(b), op_b, its(x), its(c));
    }
    void gather_rows(Matrix table, Ids ids, Matrix out) override {
      backend.gather_rows(its(table), its(ids), its(out));
    }
    void scatter_add_rows(Matrix rows, Ids ids, Matrix table) override {
      backend.scatter_add_rows(its(rows), its(ids), its(table));
    }
    void add(Matrix x, Matrix y) override { backend.add(its(x), its(y)); }
    void add_to_rows(Floats x, Matrix y) override { backend.add_to_rows(its(x), its(y)); }
    void sum_rows(Matrix y, Floats x) override { backend.sum_rows(its(y), its(x)); }
    void rms_norm(Matrix x, Floats gain, float epsilon, Matrix out) override {
      backend.rms_norm(its(x), its(gain), epsilon, its(out));
    }
    void rms_norm_backward(Matrix x, Floats gain, float epsilon, Matrix d_out, Matrix d_x, Floats d_gain) override {
      backend.rms_norm_backward(its(x), its(gain), epsilon, its(d_out), its(d_x), its(d_gain));
    }
    void rotate(Matrix x, std::size_t head_dim, Ids positions, Matrix cosine, Matrix sine, float sign) override {
      backend.rotate(its(x), head_dim, its(positions), its(cosine), its(sine), sign);
    }
    void swiglu(Matrix gate_up, Matrix out) override { backend.swiglu(its(gate_up), its(out)); }
    void swiglu_backward(Matrix gate_up, Matrix d_out, Matrix d_gate_up) override {
      backend.swiglu_backward(its(gate_up), its(d_out), its(d_gate_up));
    }
    void write_keys(Matrix k, Matrix v, void const* plan, AttentionShape const& shape, Floats pages) override {
      backend.write_keys(its(k), its(v), planned(plan), shape, its(pages));
    }
    void copy_keys(Floats pages, AttentionShape const& shape, std::span<KeyCopy const> copies) override {
      backend.copy_keys(its(pages), shape, copies);
    }
    void attention(Matrix q, Floats pages, void const* plan, AttentionShape const& shape, Matrix out,
                   Matrix log_sum) override {
      backend.attention(its(q), its(pages), planned(plan), shape, its(out), its(log_sum));
    }
    void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out, void const* plan,
                            AttentionShape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) override {
      backend.attention_backward(its(q), its(k), its(v), its(out), its(log_sum), its(d_out), planned(plan), shape,
                                 its(d_q), its(d_k), its(d_v));
    }
    void log_probs(Matrix logits, Ids targets, Floats log_sum, Floats log_prob) override {
      backend.log_probs(its(logits), its(targets), its(log_sum), its(log_prob));
    }
    void log_probs_backward(Matrix logits, Ids targets, Floats log_sum, Floats weight) override {
      backend.log_probs_backward(its(logits), its(targets), its(log_sum), its(weight));
    }
    std::vector<Token> sample(Matrix logits, std::span<Seed const> seeds, Sampling const& sampling) override {
      return backend.sample(its(logits), seeds, sampling);
    }
    std::unique_ptr<Decoder::Its> decoder(AttentionShape const& shape, Sampling const& sampling,
                                          std::span<Token const> ends) override {
      if constexpr (DecodingBackend<B>) {
        if (auto decoder = backend.decoder(shape, sampling, ends)) {
          return std::make_unique<DecoderOver<B>>(std::move(*decoder));
        }
      }
      return nullptr;
    }
  };

  template <class B>
  struct DecoderOver final : Decoder::Its {
    explicit DecoderOver(typename B::Decoder d) : decoder(std::move(d)) {}
    typename B::Decoder decoder;

    template <class Span>
    static Ids any(Span ids) {
      return {ids.data(), ids.size()};
    }
    void begin(std::span<DecodingRow const> rows, AttentionLayout const& layout, std::size_t steps) override {
      decoder.begin(rows, layout, steps);
    }
    Ids tokens() override { return any(decoder.tokens()); }
    Ids positions() override { return any(decoder.positions()); }
    Ids row_numbers() override { return any(decoder.row_numbers()); }
    AttentionPlan plan() override { // the decoder's own, for as long as the window
      typename B::AttentionPlan const& plan = decoder.plan();
      return AttentionPlan(AttentionPlan(), &plan);
    }
    void draw(Matrix logits, std::size_t first) override { decoder.draw(Over<B>::its(logits), first); }
    void run(std::function<void()> const& step) override { decoder.run(step); }
    std::vector<Tokens> written() override { return decoder.written(); }
  };

  std::unique_ptr<Chosen> chosen_;
};
static_assert(DecodingBackend<AnyBackend>);

} // namespace srlm
