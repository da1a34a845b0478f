/// Plain sentences for what a model lacks: explain_tokenizer, explain_generator, explain_log_prob_model,
/// explain_differentiable_log_prob_model, explain_policy, explain_checkpointed.
#pragma once
#include <srlm/concepts/policy.hpp>

namespace srlm {

template <class T>
consteval bool explain_tokenizer() {
  using Text = std::string_view;
  using Ids = std::span<Token const>;
  static_assert(
      requires(T const& t, Text text) { t.encode_prompt(text); },
      "srlm: your tokenizer has no member encode_prompt(std::string_view) const: it must return srlm::Tokens, one user "
      "turn with the chat template applied, up to where the model answers");
  static_assert(
      !requires(T const& t, Text text) { t.encode_prompt(text); } ||
          requires(T const& t, Text text) {
            { t.encode_prompt(text) } -> std::same_as<Tokens>;
          },
      "srlm: your tokenizer's encode_prompt() returns another type: it must return srlm::Tokens");
  static_assert(
      requires(T const& t, Text text) { t.encode_response(text); },
      "srlm: your tokenizer has no member encode_response(std::string_view) const: it must return srlm::Tokens, what "
      "the model would have written, its end-of-turn token included");
  static_assert(
      !requires(T const& t, Text text) { t.encode_response(text); } ||
          requires(T const& t, Text text) {
            { t.encode_response(text) } -> std::same_as<Tokens>;
          },
      "srlm: your tokenizer's encode_response() returns another type: it must return srlm::Tokens");
  static_assert(
      requires(T const& t, Ids ids) { t.decode(ids); },
      "srlm: your tokenizer has no member decode(std::span<srlm::Token const>) const: it must return std::string, the "
      "text that a person reads, control tokens left out");
  static_assert(
      !requires(T const& t, Ids ids) { t.decode(ids); } ||
          requires(T const& t, Ids ids) {
            { t.decode(ids) } -> std::same_as<std::string>;
          },
      "srlm: your tokenizer's decode() returns another type: it must return std::string");
  return true;
}

template <class G>
consteval bool explain_generator() {
  using X = std::span<GenerationRequest const>;
  static_assert(
      requires(G & g, X x, Sampling const& s) { g.generate(x, s); },
      "srlm: your policy has no member generate(std::span<srlm::GenerationRequest const>, srlm::Sampling const&): it "
      "must return std::vector<srlm::Tokens>, one response a request, in request order");
  static_assert(
      !requires(G & g, X x, Sampling const& s) { g.generate(x, s); } ||
          requires(G & g, X x, Sampling const& s) {
            { g.generate(x, s) } -> std::same_as<std::vector<Tokens>>;
          },
      "srlm: your policy's generate() returns another type: it must return std::vector<srlm::Tokens>, one response a "
      "request, in request order");
  static_assert(
      requires(G const& g) { g.tokenizer(); },
      "srlm: your policy has no member tokenizer() const: it must return an object with encode_prompt(), "
      "encode_response() and decode()");
  if constexpr (requires(G const& g) { g.tokenizer(); }) {
    explain_tokenizer<std::remove_cvref_t<decltype(std::declval<G const&>().tokenizer())>>();
  }
  return true;
}

template <class M>
consteval bool explain_log_prob_model() {
  using Z = std::span<SequenceView const>;
  static_assert(
      requires(M & m, Z z) { m.log_probs(z); },
      "srlm: your policy has no member log_probs(std::span<srlm::SequenceView const>): it must return "
      "std::vector<float>, one a sequence, the log-probability of the response in nats");
  static_assert(
      !requires(M & m, Z z) { m.log_probs(z); } ||
          requires(M & m, Z z) {
            { m.log_probs(z) } -> std::same_as<std::vector<float>>;
          },
      "srlm: your policy's log_probs() returns another type: it must return std::vector<float>, one a sequence, the "
      "log-probability of the response in nats");
  return true;
}

template <class M>
consteval bool explain_differentiable_log_prob_model() {
  using Z = std::span<SequenceView const>;
  using W = std::span<float const>;
  explain_log_prob_model<M>();
  constexpr bool runs = requires(M & m, Z z) { m.forward(z); };
  static_assert(runs,
                "srlm: your policy has no member forward(std::span<srlm::SequenceView const>): it must return a tape, "
                "what backward() needs, whose log_probs() are those of log_probs()");
  if constexpr (runs) {
    using Tape = TapeOf<M>;
    static_assert(
        requires(Tape const& tape) { tape.log_probs(); },
        "srlm: the tape that your policy's forward() returns has no member log_probs() const: it must return one float "
        "a sequence, as something that converts to std::span<float const>");
    static_assert(
        !requires(Tape const& tape) { tape.log_probs(); } ||
            requires(Tape const& tape) {
              { tape.log_probs() } -> std::convertible_to<W>;
            },
        "srlm: your tape's log_probs() returns another type: it must convert to std::span<float const>, one float a "
        "sequence");
    static_assert(
        requires(M & m, Tape tape, W w) { m.backward(std::move(tape), w); },
        "srlm: your policy has no member backward(Tape, std::span<float const> weight), Tape being what forward() "
        "returns: it must add the sum of weight[i] * d log p(y_i | x_i) / d theta to the gradient");
  }
  return true;
}

template <class M>
consteval bool explain_policy() {
  explain_generator<M>();
  explain_differentiable_log_prob_model<M>();
  return true;
}

/// P: a policy or a stepper.
template <class P>
consteval bool explain_checkpointed() {
  using File = std::filesystem::path;
  static_assert(
      requires(P const& p, File const& file) { p.save_checkpoint(file); },
      "srlm: your type has no member save_checkpoint(std::filesystem::path const&) const: it must write all that going "
      "on from here needs to this file");
  static_assert(
      requires(P & p, File const& file) { p.load_checkpoint(file); },
      "srlm: your type has no member load_checkpoint(std::filesystem::path const&): it must become, bit for bit, what "
      "save_checkpoint() wrote");
  return true;
}

} // namespace srlm
