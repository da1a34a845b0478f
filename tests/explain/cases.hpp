/// One type for each concept, whole unless a member is taken away (-DWITHOUT_...) or made wrong (-DWRONG_...). Behind
/// each switch stands the beginning of the sentence that must then appear; explain_test.py reads them here.
#include <srlm/concepts/explain.hpp>

struct Letters {
#if defined(WRONG_ENCODE_PROMPT) // your tokenizer's encode_prompt() returns another type
  std::string encode_prompt(std::string_view) const;
#elif !defined(WITHOUT_ENCODE_PROMPT) // your tokenizer has no member encode_prompt(std::string_view) const
  srlm::Tokens encode_prompt(std::string_view) const;
#endif
#if defined(WRONG_ENCODE_RESPONSE) // your tokenizer's encode_response() returns another type
  std::string encode_response(std::string_view) const;
#elif !defined(WITHOUT_ENCODE_RESPONSE) // your tokenizer has no member encode_response(std::string_view) const
  srlm::Tokens encode_response(std::string_view) const;
#endif
#if defined(WRONG_DECODE) // your tokenizer's decode() returns another type
  std::string_view decode(std::span<srlm::Token const>) const;
#elif !defined(WITHOUT_DECODE) // your tokenizer has no member decode(std::span<srlm::Token const>) const
  std::string decode(std::span<srlm::Token const>) const;
#endif
};
static_assert(srlm::explain_tokenizer<Letters>() && srlm::Tokenizer<Letters>);

struct Generator {
#ifndef WITHOUT_TOKENIZER // your policy has no member tokenizer() const
  Letters const& tokenizer() const;
#endif
#if defined(WRONG_GENERATE) // your policy's generate() returns another type
  srlm::Tokens generate(std::span<srlm::GenerationRequest const>, srlm::Sampling const&);
#elif !defined(WITHOUT_GENERATE) // your policy has no member generate(std::span<srlm::GenerationRequest const>
  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const>, srlm::Sampling const&);
#endif
};
static_assert(srlm::explain_generator<Generator>() && srlm::Generator<Generator>);

struct Scorer {
#if defined(WRONG_LOG_PROBS) // your policy's log_probs() returns another type
  std::vector<double> log_probs(std::span<srlm::SequenceView const>);
#elif !defined(WITHOUT_LOG_PROBS) // your policy has no member log_probs(std::span<srlm::SequenceView const>)
  std::vector<float> log_probs(std::span<srlm::SequenceView const>);
#endif
};
static_assert(srlm::explain_log_prob_model<Scorer>() && srlm::LogProbModel<Scorer>);

struct Tape {
#if defined(WRONG_TAPE) // your tape's log_probs() returns another type
  std::vector<double> log_probs() const;
#elif !defined(WITHOUT_TAPE) // the tape that your policy's forward() returns has no member log_probs() const
  std::span<float const> log_probs() const;
#endif
};

struct Learner {
  std::vector<float> log_probs(std::span<srlm::SequenceView const>);
  Tape forward(std::span<srlm::SequenceView const>);
#if defined(WRONG_BACKWARD) // your policy has no member backward(Tape, std::span<float const> weight)
  void backward(Tape&, std::span<float const>);
#elif !defined(WITHOUT_BACKWARD) // your policy has no member backward(Tape, std::span<float const> weight)
  void backward(Tape, std::span<float const>);
#endif
};
static_assert(srlm::explain_differentiable_log_prob_model<Learner>() && srlm::DifferentiableLogProbModel<Learner>);

struct Model {
  Letters const& tokenizer() const;
  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const>, srlm::Sampling const&);
  std::vector<float> log_probs(std::span<srlm::SequenceView const>);
#ifndef WITHOUT_FORWARD // your policy has no member forward(std::span<srlm::SequenceView const>)
  Tape forward(std::span<srlm::SequenceView const>);
#endif
  void backward(Tape, std::span<float const>);
};
static_assert(srlm::explain_policy<Model>() && srlm::Policy<Model>);

struct Kept {
#ifndef WITHOUT_SAVE // your type has no member save_checkpoint(std::filesystem::path const&) const
  void save_checkpoint(std::filesystem::path const&) const;
#endif
#ifndef WITHOUT_LOAD // your type has no member load_checkpoint(std::filesystem::path const&)
  void load_checkpoint(std::filesystem::path const&);
#endif
};
static_assert(srlm::explain_checkpointed<Kept>() && srlm::Checkpointed<Kept>);

