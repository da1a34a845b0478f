/// AdamW with global-norm clipping and a schedule: the Stepper of the trainers.
#pragma once
#include <srlm/concepts/stepper.hpp>
#include <srlm/concepts/tensor_backend.hpp>
#include <srlm/core/error.hpp>
#include <srlm/io/safetensors.hpp>
#include <srlm/optim/schedule.hpp>
#include <algorithm> // min
#include <charconv>  // from_chars
#include <cmath>
#include <filesystem>
#include <map>
#include <ranges>

namespace srlm {

/// Not stated in the paper; these follow common practice for this model family (Touvron et al. 2023).
struct AdamWOptions {
  Schedule schedule = preference_schedule;
  float beta1 = 0.9f, beta2 = 0.95f, epsilon = 1e-8f, weight_decay = 0.0f;
  double clip = 1.0; ///< largest global gradient norm; 0: no clipping
};

/// A parameter whose value and gradient live on this backend.
template <class P, class B>
concept ParameterOn = requires(P p) {
  { p.value } -> std::convertible_to<typename B::template span<float>>;
  { p.gradient } -> std::convertible_to<typename B::template span<float>>;
};

/// model.parameters() is a range of them.
template <class M, class B>
concept ParametersOn = requires(M& m) {
  { m.parameters() } -> std::ranges::range;
  requires ParameterOn<std::ranges::range_reference_t<decltype(m.parameters())>, B>;
};

/// Determinism: the backend's.
template <UpdateBackend B>
class AdamW {
 public:
  AdamW(B& backend, AdamWOptions options) : backend_(&backend), options_(options) {}
  explicit AdamW(B& backend) : AdamW(backend, AdamWOptions{}) {}

  AdamWOptions& options() { return options_; }

  /// A stage of so many steps begins: no memory of the one before.
  void begin(std::size_t steps) {
    steps_ = steps;
    step_ = 0;
    moments_.clear();
  }

  /// Throws: Error when the gradient is not finite; the parameters are then untouched.
  template <class M>
  StepReport step(M& model) {
    static_assert(ParametersOn<M, B>,
                  "srlm: AdamW<Backend> needs model.parameters(): a range of {value, gradient} spans of that Backend");
    double squares = 0;
    for (auto&& p : model.parameters()) {
      squares += backend_->sum_of_squares(p.gradient);
    }
    double const norm = std::sqrt(squares);
    require(std::isfinite(norm), "AdamW", "a gradient that is not finite", "finite parameters and losses");
    double const scale = options_.clip > 0 ? std::min(1.0, options_.clip / (norm + 1e-6)) : 1.0;
    double const rate = options_.schedule.at(step_++, steps_);
    std::size_t k = 0;
    for (auto&& p : model.parameters()) {
      if (moments_.size() <= k) {
        add_moments(p.value.size());
      }
      auto& [first, second] = moments_[k++];
      require(first.span().size() == p.value.size(), "AdamW", "moments of another size than the parameters",
              "the checkpoint of this model's optimizer");
      backend_->adamw(p.value, p.gradient, first.span(), second.span(),
                      {static_cast<float>(rate), options_.beta1, options_.beta2, options_.epsilon,
                       options_.weight_decay, static_cast<float>(scale), static_cast<int>(step_)});
      backend_->fill_zero(p.gradient);
    }
    return {rate, norm};
  }

  /// Moments and step count, exactly.
  void save_checkpoint(std::filesystem::path const& file) const {
    std::vector<std::vector<float>> values;
    std::vector<io::TensorToWrite> tensors;
    for (auto const& [first, second] : moments_) {
      for (auto const* moment : {&first, &second}) {
        values.emplace_back(moment->span().size());
        backend_->download(moment->span(), std::span(values.back()));
      }
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      tensors.push_back({"moment." + std::to_string(i), {values[i].size()}, values[i]});
    }
    io::write_safetensors(file.string(), tensors, io::DType::f32,
                          {{"step", std::to_string(step_)}, {"steps", std::to_string(steps_)}});
  }

  void load_checkpoint(std::filesystem::path const& file) {
    io::SafetensorsFile const stored(file.string());
    auto const number = [&](char const* key) {
      auto const found = stored.metadata().find(key);
      if (found == stored.metadata().end()) {
        throw Error(file.string(), std::string("no \"") + key + "\"", "an optimizer checkpoint");
      }
      std::size_t value = 0;
      auto const [end, problem] =
          std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
      if (problem != std::errc{} || end != found->second.data() + found->second.size()) {
        throw Error(file.string() + ": \"" + key + "\"", found->second, "a whole number");
      }
      return value;
    };
    begin(number("steps"));
    step_ = number("step");
    std::map<std::string, io::TensorSource const*> moments;
    for (io::TensorSource const& tensor : stored.tensors()) {
      moments.emplace(tensor.name, &tensor);
    }
    std::vector<float> values;
    for (std::size_t i = 0; i < moments.size(); ++i) {
      auto const found = moments.find("moment." + std::to_string(i));
      bool const whole = found != moments.end() && found->second->shape.size() == 1 &&
                         (i % 2 == 0 || found->second->shape[0] == moments_[i / 2].first.span().size()) &&
                         moments.size() % 2 == 0;
      if (!whole) {
        throw Error(file.string(), "no moment." + std::to_string(i) + " of the size of its pair",
                    "an optimizer checkpoint");
      }
      if (i % 2 == 0) {
        add_moments(found->second->shape[0]);
      }
      values.resize(found->second->shape[0]);
      io::read_f32(*found->second, values);
      auto const& [first, second] = moments_[i / 2];
      backend_->upload(std::span<float const>(values), i % 2 == 0 ? first.span() : second.span());
    }
  }

 private:
  void add_moments(std::size_t n) {
    moments_.emplace_back(backend_->template allocate<float>(n), backend_->template allocate<float>(n));
    backend_->fill_zero(moments_.back().first.span());
    backend_->fill_zero(moments_.back().second.span());
  }

  B* backend_;
  AdamWOptions options_;
  std::size_t step_ = 0, steps_ = 0;
  std::vector<std::pair<BufferOf<B, float>, BufferOf<B, float>>> moments_;
};

} // namespace srlm
