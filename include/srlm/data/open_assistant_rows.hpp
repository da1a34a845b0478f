/// What there is to learn in Open Assistant's trees: seeds for the paper's start (section 3.1.1: first turns in English
/// with human ranks), preferences between ranked siblings, and conversations.
#pragma once
#include <srlm/data/left_out.hpp>
#include <srlm/data/open_assistant.hpp>
#include <srlm/data/preference_row.hpp>
#include <srlm/data/seed_examples.hpp>
#include <algorithm> // min_element
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace srlm {

/// Which pairs of ranked answers become preferences.
enum class RankedPairs { all, best_worst };

/// Which conversations a tree gives: one for each leaf, or the one that takes the best reply each time.
enum class TreePaths { each, best };

struct OpenAssistantOptions {
  std::string language = "en"; ///< of the messages that are taken; empty: every language
  RankedPairs pairs = RankedPairs::all;
  TreePaths paths = TreePaths::each;
};

namespace detail {

/// Why a message is not taken, or empty.
inline std::string unusable(OpenAssistantMessage const& m, OpenAssistantOptions const& options) {
  return m.deleted                                                     ? "deleted"
         : m.review == false                                           ? "review_failed"
         : !options.language.empty() && m.language != options.language ? "other_language"
         : is_blank_text(m.text)                                       ? "blank"
                                                                       : "";
}

/// Which messages of a tree are taken: none that is unusable, and none below one. Counts the others; those below as
/// "below_left_out".
inline std::vector<bool> taken(OpenAssistantTree const& tree, OpenAssistantOptions const& options, LeftOut& left_out) {
  std::vector<bool> take(tree.messages.size(), false);
  if (!tree.state.empty() && tree.state != "ready_for_export") {
    left_out["tree_not_ready"] += tree.messages.size();
    return take;
  }
  std::vector<bool> reachable(tree.messages.size(), false);
  reachable[0] = true;
  for (std::size_t i = 0; i < tree.messages.size(); ++i) { // parents come first
    if (!reachable[i]) {
      ++left_out["below_left_out"];
      continue;
    }
    std::string const cause = unusable(tree.messages[i], options);
    take[i] = cause.empty();
    if (!take[i]) {
      ++left_out[cause];
      continue;
    }
    for (std::size_t const reply : tree.messages[i].replies) {
      reachable[reply] = true;
    }
  }
  return take;
}

/// The ranked answers to message i, in the file's order; of equal texts the best ranked.
inline std::vector<RankedAnswer> ranked_replies(OpenAssistantTree const& tree, std::size_t i,
                                                std::vector<bool> const& take, LeftOut& left_out) {
  std::vector<RankedAnswer> answers;
  for (std::size_t const reply : tree.messages[i].replies) {
    OpenAssistantMessage const& m = tree.messages[reply];
    if (!take[reply]) {
      continue;
    }
    if (!m.rank) {
      ++left_out["unranked"];
      continue;
    }
    auto const same = std::find_if(answers.begin(), answers.end(), [&](auto const& a) { return a.text == m.text; });
    if (same != answers.end()) {
      ++left_out["same_text"];
      same->rank = std::min(same->rank, *m.rank);
      continue;
    }
    answers.push_back({m.text, *m.rank});
  }
  return answers;
}

} // namespace detail

/// Pairs of answers of different rank: each better one with each worse one, or the best with the worst (the first of
/// equals).
inline std::vector<std::pair<std::string, std::string>> ranked_pairs(std::vector<RankedAnswer> const& answers,
                                                                     RankedPairs choice) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (choice == RankedPairs::best_worst && !answers.empty()) {
    auto const by_rank = [](RankedAnswer const& a, RankedAnswer const& b) { return a.rank < b.rank; };
    auto const best = std::min_element(answers.begin(), answers.end(), by_rank);
    auto const worst = std::max_element(answers.begin(), answers.end(), by_rank);
    if (best->rank < worst->rank) {
      pairs.emplace_back(best->text, worst->text);
    }
  }
  for (RankedAnswer const& a : answers) {
    for (RankedAnswer const& b : answers) {
      if (choice == RankedPairs::all && a.rank < b.rank) {
        pairs.emplace_back(a.text, b.text);
      }
    }
  }
  return pairs;
}