struct Judge {
#ifndef WITHOUT_SCORE // your judge has no member score(Policy&, std::span<srlm::JudgedGroup>, srlm::Seed)
  void score(Model&, std::span<srlm::JudgedGroup>, srlm::Seed);
#endif
};
static_assert(srlm::explain_judge<Judge, Model>() && srlm::Judge<Judge, Model>);

struct MetaJudge {
  void score(Model&, std::span<srlm::JudgedGroup>, srlm::Seed);
#if defined(WRONG_JUDGE_PAIRS) // your judge's judge_pairs() returns another type
  void judge_pairs(Model&, std::span<srlm::JudgedGroup const>, srlm::Seed);
#elif !defined(WITHOUT_JUDGE_PAIRS) // your judge has no member judge_pairs(Policy&
  std::vector<srlm::PreferencePair> judge_pairs(Model&, std::span<srlm::JudgedGroup const>, srlm::Seed);
#endif
};
static_assert(srlm::explain_judge_trainer<MetaJudge, Model>() && srlm::JudgeTrainer<MetaJudge, Model>);

struct Rubric {
#if defined(WRONG_QUESTION) // your rubric's question() returns another type
  char const* question(srlm::Prompt const&, srlm::Response const&) const;
#elif !defined(WITHOUT_QUESTION) // your rubric has no member question(srlm::Prompt const&, srlm::Response const&) const
  std::string question(srlm::Prompt const&, srlm::Response const&) const;
#endif
#if defined(WRONG_PARSE) // your rubric's parse() returns another type
  float parse(std::string_view) const;
#elif !defined(WITHOUT_PARSE) // your rubric has no member parse(std::string_view) const
  srlm::Verdict parse(std::string_view) const;
#endif
};
static_assert(srlm::explain_rubric<Rubric>() && srlm::Rubric<Rubric>);

struct TwoAtOnce {
#if defined(WITHOUT_SECOND) // your pairwise rubric has no member question(srlm::Prompt const&, srlm::Response const& first
  std::string question(srlm::Prompt const&, srlm::Response const&) const;
#elif defined(WRONG_SECOND) // your pairwise rubric's question() returns another type
  char const* question(srlm::Prompt const&, srlm::Response const&, srlm::Response const&) const;
#else
  std::string question(srlm::Prompt const&, srlm::Response const&, srlm::Response const&) const;
#endif
#if defined(WRONG_COMPARISON) // your pairwise rubric's parse() returns another type
  bool parse(std::string_view) const;
#elif !defined(WITHOUT_COMPARISON) // your pairwise rubric has no member parse(std::string_view) const
  srlm::Comparison parse(std::string_view) const;
#endif
};
static_assert(srlm::explain_pairwise_rubric<TwoAtOnce>() && srlm::PairwiseRubric<TwoAtOnce>);

struct Perfect {
#if defined(WRONG_ANSWERS) // your answer selector returns another type
  bool operator()(srlm::JudgedGroup const&) const;
#elif !defined(WITHOUT_ANSWERS) // your answer selector has no member operator()(srlm::JudgedGroup const&) const
  std::vector<std::size_t> operator()(srlm::JudgedGroup const&) const;
#endif
};
static_assert(srlm::explain_answer_selector<Perfect>() && srlm::AnswerSelector<Perfect>);

struct Select {
#if defined(WRONG_PAIRS) // your pair selector returns another type
  srlm::WinnerLoser operator()(srlm::JudgedGroup const&, srlm::Seed) const;
#elif defined(WITHOUT_CONST) // your pair selector has no member operator()(srlm::JudgedGroup const&, srlm::Seed) const
  std::vector<srlm::WinnerLoser> operator()(srlm::JudgedGroup const&, srlm::Seed);
#else
  std::vector<srlm::WinnerLoser> operator()(srlm::JudgedGroup const&, srlm::Seed) const;
#endif
};
static_assert(srlm::explain_pair_selector<Select>() && srlm::PairSelector<Select>);

