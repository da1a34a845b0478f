/// One type for each concept that does the minimum and no more: not copied, not made from nothing, and moved only where
/// another part keeps it; no member beside the required ones. What compiles over them asks for no more than the
/// concepts. They keep the laws, those of training aside: a model without parameters has nothing to learn. The tensor
/// backend's stands in a file of its own.
#pragma once
#include <srlm/concepts/answer_selector.hpp>
#include <srlm/concepts/communicator.hpp>
#include <srlm/concepts/journal.hpp>
#include <srlm/concepts/judge.hpp>
#include <srlm/concepts/observer.hpp>
#include <srlm/concepts/pair_selector.hpp>
#include <srlm/concepts/policy.hpp>
#include <srlm/concepts/preference_loss.hpp>
#include <srlm/concepts/preference_optimizer.hpp>
#include <srlm/concepts/prompt_source.hpp>
#include <srlm/concepts/stepper.hpp>
#include <algorithm> // count, min
#include <cmath>     // log

namespace srlm::testing {

/// How an archetype is made: by this, so that nothing makes one by accident.
struct MakeArchetype {};

/// Stays where it was made.
struct Pinned {
  explicit Pinned(MakeArchetype) {}
  Pinned(Pinned const&) = delete;
  Pinned& operator=(Pinned const&) = delete;
};

/// What another part keeps is moved into it.
struct Movable {
  explicit Movable(MakeArchetype) {}
  Movable(Movable&&) = default;
  Movable& operator=(Movable&&) = delete;
};

/// A text as bits, the highest of each byte first; 2 ends a turn.
struct TokenizerArchetype : Pinned {
  using Pinned::Pinned;

  Tokens encode_prompt(std::string_view text) const { return bits_of(text); }
  Tokens encode_response(std::string_view text) const { return bits_of(text); }
  std::string decode(std::span<Token const> tokens) const {
    std::string text;
    unsigned byte = 1; // the bits so far, behind a 1
    for (Token token : tokens) {
      if (token < 2) {
        byte = 2 * byte + static_cast<unsigned>(token);
      }
      if (byte > 255) {
        text.push_back(static_cast<char>(byte & 255));
        byte = 1;
      }
    }
    return text;
  }

 private:
  static Tokens bits_of(std::string_view text) {
    Tokens bits;
    for (char c : text) {
      for (int bit = 7; bit >= 0; --bit) {
        bits.push_back((static_cast<unsigned char>(c) >> bit) & 1);
      }
    }
    bits.push_back(2);
    return bits;
  }
};
static_assert(Tokenizer<TokenizerArchetype> && !EndAwareTokenizer<TokenizerArchetype>);

/// Knows when an answer ends.
struct EndAwareTokenizerArchetype : TokenizerArchetype {
  using TokenizerArchetype::TokenizerArchetype;
  bool is_end(Token token) const { return token == 2; }
};
static_assert(EndAwareTokenizer<EndAwareTokenizerArchetype>);

/// Each of the three tokens is equally likely, whatever came before. Its tokenizer is no lasting object.
struct GeneratorArchetype : Pinned {
  using Pinned::Pinned;

  TokenizerArchetype tokenizer() const { return TokenizerArchetype(MakeArchetype{}); }
  std::vector<Tokens> generate(std::span<GenerationRequest const> requests, Sampling const& sampling) {
    std::vector<Tokens> responses;
    for (GenerationRequest const& request : requests) {
      Tokens response;
      for (int i = 0; i < std::min(24, sampling.max_new_tokens); ++i) {
        bool const greedy = sampling.temperature <= 0;
        response.push_back(greedy ? 0 : static_cast<Token>(request.seed.below(3, static_cast<std::uint64_t>(i))));
      }
      responses.push_back(std::move(response));
    }
    return responses;
  }
};
static_assert(Generator<GeneratorArchetype> && !LogProbModel<GeneratorArchetype> && !ContextAware<GeneratorArchetype>);

/// The log-probabilities of the same three tokens.
struct LogProbModelArchetype : Pinned {
  using Pinned::Pinned;

  std::vector<float> log_probs(std::span<SequenceView const> sequences) {
    std::vector<float> sums;
    for (SequenceView const& sequence : sequences) {
      sums.push_back(static_cast<float>(-std::log(3.0) * static_cast<double>(sequence.response.size())));
    }
    return sums;
  }
};
static_assert(LogProbModel<LogProbModelArchetype> && !DifferentiableLogProbModel<LogProbModelArchetype>);

/// A tape is moved, never copied.
class TapeArchetype {
 public:
  TapeArchetype(MakeArchetype, std::vector<float> sums) : sums_(std::move(sums)) {}
  TapeArchetype(TapeArchetype&&) = default;
  TapeArchetype& operator=(TapeArchetype&&) = delete;
  std::span<float const> log_probs() const { return sums_; }

