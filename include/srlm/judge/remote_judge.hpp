/// LLM-as-a-Judge by a model elsewhere: an OpenAI-compatible server is asked for the k verdicts on each response. It
/// ignores the policy, so the loop no longer rewards itself; the rest is as with LlmJudge.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/judge/chat_client.hpp>
#include <srlm/judge/vote.hpp>

namespace srlm {

struct RemoteJudgeOptions {
  ChatOptions server;
  int votes = 3;                         ///< section 3.1.3
  Sampling sampling = {0.7f, 0.9f, 256}; ///< as LlmJudge's; a model that thinks first needs more tokens
};

template <Rubric R>
class RemoteJudge {
 public:
  using Options = RemoteJudgeOptions;
  static constexpr std::string_view name = "remote";
  static constexpr std::string_view source = "Yuan et al. 2024, section 2.2, asked of a server";
  static constexpr auto parameters =
      std::tuple(parameter("votes", &Options::votes, at_least(1), "verdicts a response"));

  /// Throws: Error for no votes, a sampling that is none, and what ChatClient refuses.
  explicit RemoteJudge(R rubric, RemoteJudgeOptions options)
      : rubric_(std::move(rubric)), options_(std::move(options)), client_(options_.server) {
    Sampling const& sampling = options_.sampling;
    check_settings<RemoteJudge>(options_);
    require(sampling.max_new_tokens > 0, "RemoteJudge", "max_new_tokens below 1", "at least 1");
    require(std::isfinite(sampling.temperature) && sampling.temperature >= 0, "RemoteJudge",
            "a temperature that is none", "0 or more");
    require(sampling.top_p > 0 && sampling.top_p <= 1, "RemoteJudge", "top_p out of range", "in (0, 1]");
  }

  R const& rubric() const { return rubric_; }
  RemoteJudgeOptions const& options() const { return options_; }
  ChatClient const& client() const { return client_; }

  /// Fills the groups' verdicts (k a response) and scores (nullopt where none was usable).
  /// Semantics: an answer is read as LlmJudge reads its model's; finish_reason "length" is the length limit. A request
  /// that failed for good is an unusable verdict (no_answer, bad_answer, or prompt_too_long where the server says so)
  /// and leaves the others alone.
  /// Determinism: vote v on response j of group i is asked with the seed seed.fork(i).fork(j).fork(v). What a server
  /// makes of a seed is its own affair; a journal keeps the verdicts, so a resumed run does not ask again.
  /// Throws: Error where the server refuses requests as such or cannot be reached (ChatClient::complete); the groups
  /// are then as before.
  template <class P>
  void score(P&, std::span<JudgedGroup> groups, Seed seed) {
    std::vector<ChatMessage> questions; // the votes on one response share one
    for (JudgedGroup const& group : groups) {
      for (Response const& response : group.responses) {
        questions.push_back({"user", rubric_.question(group.prompt, response)});
      }
    }
    std::size_t const votes = static_cast<std::size_t>(options_.votes);
    std::vector<ChatRequest> requests;
    for (std::size_t i = 0, q = 0; i < groups.size(); ++i) {
      for (std::size_t j = 0; j < groups[i].responses.size(); ++j, ++q) {
        for (std::size_t v = 0; v < votes; ++v) {
          requests.push_back({{&questions[q], 1}, seed.fork(i).fork(j).fork(v)});
        }
      }
    }
    std::vector<ChatResult> results = client_.complete(requests, options_.sampling);
    auto result = results.begin();
    for (JudgedGroup& group : groups) {
      group.verdicts.assign(group.responses.size(), {});
      for (std::vector<Verdict>& verdicts : group.verdicts) {
        for (std::size_t v = 0; v < votes; ++v) {
          verdicts.push_back(read(std::move(*result++)));
        }
      }
    }
    fill_mean_scores(groups);
  }

 private:
  Verdict read(ChatResult result) const {
    if (auto* const failure = std::get_if<ChatFailure>(&result)) {
      return {std::nullopt, failure->cause, std::move(failure->reason)};
    }
    ChatAnswer& answer = std::get<ChatAnswer>(result);
    return read_verdict(rubric_, std::move(answer.text), answer.finished);
  }

  R rubric_;
  RemoteJudgeOptions options_;
  ChatClient client_;
};

} // namespace srlm