struct Prompts {
#if defined(WRONG_NEXT) // your prompt source's next() returns another type
  srlm::Prompt next(Model&, std::size_t, srlm::Seed);
#elif !defined(WITHOUT_NEXT) // your prompt source has no member next(Policy&, std::size_t n, srlm::Seed)
  std::vector<srlm::Prompt> next(Model&, std::size_t, srlm::Seed);
#endif
};
static_assert(srlm::explain_prompt_source<Prompts, Model>() && srlm::PromptSource<Prompts, Model>);

struct Loss {
#if defined(WRONG_LOSS) // your loss's operator() returns another type
  double operator()(srlm::PairLogProbs const&) const;
#elif !defined(WITHOUT_LOSS) // your loss has no member operator()(srlm::PairLogProbs const&) const
  srlm::PairLoss operator()(srlm::PairLogProbs const&) const;
#endif
};
static_assert(srlm::explain_preference_loss<Loss>() && srlm::PreferenceLoss<Loss>);

struct BatchLoss {
#ifdef WRONG_COPY // your loss is not copyable
  BatchLoss(BatchLoss const&) = delete;
#endif
#ifndef WITHOUT_BATCH // your loss has no member operator()(srlm::PairLogProbs const&) const
  void operator()(std::span<srlm::PairLogProbs const>, std::span<srlm::PairLoss>) const;
#endif
};
static_assert(srlm::explain_preference_loss<BatchLoss>() && srlm::BatchPreferenceLoss<BatchLoss>);

struct Stepper {
#ifndef WITHOUT_BEGIN // your stepper has no member begin(std::size_t steps)
  void begin(std::size_t);
#endif
#if defined(WRONG_STEP) // your stepper's step() returns another type
  void step(Model&);
#elif !defined(WITHOUT_STEP) // your stepper has no member step(Model&) for this model
  srlm::StepReport step(Model&);
#endif
};
static_assert(srlm::explain_stepper<Stepper, Model>() && srlm::Stepper<Stepper, Model>);

struct Optimizer {
#ifndef WITHOUT_FIT // your optimizer has no member fit(Policy&, std::span<srlm::PreferencePair const>, srlm::Seed)
  void fit(Model&, std::span<srlm::PreferencePair const>, srlm::Seed);
#endif
};
// The concept holds for policies, and this file takes members of Model away.
static_assert(srlm::explain_preference_optimizer<Optimizer, Model>() &&
              (!srlm::Policy<Model> || srlm::PreferenceOptimizer<Optimizer, Model>));

struct Journal {
#ifndef WITHOUT_RECALL // your journal has no member bool recall(srlm::UnitKey const&, T&)
  template <class T>
  bool recall(srlm::UnitKey const&, T&);
#endif
#ifndef WITHOUT_RECORD // your journal has no member record(srlm::UnitKey const&, T const&)
  template <class T>
  void record(srlm::UnitKey const&, T const&);
#endif
#ifndef WITHOUT_PATH // your journal has no member checkpoint_path(srlm::UnitKey const&)
  std::optional<std::filesystem::path> checkpoint_path(srlm::UnitKey const&);
#endif
#ifndef WITHOUT_COMMIT // your journal has no member commit_checkpoint(srlm::UnitKey const&)
  void commit_checkpoint(srlm::UnitKey const&);
#endif
#ifndef WITHOUT_LATEST // your journal has no member latest_checkpoint()
  std::optional<srlm::UnitKey> latest_checkpoint();
#endif
};
static_assert(srlm::explain_journal<Journal>() && srlm::Journal<Journal>);

struct Listener {
#if defined(WRONG_EVENT) // your observer takes none of the events of srlm/core/events.hpp
  void operator()(int);
#else
  void operator()(srlm::StepTaken const&);
#endif
};
static_assert(srlm::explain_observer<Listener>() && srlm::Observer<Listener>);

struct Host {
  template <class T>
  using span = std::span<T>;
};
struct Ranks {
#ifndef WITHOUT_RANK // your communicator has no member rank()
  int rank();
#endif
#ifndef WITHOUT_SIZE // your communicator has no member size()
  int size();
#endif
#ifndef WITHOUT_SUM // your communicator has no member all_reduce_sum(Backend::span<float>)
  void all_reduce_sum(std::span<float>);
#endif
#ifndef WITHOUT_GATHER // your communicator has no member all_gather(std::span<std::byte const>)
  std::vector<std::vector<std::byte>> all_gather(std::span<std::byte const>);
#endif
};
static_assert(srlm::explain_communicator<Ranks, Host>() && srlm::Communicator<Ranks, Host>);
