/// One plain sentence for each missing piece. Compilers explain an unmet concept in many lines or not at all; a
/// sentence of ours is shown by all of them. Use after your class:  static_assert(srlm::explain_policy<MyModel>());
#pragma once
#include <srlm/concepts/answer_selector.hpp>
#include <srlm/concepts/judge.hpp>
#include <srlm/concepts/observer.hpp>
#include <srlm/concepts/pair_selector.hpp>
#include <srlm/concepts/policy.hpp>
#include <srlm/concepts/preference_loss.hpp>
#include <srlm/concepts/preference_optimizer.hpp>
#include <srlm/concepts/prompt_source.hpp>
#include <srlm/concepts/stepper.hpp>

namespace srlm {

template <class T>
consteval bool explain_tokenizer() {
  using Text = std::string_view;
  using Ids = std::span<Token const>;
  static_assert(
      requires(T const& t, Text s) {
        { t.encode_prompt(s) } -> std::same_as<Tokens>;
      },
      "srlm: Tokenizer needs  srlm::Tokens encode_prompt(std::string_view) const  - one user turn, template applied");
  static_assert(
      requires(T const& t, Text s) {
        { t.encode_response(s) } -> std::same_as<Tokens>;
      },
      "srlm: Tokenizer needs  srlm::Tokens encode_response(std::string_view) const  - the answer, end-of-turn "
      "included");
  static_assert(
      requires(T const& t, Ids i) {
        { t.decode(i) } -> std::same_as<std::string>;
      },
      "srlm: Tokenizer needs  std::string decode(std::span<srlm::Token const>) const");
  return true;
}

template <class G>
consteval bool explain_generator() {
  using X = std::span<GenerationRequest const>;
  static_assert(
      requires(G & g, X x, Sampling const& s) { g.generate(x, s); },
      "srlm: Policy needs  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const>, "
      "srlm::Sampling const&)");
  if constexpr (requires(G & g, X x, Sampling const& s) { g.generate(x, s); }) {
    static_assert(
        requires(G & g, X x, Sampling const& s) {
          { g.generate(x, s) } -> std::same_as<std::vector<Tokens>>;
        },
        "srlm: generate() must return std::vector<srlm::Tokens>, one response per request, in request order");
  }
  static_assert(
      requires(G const& g) { g.tokenizer(); },
      "srlm: Policy needs  tokenizer() const  - an object with encode_prompt, encode_response and decode");
  if constexpr (requires(G const& g) { g.tokenizer(); }) {
    explain_tokenizer<std::remove_cvref_t<decltype(std::declval<G const&>().tokenizer())>>();
  }
  return true;
}

template <class M>
consteval bool explain_policy() {
  using Z = std::span<SequenceView const>;
  using W = std::span<float const>;
  explain_generator<M>();
  static_assert(
      requires(M & m, Z z) {
        { m.log_probs(z) } -> std::same_as<std::vector<float>>;
      },
      "srlm: Policy needs  std::vector<float> log_probs(std::span<srlm::SequenceView const>)  - log p(y|x) in nats, "
      "summed over the response");
  static_assert(
      requires(M & m, Z z) {
        { m.forward(z).log_probs() } -> std::convertible_to<W>;
      },
      "srlm: Policy needs  forward(std::span<srlm::SequenceView const>)  returning a tape whose log_probs() is a "
      "span of float");
  static_assert(
      requires(M & m, Z z, W w) { m.backward(m.forward(z), w); },
      "srlm: Policy needs  void backward(Tape, std::span<float const> weight)  where Tape is what forward() returns");
  return true;
}

template <class J, class P>
consteval bool explain_judge() {
  static_assert(
      requires(J & j, P & p, std::span<JudgedGroup> g, Seed s) { j.score(p, g, s); },
      "srlm: Judge needs  score(policy, std::span<srlm::JudgedGroup>, srlm::Seed)  that fills group.scores, one a "
      "response, nullopt where there is no verdict");
  return true;
}

template <class R>
consteval bool explain_rubric() {
  static_assert(
      requires(R const& r, Prompt const& x, Response const& y) {
        { r.question(x, y) } -> std::same_as<std::string>;
      },
      "srlm: Rubric needs  std::string question(srlm::Prompt const&, srlm::Response const&) const  - what the judge is "
      "asked");
  static_assert(
      requires(R const& r, std::string_view verdict) {
        { r.parse(verdict) } -> std::same_as<Verdict>;
      },
      "srlm: Rubric needs  srlm::Verdict parse(std::string_view) const  - a score, or none with its cause");
  return true;
}

template <class R>
consteval bool explain_pairwise_rubric() {
  static_assert(
      requires(R const& r, Prompt const& x, Response const& y) {
        { r.question(x, y, y) } -> std::same_as<std::string>;
      },
      "srlm: PairwiseRubric needs  std::string question(srlm::Prompt const&, srlm::Response const& first, "
      "srlm::Response const& second) const");
  static_assert(
      requires(R const& r, std::string_view text) {
        { r.parse(text) } -> std::same_as<Comparison>;
      },
      "srlm: PairwiseRubric needs  srlm::Comparison parse(std::string_view) const  - which is better, or none with its "
      "cause");
  return true;
}

template <class S>
consteval bool explain_answer_selector() {
  static_assert(
      requires(S const& s, JudgedGroup const& g) {
        { s(g) } -> std::same_as<std::vector<std::size_t>>;
      },
      "srlm: AnswerSelector needs  std::vector<std::size_t> operator()(srlm::JudgedGroup const&) const  - the answers "
      "to learn");
  return true;
}

template <class S, class P>
consteval bool explain_prompt_source() {
  static_assert(
      requires(S & s, P & p, std::size_t n, Seed seed) {
        { s.next(p, n, seed) } -> std::same_as<std::vector<Prompt>>;
      },
      "srlm: PromptSource needs  std::vector<srlm::Prompt> next(policy, std::size_t n, srlm::Seed)");
  return true;
}

template <class S>
consteval bool explain_selector() {
  static_assert(
      requires(S const& s, JudgedGroup const& g, Seed seed) {
        { s(g, seed) } -> std::same_as<std::vector<WinnerLoser>>;
      },
      "srlm: PairSelector needs  std::vector<srlm::WinnerLoser> operator()(srlm::JudgedGroup const&, srlm::Seed) "
      "const");
  return true;
}

template <class L>
consteval bool explain_loss() {
  static_assert(std::copyable<L>, "srlm: PreferenceLoss must be copyable");
  static_assert(
      TrainableLoss<L>,
      "srlm: PreferenceLoss needs  srlm::PairLoss operator()(srlm::PairLogProbs const&) const  - the value and its "
      "two derivatives; or, over a batch,  void operator()(std::span<srlm::PairLogProbs const>, "
      "std::span<srlm::PairLoss>) const");
  return true;
}

template <class S, class M>
consteval bool explain_stepper() {
  static_assert(
      requires(S & s, std::size_t n) { s.begin(n); }, "srlm: Stepper needs  void begin(std::size_t steps)");
  static_assert(
      requires(S & s, M & m) {
        { s.step(m) } -> std::same_as<StepReport>;
      },
      "srlm: Stepper needs  srlm::StepReport step(Model&)  that uses and then clears the gradient");
  return true;
}

template <class O, class P>
consteval bool explain_preference_optimizer() {
  static_assert(
      requires(O & o, P & p, std::span<PreferencePair const> pairs, Seed s) { o.fit(p, pairs, s); },
      "srlm: PreferenceOptimizer needs  fit(policy, std::span<srlm::PreferencePair const>, srlm::Seed)");
  return true;
}

template <class O>
consteval bool explain_observer() {
  static_assert(Observer<O>, "srlm: an observer is callable with at least one event of core/events.hpp, by const&");
  return true;
}

} // namespace srlm
