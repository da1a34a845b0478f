/// The expected score: not which score the judge happened to write, but the mean of all scores under its probabilities
/// for the score tokens behind a forced "Score: ". No verdict can be unreadable, and ties are rare.
#pragma once
#include <srlm/concepts/judge.hpp>
#include <srlm/concepts/log_prob_model.hpp>
#include <srlm/core/parameter.hpp>
#include <srlm/judge/asking.hpp>
#include <srlm/judge/score_line.hpp>
#include <srlm/judge/vote.hpp>
#include <algorithm> // max, min
#include <cstdio>    // snprintf
#include <string>

namespace srlm {

/// reasons: so many reasonings are sampled first, and the expectation behind each is averaged; 0: the score comes at
/// once, which costs one short pass a response.
struct ExpectedScoreOptions {
  int reasons = 0;
  Sampling sampling = {0.7f, 0.9f, 256};
};

/// R: a Rubric with `scale` (whole scores between its ends) and `score_line`. The judging model is a Generator and a
/// LogProbModel whose tokenizer knows end tokens.
template <Rubric R>
class ExpectedScoreJudge {
 public:
  using Options = ExpectedScoreOptions;
  static constexpr std::string_view name = "expected_score";
  static constexpr std::string_view source = "Liu et al. 2023, arXiv 2303.16634 (probability-weighted scores)";
  static constexpr auto parameters =
      std::tuple(parameter("reasons", &Options::reasons, at_least(0),
                           "reasonings to write before the score, one expectation behind each; 0: none"));

  /// Throws: Error for fewer than 0 reasons or no room for them.
  explicit ExpectedScoreJudge(R rubric, ExpectedScoreOptions options = {})
      : rubric_(std::move(rubric)), options_(options) {
    check_settings<ExpectedScoreJudge>(options_);
    require(options_.sampling.max_new_tokens > 0, "ExpectedScoreJudge", "max_new_tokens below 1", "at least 1");
  }

  R const& rubric() const { return rubric_; }

  /// Fills the groups' verdicts (one a reasoning, or one) and scores. A question that does not fit into the context is
  /// not asked. Determinism: reasoning v on response j of group i draws from seed.fork(i).fork(j).fork(v).
  template <class G>
  void score(G& model, std::span<JudgedGroup> groups, Seed seed) {
    static_assert(Generator<G> && LogProbModel<G>,
                  "srlm: ExpectedScoreJudge needs a model with generate() and "
                  "log_probs()");
    auto const& tokenizer = std::as_const(model).tokenizer();
    static_assert(EndAwareTokenizer<std::remove_cvref_t<decltype(tokenizer)>>,
                  "srlm: ExpectedScoreJudge needs a tokenizer with  bool is_end(srlm::Token) const");
    std::vector<Asked> asked;
    std::vector<Tokens> questions; // reasonings on one response share one
    for (JudgedGroup const& group : groups) {
      for (Response const& response : group.responses) {
        questions.push_back(tokenizer.encode_prompt(rubric_.question(group.prompt, response)));
      }
    }
    Tails const tails(tokenizer);
    std::size_t const room = tails.longest + (options_.reasons > 0 ? max_new_tokens() : 0);
    for (std::size_t i = 0, q = 0; i < groups.size(); ++i) {
      groups[i].verdicts.assign(groups[i].responses.size(), std::vector<Verdict>(verdicts(), not_asked()));
      for (std::size_t j = 0; j < groups[i].responses.size(); ++j, ++q) {
        for (std::size_t v = 0; v < verdicts() && leaves_room(model, questions[q].size(), room); ++v) {
          asked.push_back({&groups[i].verdicts[j][v], q, seed.fork(i).fork(j).fork(v), {}, {}});
        }
      }
    }
    if (options_.reasons > 0) {
      write_reasons(model, questions, asked);
    }
    read_expectations(model, questions, tails, asked);
    fill_mean_scores(groups);
  }

 private:
  struct Asked {
    Verdict* verdict;
    std::size_t question;
    Seed seed;
    Tokens reasons;
    std::string text; ///< of the reasons
  };

  /// The score line with each score, as ids: what they begin with, and how each goes on.
  struct Tails {
    Tokens beginning;
    std::vector<Tokens> ends;
    std::size_t longest = 0;