 private:
  std::vector<float> sums_;
};

/// A model without parameters: there is nothing to add a gradient to.
struct DifferentiableLogProbModelArchetype : LogProbModelArchetype {
  using LogProbModelArchetype::LogProbModelArchetype;

  TapeArchetype forward(std::span<SequenceView const> sequences) { return {MakeArchetype{}, log_probs(sequences)}; }
  void backward(TapeArchetype&&, std::span<float const>) {}
};
static_assert(DifferentiableLogProbModel<DifferentiableLogProbModelArchetype>);

struct PolicyArchetype : Pinned {
  using Pinned::Pinned;

  TokenizerArchetype tokenizer() const { return TokenizerArchetype(MakeArchetype{}); }
  std::vector<Tokens> generate(std::span<GenerationRequest const> requests, Sampling const& sampling) {
    return GeneratorArchetype(MakeArchetype{}).generate(requests, sampling);
  }
  std::vector<float> log_probs(std::span<SequenceView const> sequences) {
    return LogProbModelArchetype(MakeArchetype{}).log_probs(sequences);
  }
  TapeArchetype forward(std::span<SequenceView const> sequences) { return {MakeArchetype{}, log_probs(sequences)}; }
  void backward(TapeArchetype&&, std::span<float const>) {}
};
static_assert(Policy<PolicyArchetype> && !Checkpointed<PolicyArchetype>);

/// No state, so there is nothing to write.
struct CheckpointedArchetype : PolicyArchetype {
  using PolicyArchetype::PolicyArchetype;
  void save_checkpoint(std::filesystem::path const&) const {}
  void load_checkpoint(std::filesystem::path const&) {}
};
static_assert(Checkpointed<CheckpointedArchetype>);

/// Gives one prompt, whatever it is asked for.
struct PromptSourceArchetype : Pinned {
  using Pinned::Pinned;
  std::vector<Prompt> next(PolicyArchetype& policy, std::size_t n, Seed) {
    return n == 0 ? std::vector<Prompt>{}
                  : std::vector<Prompt>{{"x", std::as_const(policy).tokenizer().encode_prompt("x")}};
  }
};
static_assert(PromptSource<PromptSourceArchetype, PolicyArchetype>);

/// Likes 1.
struct JudgeArchetype : Movable {
  using Movable::Movable;
  void score(PolicyArchetype&, std::span<JudgedGroup> groups, Seed) {
    for (JudgedGroup& group : groups) {
      group.scores.clear();
      for (Response const& response : group.responses) {
        group.scores.push_back(
            static_cast<float>(std::count(response.tokens.begin(), response.tokens.end(), Token{1})));
      }
    }
  }
};
static_assert(Judge<JudgeArchetype, PolicyArchetype> && !JudgeTrainer<JudgeArchetype, PolicyArchetype>);

/// Makes no pair of its judgements.
struct JudgeTrainerArchetype : JudgeArchetype {
  using JudgeArchetype::JudgeArchetype;
  std::vector<PreferencePair> judge_pairs(PolicyArchetype&, std::span<JudgedGroup const>, Seed) { return {}; }
};
static_assert(JudgeTrainer<JudgeTrainerArchetype, PolicyArchetype>);

/// Any verdict that says "good" is a 1, and no other is a verdict.
struct RubricArchetype : Movable {
  using Movable::Movable;
  std::string question(Prompt const& x, Response const& y) const { return x.text + "\n" + y.text; }
  Verdict parse(std::string_view text) const {
    bool const good = text.find("good") != text.npos;
    return {good ? Score(1.0f) : Score(), good ? VerdictCause::none : VerdictCause::no_score, std::string(text)};
  }
};
static_assert(Rubric<RubricArchetype>);

struct PairwiseRubricArchetype : Movable {
  using Movable::Movable;
  std::string question(Prompt const& x, Response const& first, Response const& second) const {
    return x.text + "\n" + first.text + "\n" + second.text;
  }
  Comparison parse(std::string_view text) const {
    if (text.find("first") != text.npos) {
      return {Better::first, VerdictCause::none, std::string(text)};
    }
    return {std::nullopt, VerdictCause::no_score, std::string(text)};
  }
};
static_assert(PairwiseRubric<PairwiseRubricArchetype>);

/// The first pair that is allowed.
struct PairSelectorArchetype : Pinned {
  using Pinned::Pinned;
  std::vector<WinnerLoser> operator()(JudgedGroup const& group, Seed) const {
    for (std::size_t w = 0; w < group.responses.size(); ++w) {
      for (std::size_t l = 0; l < group.responses.size(); ++l) {
        bool const may_win = group.responses[w].finished && group.responses[w].text != group.responses[l].text;
        if (may_win && group.scores[w] && group.scores[l] && *group.scores[w] > *group.scores[l]) {
          return {{w, l}};
        }
      }
    }
    return {};
  }
};
static_assert(PairSelector<PairSelectorArchetype>);

/// Every answer that is allowed.
struct AnswerSelectorArchetype : Pinned {
  using Pinned::Pinned;
  std::vector<std::size_t> operator()(JudgedGroup const& group) const {
    std::vector<std::size_t> answers;
    for (std::size_t i = 0; i < group.responses.size(); ++i) {
      if (group.responses[i].finished && group.scores[i] && !std::isnan(*group.scores[i])) {
        answers.push_back(i);
      }
    }
    return answers;
  }
};
static_assert(AnswerSelector<AnswerSelectorArchetype>);

/// The margin itself, turned round. A loss is copied, as the concept says.
struct PreferenceLossArchetype {
  explicit PreferenceLossArchetype(MakeArchetype) {}
  PairLoss operator()(PairLogProbs const& p) const { return {p.rejected - p.chosen, -1, 1}; }
};
static_assert(PreferenceLoss<PreferenceLossArchetype> && !BatchPreferenceLoss<PreferenceLossArchetype>);

struct BatchPreferenceLossArchetype {
  explicit BatchPreferenceLossArchetype(MakeArchetype) {}
  void operator()(std::span<PairLogProbs const> pairs, std::span<PairLoss> out) const {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      out[i] = PreferenceLossArchetype(MakeArchetype{})(pairs[i]);
    }
  }
};
static_assert(BatchPreferenceLoss<BatchPreferenceLossArchetype> && !PreferenceLoss<BatchPreferenceLossArchetype>);

