/// One type for each concept with one member missing at a time (-DWITHOUT_...) or wrong (-DWRONG_...), and whole
/// without: then it must compile and meet its concept.
#include <srlm/concepts/explain.hpp>

struct Letters {
#ifndef WITHOUT_ENCODE_PROMPT
  srlm::Tokens encode_prompt(std::string_view) const;
#endif
#ifndef WITHOUT_ENCODE_RESPONSE
  srlm::Tokens encode_response(std::string_view) const;
#endif
#ifndef WITHOUT_DECODE
  std::string decode(std::span<srlm::Token const>) const;
#endif
};

struct Tape {
  std::span<float const> log_probs() const;
};

struct Model {
#ifndef WITHOUT_TOKENIZER
  Letters const& tokenizer() const;
#endif
#if defined(WRONG_GENERATE)
  srlm::Tokens generate(std::span<srlm::GenerationRequest const>, srlm::Sampling const&);
#elif !defined(WITHOUT_GENERATE)
  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const>, srlm::Sampling const&);
#endif
#ifndef WITHOUT_LOG_PROBS
  std::vector<float> log_probs(std::span<srlm::SequenceView const>);
#endif
#ifndef WITHOUT_FORWARD
  Tape forward(std::span<srlm::SequenceView const>);
#endif
#ifndef WITHOUT_BACKWARD
  void backward(Tape, std::span<float const>);
#endif
};

static_assert(srlm::explain_policy<Model>() && srlm::Policy<Model>);

struct Judge {
#ifndef WITHOUT_SCORE
  void score(Model&, std::span<srlm::JudgedGroup>, srlm::Seed);
#endif
};
static_assert(srlm::explain_judge<Judge, Model>() && srlm::Judge<Judge, Model>);

struct Rubric {
#ifndef WITHOUT_QUESTION
  std::string question(srlm::Prompt const&, srlm::Response const&) const;
#endif
#if defined(WRONG_PARSE)
  float parse(std::string_view) const;
#else
  srlm::Verdict parse(std::string_view) const;
#endif
};
static_assert(srlm::explain_rubric<Rubric>() && srlm::Rubric<Rubric>);

struct TwoAtOnce {
#ifdef WITHOUT_SECOND
  std::string question(srlm::Prompt const&, srlm::Response const&) const;
#else
  std::string question(srlm::Prompt const&, srlm::Response const&, srlm::Response const&) const;
#endif
#if defined(WRONG_COMPARISON)
  bool parse(std::string_view) const;
#else
  srlm::Comparison parse(std::string_view) const;
#endif
};
static_assert(srlm::explain_pairwise_rubric<TwoAtOnce>() && srlm::PairwiseRubric<TwoAtOnce>);

struct Perfect {
#if defined(WRONG_ANSWERS)
  bool operator()(srlm::JudgedGroup const&) const;
#else
  std::vector<std::size_t> operator()(srlm::JudgedGroup const&) const;
#endif
};
static_assert(srlm::explain_answer_selector<Perfect>() && srlm::AnswerSelector<Perfect>);

struct BatchLoss {
#ifndef WITHOUT_BATCH
  void operator()(std::span<srlm::PairLogProbs const>, std::span<srlm::PairLoss>) const;
#endif
};
static_assert(srlm::explain_loss<BatchLoss>() && srlm::BatchPreferenceLoss<BatchLoss>);

struct Prompts {
#if defined(WRONG_NEXT)
  srlm::Prompt next(Model&, std::size_t, srlm::Seed);
#else
  std::vector<srlm::Prompt> next(Model&, std::size_t, srlm::Seed);
#endif
};
static_assert(srlm::explain_prompt_source<Prompts, Model>() && srlm::PromptSource<Prompts, Model>);

struct Select {
  std::vector<srlm::WinnerLoser> operator()(srlm::JudgedGroup const&, srlm::Seed)
#ifndef WITHOUT_CONST
      const
#endif
      ;
};
static_assert(srlm::explain_selector<Select>() && srlm::PairSelector<Select>);

struct Loss {
#if defined(WRONG_LOSS)
  double operator()(srlm::PairLogProbs const&) const;
#else
  srlm::PairLoss operator()(srlm::PairLogProbs const&) const;
#endif
};
static_assert(srlm::explain_loss<Loss>() && srlm::PreferenceLoss<Loss>);

struct Stepper {
#ifndef WITHOUT_BEGIN
  void begin(std::size_t);
#endif
#if defined(WRONG_STEP)
  void step(Model&);
#else
  srlm::StepReport step(Model&);
#endif
};
static_assert(srlm::explain_stepper<Stepper, Model>() && srlm::Stepper<Stepper, Model>);

struct Optimizer {
#ifndef WITHOUT_FIT
  void fit(Model&, std::span<srlm::PreferencePair const>, srlm::Seed);
#endif
};
static_assert(srlm::explain_preference_optimizer<Optimizer, Model>() && srlm::PreferenceOptimizer<Optimizer, Model>);

struct Listener {
#if defined(WRONG_EVENT)
  void operator()(int);
#else
  void operator()(srlm::StepTaken const&);
#endif
};
static_assert(srlm::explain_observer<Listener>() && srlm::Observer<Listener>);