    template <class T>
    explicit Tails(T const& tokenizer) {
      for (int s = lowest(); s <= highest(); ++s) {
        std::string const line = std::string(R::score_line) + std::to_string(s);
        ends.push_back(without_end(tokenizer, tokenizer.encode_response(line)));
        longest = std::max(longest, ends.back().size());
      }
      std::size_t shared = ends.front().size() - 1; // each keeps at least one token of its own
      for (Tokens const& line : ends) {
        std::size_t same = 0;
        while (same < std::min(shared, line.size() - 1) && line[same] == ends.front()[same]) {
          ++same;
        }
        shared = same;
      }
      beginning.assign(ends.front().begin(), ends.front().begin() + static_cast<std::ptrdiff_t>(shared));
      for (Tokens& line : ends) {
        line.erase(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(shared));
      }
    }
  };

  static int lowest() { return static_cast<int>(std::ceil(R::scale.lowest)); }
  static int highest() { return static_cast<int>(std::floor(R::scale.highest)); }
  std::size_t verdicts() const { return static_cast<std::size_t>(std::max(options_.reasons, 1)); }
  std::size_t max_new_tokens() const { return static_cast<std::size_t>(options_.sampling.max_new_tokens); }

  /// The reasons, up to the score line that the model wrote itself, if it did.
  template <class G>
  void write_reasons(G& model, std::vector<Tokens> const& questions, std::vector<Asked>& asked) const {
    auto const& tokenizer = std::as_const(model).tokenizer();
    std::vector<GenerationRequest> requests;
    for (Asked const& a : asked) {
      requests.push_back({questions[a.question], a.seed});
    }
    std::vector<Tokens> written = ask(model, std::span<GenerationRequest const>(requests), options_.sampling);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      Tokens reasons = without_end(tokenizer, std::move(written[i]));
      std::string const text = tokenizer.decode(reasons);
      std::size_t keep = std::min(find_score(text, R::scale).begin, text.size());
      while (keep > 0 && (text[keep - 1] == '\n' || text[keep - 1] == ' ' || text[keep - 1] == '*')) {
        --keep; // the forced line brings its own
      }
      while (!reasons.empty() && tokenizer.decode(reasons).size() > keep) {
        reasons.pop_back();
      }
      asked[i].text = tokenizer.decode(reasons);
      asked[i].reasons = std::move(reasons);
    }
  }

  /// E[s] = sum_s s p(s) / sum_s p(s).
  template <class G>
  static void read_expectations(G& model, std::vector<Tokens> const& questions, Tails const& tails,
                                std::vector<Asked>& asked) {
    std::vector<Tokens> prompts;
    for (Asked const& a : asked) {
      Tokens prompt = questions[a.question];
      prompt.insert(prompt.end(), a.reasons.begin(), a.reasons.end());
      prompt.insert(prompt.end(), tails.beginning.begin(), tails.beginning.end());
      prompts.push_back(std::move(prompt));
    }
    std::vector<SequenceView> views; // the scores of one prompt share it
    for (Tokens const& prompt : prompts) {
      for (Tokens const& end : tails.ends) {
        views.push_back({prompt, end});
      }
    }
    std::vector<float> const log_probs = views.empty() ? std::vector<float>{} : model.log_probs(views);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      std::span<float const> const scores = std::span(log_probs).subspan(i * tails.ends.size(), tails.ends.size());
      double const most = static_cast<double>(*std::max_element(scores.begin(), scores.end()));
      double mass = 0, sum = 0;
      for (std::size_t s = 0; s < scores.size(); ++s) {
        double const p = std::exp(static_cast<double>(scores[s]) - most);
        mass += p;
        sum += p * (lowest() + static_cast<double>(s));
      }
      require(std::isfinite(sum / mass), "expected score", "log-probabilities that are not finite", "finite weights");
      char number[32];
      std::snprintf(number, sizeof number, "%.3f", sum / mass);
      *asked[i].verdict = {static_cast<float>(sum / mass), VerdictCause::none,
                           asked[i].text + std::string(R::score_line) + number};
    }
  }

  R rubric_;
  ExpectedScoreOptions options_;
};

} // namespace srlm
