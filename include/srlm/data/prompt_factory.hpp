/// Self-instruction creation (section 2.2): the model writes new instructions after eight examples, six seeds and two
/// of its own (section 3.1.1; Self-Instruct, Wang et al. 2022).
#pragma once
#include <srlm/concepts/prompt_source.hpp>
#include <srlm/core/error.hpp>
#include <srlm/data/finished.hpp>
#include <srlm/data/prompt_filter.hpp>
#include <srlm/data/seed_examples.hpp>
#include <srlm/data/task_list.hpp>
#include <algorithm> // max, min
#include <array>
#include <numeric> // iota
#include <string>
#include <vector>

namespace srlm {

/// 6 + 2 examples, T = 0.6, top-p = 0.9: section 3.1.1. requests_per_prompt bounds the work: with so many requests for
/// each prompt that was asked for, the factory gives what it has.
struct PromptFactoryOptions {
  std::size_t seed_examples = 6, own_examples = 2;
  Sampling sampling = {0.6f, 0.9f, 192};
  std::size_t requests_per_prompt = 4;
  int tasks_per_request = 4; ///< so many more the model is asked to write; all that a reply holds are taken
  PromptFilterOptions filter = {};
};

/// What happened so far, over all calls of next().
struct PromptFactoryStats {
  std::size_t requests = 0, tasks = 0, accepted = 0; ///< asked of the model; found in its replies; given out
  std::array<std::size_t, prompt_refusals> refused = {};

  std::size_t refused_for(PromptRefusal reason) const { return refused.at(static_cast<std::size_t>(reason)); }
};

/// A PromptSource. Its only state is what it gave out: that may serve as an example later, and is not given again.
/// Determinism: next() is a function of (policy, n, seed) and of what was given or remembered before.
class PromptFactory {
 public:
  /// seeds: the examples; also_known: further instructions that must not come out, such as those of an evaluation.
  /// Throws: Error for no seeds or options that allow no work.
  explicit PromptFactory(std::vector<std::string> seeds, PromptFactoryOptions options = {},
                         std::span<std::string const> also_known = {})
      : seeds_(std::move(seeds)), options_(options), filter_(options.filter) {
    require(!seeds_.empty(), "PromptFactory", "no seed instructions", "at least one");
    require(options_.seed_examples > 0, "PromptFactory", "seed_examples 0", "at least 1");
    require(options_.requests_per_prompt > 0, "PromptFactory", "requests_per_prompt 0", "at least 1");
    require(options_.tasks_per_request > 0, "PromptFactory", "tasks_per_request below 1", "at least 1");
    require(options_.sampling.max_new_tokens > 0, "PromptFactory", "max_new_tokens below 1", "at least 1");
    for (std::string const& text : seeds_) {
      filter_.add(text);
    }
    for (std::string const& text : also_known) {
      filter_.add(text);
    }
  }

  /// The train split serves as examples; the held-out instructions must not come out.
  explicit PromptFactory(std::span<SeedExample const> seeds, PromptFactoryOptions options = {})
      : PromptFactory(prompts_of(seeds, false), options, prompts_of(seeds, true)) {}

  /// Up to n new instructions, fewer when the model keeps writing what the filter refuses. Throws: Error when not even
  /// one example leaves room in the model's context.
  template <Generator G>
  std::vector<Prompt> next(G& policy, std::size_t n, Seed seed) {
    auto const& tokenizer = std::as_const(policy).tokenizer();
    std::vector<Prompt> prompts;
    std::size_t const most = n * options_.requests_per_prompt;
    for (std::size_t asked = 0; prompts.size() < n && asked < most;) {
      std::size_t const count = std::min(most - asked, n - prompts.size());
      std::vector<Question> questions;
      for (std::size_t i = 0; i < count; ++i) {
        questions.push_back(question(policy, seed.fork(asked + i).fork(0)));
      }
      std::vector<GenerationRequest> requests;
      for (std::size_t i = 0; i < count; ++i) {
        requests.push_back({questions[i].tokens, seed.fork(asked + i).fork(1)});
      }
      std::vector<Tokens> const replies = policy.generate(requests, options_.sampling);
      require(replies.size() == count, "PromptFactory", "another number of answers from generate()",
              "one a request, in order");
      asked += count;
      stats_.requests += count;
      for (std::size_t i = 0; i < count && prompts.size() < n; ++i) {
        bool const finished = is_finished(tokenizer, replies[i], options_.sampling);
        TaskList const list = read_task_list(tokenizer.decode(replies[i]), questions[i].next_number, finished);
        take(policy, list, n, prompts);
      }
    }
    return prompts;
  }