/// There is nothing to step.
struct StepperArchetype : Movable {
  using Movable::Movable;
  void begin(std::size_t) {}
  StepReport step(DifferentiableLogProbModelArchetype&) { return {}; }
  StepReport step(PolicyArchetype&) { return {}; }
};
static_assert(Stepper<StepperArchetype, PolicyArchetype>);

struct PreferenceOptimizerArchetype : Pinned {
  using Pinned::Pinned;
  void fit(PolicyArchetype&, std::span<PreferencePair const>, Seed) {}
};
static_assert(PreferenceOptimizer<PreferenceOptimizerArchetype, PolicyArchetype>);

/// Remembers nothing, of exactly the four kinds of unit.
struct JournalArchetype : Pinned {
  using Pinned::Pinned;
  bool recall(UnitKey const&, std::vector<Prompt>&) { return false; }
  bool recall(UnitKey const&, std::vector<JudgedGroup>&) { return false; }
  bool recall(UnitKey const&, std::vector<PreferencePair>&) { return false; }
  bool recall(UnitKey const&, StepTaken&) { return false; }
  void record(UnitKey const&, std::vector<Prompt> const&) {}
  void record(UnitKey const&, std::vector<JudgedGroup> const&) {}
  void record(UnitKey const&, std::vector<PreferencePair> const&) {}
  void record(UnitKey const&, StepTaken const&) {}
  std::optional<std::filesystem::path> checkpoint_path(UnitKey const&) { return std::nullopt; }
  void commit_checkpoint(UnitKey const&) {}
  std::optional<UnitKey> latest_checkpoint() { return std::nullopt; }
};
static_assert(Journal<JournalArchetype>);

/// Hears of one event, and is not const.
struct ObserverArchetype : Pinned {
  using Pinned::Pinned;
  void operator()(StepTaken const&) {}
};
static_assert(Observer<ObserverArchetype>);

/// One rank alone.
struct CommunicatorArchetype : Pinned {
  using Pinned::Pinned;
  int rank() { return 0; }
  int size() { return 1; }
  template <class Span>
  void all_reduce_sum(Span) {}
  std::vector<std::vector<std::byte>> all_gather(std::span<std::byte const> bytes) {
    return {{bytes.begin(), bytes.end()}};
  }
};

} // namespace srlm::testing