/// The tree's first turn as a seed: the root with its ranked replies. nullopt where there is none; left_out says why.
inline std::optional<SeedExample> seed_of(OpenAssistantTree const& tree, OpenAssistantOptions const& options,
                                          LeftOut& left_out) {
  std::vector<bool> const take = detail::taken(tree, options, left_out);
  if (!take[0]) {
    return std::nullopt;
  }
  SeedExample seed{tree.messages[0].text, detail::ranked_replies(tree, 0, take, left_out)};
  for (std::size_t i = 1; i < take.size(); ++i) {
    left_out["later_turn"] += take[i] && tree.messages[i].parent != tree.messages[0].id ? 1 : 0;
  }
  if (seed.answers.empty()) {
    ++left_out["prompt_without_ranked_replies"];
    return std::nullopt;
  }
  return seed;
}

namespace detail {

/// Calls visit(i, conversation from the root to i) for every message that is taken, parents first.
template <class Visit>
void walk_conversations(OpenAssistantTree const& tree, std::vector<bool> const& take, Visit&& visit) {
  std::vector<Conversation> open(tree.messages.size());
  for (std::size_t i = 0; i < tree.messages.size(); ++i) {
    if (take[i]) {
      OpenAssistantMessage const& m = tree.messages[i];
      open[i].push_back({m.is_user ? "user" : "assistant", m.text});
      for (std::size_t const reply : m.replies) {
        open[reply] = open[i];
      }
      visit(i, open[i]);
    }
    Conversation().swap(open[i]); // its replies have their own
  }
}

} // namespace detail

/// Preferences between the ranked replies to each message of the user, the conversation so far as prompt.
inline std::vector<PreferenceRow> preferences_of(OpenAssistantTree const& tree, OpenAssistantOptions const& options,
                                                 LeftOut& left_out) {
  std::vector<PreferenceRow> rows;
  std::vector<bool> const take = detail::taken(tree, options, left_out);
  detail::walk_conversations(tree, take, [&](std::size_t i, Conversation const& prompt) {
    if (tree.messages[i].is_user) {
      auto pairs = ranked_pairs(detail::ranked_replies(tree, i, take, left_out), options.pairs);
      left_out["prompt_without_two_ranks"] += pairs.empty() ? 1 : 0;
      for (auto& [chosen, rejected] : pairs) {
        rows.push_back({prompt, std::move(chosen), std::move(rejected)});
      }
    }
  });
  return rows;
}

/// Conversations from the root to an answer. TreePaths::each: to every answer behind which no other comes (a last
/// message of the user that nobody answered is left out and counted). TreePaths::best: the one that takes, of the
/// answers, the one with the best rank (unranked ones last), of the user's messages the first that was answered.
inline std::vector<Conversation> conversations_of(OpenAssistantTree const& tree, OpenAssistantOptions const& options,
                                                  LeftOut& left_out) {
  std::vector<bool> const take = detail::taken(tree, options, left_out);
  std::vector<bool> answered(take.size(), false),
      goes_on(take.size(), false); // user: has an answer; assistant: has such
  for (std::size_t i = take.size(); i-- > 0;) {
    for (std::size_t const reply : tree.messages[i].replies) {
      bool const serves = take[reply] && (tree.messages[i].is_user || answered[reply]);
      answered[i] = answered[i] || (serves && tree.messages[i].is_user);
      goes_on[i] = goes_on[i] || (serves && !tree.messages[i].is_user);
    }
    left_out["unanswered"] += take[i] && tree.messages[i].is_user && !answered[i] ? 1 : 0;
  }
  std::vector<bool> chosen = take;
  if (options.paths == TreePaths::best) {
    chosen.assign(take.size(), false);
    for (std::optional<std::size_t> at = 0; at && take[*at];) {
      chosen[*at] = true;
      OpenAssistantMessage const& m = tree.messages[*at];
      std::optional<std::size_t> next;
      for (std::size_t const reply : m.replies) {
        auto const rank = [&](std::size_t k) {
          return tree.messages[k].rank.value_or(std::numeric_limits<int>::max());
        };
        bool const serves = take[reply] && (m.is_user || answered[reply]);
        if (serves && (!next || (m.is_user && rank(reply) < rank(*next)))) {
          next = reply;
        }
      }
      at = next;
    }
    for (std::size_t i = 0; i < take.size(); ++i) {
      left_out["other_path"] += take[i] && !chosen[i] ? 1 : 0;
    }
  }
  std::vector<Conversation> rows;
  detail::walk_conversations(tree, chosen, [&](std::size_t i, Conversation const& conversation) {
    if (!tree.messages[i].is_user && !goes_on[i]) {
      rows.push_back(conversation);
    }
  });
  return rows;
}

} // namespace srlm