  /// Takes instructions that an interrupted run had already been given, in their order.
  void remember(std::span<Prompt const> accepted) {
    for (Prompt const& prompt : accepted) {
      remember_text(prompt.text);
    }
  }

  PromptFactoryStats const& stats() const { return stats_; }

  /// The request with these examples; it ends with the number of the task to write.
  std::string request(std::span<std::string const> examples) const {
    std::size_t const first = examples.size() + 1,
                      last = examples.size() + static_cast<std::size_t>(options_.tasks_per_request);
    std::string text =
        "Here is a list of tasks that people give to an assistant. Continue the list with tasks " +
        std::to_string(first) + " to " + std::to_string(last) +
        ". Each new task differs from all others and stands on one line. Write only the tasks, not their "
        "answers.\n\n";
    for (std::size_t i = 0; i < examples.size(); ++i) {
      text += std::to_string(i + 1) + ". " + example_line(examples[i]) + "\n";
    }
    return text + std::to_string(first) + ".";
  }

 private:
  struct Question {
    Tokens tokens;
    int next_number;
  };

  static std::vector<std::string> prompts_of(std::span<SeedExample const> seeds, bool held_out) {
    std::vector<std::string> prompts;
    for (SeedExample const& seed : seeds) {
      if (seed.held_out == held_out) {
        prompts.push_back(seed.prompt);
      }
    }
    return prompts;
  }

  /// On one line, without a colon at its end (as in Self-Instruct).
  static std::string example_line(std::string_view text) {
    std::string line = ascii::collapsed(text);
    while (!line.empty() && (line.back() == ':' || line.back() == ' ')) {
      line.pop_back();
    }
    return line;
  }

  /// `count` different ones of the texts, by lot; all of them if there are fewer.
  static void draw(std::span<std::string const> texts, std::size_t count, Seed seed, std::vector<std::string>& out) {
    std::vector<std::size_t> order(texts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    shuffle(std::span(order), seed);
    for (std::size_t i = 0; i < std::min(count, order.size()); ++i) {
      out.push_back(texts[order[i]]);
    }
  }

  /// Own examples that are not there yet are filled up with seeds.
  std::vector<std::string> examples(Seed seed) const {
    std::vector<std::string> chosen;
    draw(own_, options_.own_examples, seed.fork(0), chosen);
    draw(seeds_, options_.seed_examples + options_.own_examples - chosen.size(), seed.fork(1), chosen);
    shuffle(std::span(chosen), seed.fork(2));
    return chosen;
  }

  /// Leaves examples out until request and reply fit into the context of a model that knows its own.
  template <class G>
  Question question(G const& policy, Seed seed) {
    std::vector<std::string> chosen = examples(seed);
    for (;;) {
      Question q{policy.tokenizer().encode_prompt(request(chosen)), static_cast<int>(chosen.size()) + 1};
      if constexpr (ContextAware<G>) {
        std::size_t const context = policy.context_length();
        std::size_t const room = static_cast<std::size_t>(options_.sampling.max_new_tokens);
        if (q.tokens.size() > context || room > context - q.tokens.size()) {
          ++stats_.refused[static_cast<std::size_t>(PromptRefusal::prompt_too_long)];
          if (chosen.size() == 1) {
            throw Error("PromptFactory",
                        "a request of " + std::to_string(q.tokens.size()) +
                            " tokens with one example, for a reply of " + std::to_string(room),
                        "both to fit into the context of " + std::to_string(context));
          }
          chosen.pop_back();
          continue;
        }
      }
      return q;
    }
  }

  template <class G>
  void take(G const& policy, TaskList const& list, std::size_t n, std::vector<Prompt>& prompts) {
    stats_.tasks += list.tasks.size() + (list.cut_off ? 1 : 0);
    stats_.refused[static_cast<std::size_t>(PromptRefusal::unfinished)] += list.cut_off ? 1 : 0;
    for (std::string const& text : list.tasks) {
      if (prompts.size() == n) {
        return;
      }
      PromptRefusal const refusal = filter_.check(text);
      if (refusal != PromptRefusal::none) {
        ++stats_.refused[static_cast<std::size_t>(refusal)];
        continue;
      }
      remember_text(text);
      ++stats_.accepted;
      prompts.push_back({text, policy.tokenizer().encode_prompt(text)});
    }
  }

  void remember_text(std::string const& text) {
    filter_.add(text);
    own_.push_back(text);
  }

  std::vector<std::string> seeds_, own_; ///< what it was given; what it gave
  PromptFactoryOptions options_;
  PromptFilter filter_;
  PromptFactoryStats stats_;
};

} // namespace srlm
