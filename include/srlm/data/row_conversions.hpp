/// What rows of one kind say as rows of another: only where that has a meaning.
#pragma once
#include <srlm/data/open_assistant_rows.hpp>
#include <srlm/data/preference_row.hpp>
#include <srlm/data/seed_examples.hpp>
#include <string>
#include <type_traits> // is_same_v
#include <vector>

namespace srlm {

/// Whether rows of one kind have a meaning as rows of another. A conversation says nothing of a worse answer, and only
/// Open Assistant's files hold the ids of its messages.
template <class From, class To>
inline constexpr bool converts = std::is_same_v<From, To> || std::is_same_v<From, OpenAssistantTree> ||
                                 (!std::is_same_v<To, OpenAssistantTree> &&
                                  !(std::is_same_v<From, Conversation> && std::is_same_v<To, PreferenceRow>));

namespace detail {

inline std::vector<Conversation> rows_of(PreferenceRow const& row, std::type_identity<Conversation>,
                                         OpenAssistantOptions const&, LeftOut&, std::string const&) {
  Conversation conversation = row.prompt;
  conversation.push_back({"assistant", row.chosen});
  return {std::move(conversation)};
}

inline std::vector<SeedExample> rows_of(PreferenceRow const& row, std::type_identity<SeedExample>,
                                        OpenAssistantOptions const&, LeftOut&, std::string const& where) {
  if (is_blank_text(row.rejected)) {
    throw BadRow(RowFault::no_place, where, "an empty rejected answer", "answers with a text: seeds have no others");
  }
  return {{single_prompt(row.prompt, "a seed", where), {{row.chosen, 0}, {row.rejected, 1}}}};
}

inline std::vector<SeedExample> rows_of(Conversation const& row, std::type_identity<SeedExample>,
                                        OpenAssistantOptions const&, LeftOut&, std::string const& where) {
  auto const prompt = std::span(row).first(row.size() - 1);
  return {{single_prompt(prompt, "a seed", where), {{row.back().content, 0}}}};
}

inline std::vector<Conversation> rows_of(SeedExample const& seed, std::type_identity<Conversation>,
                                         OpenAssistantOptions const&, LeftOut& left_out, std::string const&) {
  if (seed.held_out) {
    ++left_out["held_out"];
    return {};
  }
  RankedAnswer const* const best = best_answer(seed);
  if (best == nullptr) {
    ++left_out["without_rank_0"];
    return {};
  }
  return {single_turn(seed.prompt, best->text)};
}

inline std::vector<PreferenceRow> rows_of(SeedExample const& seed, std::type_identity<PreferenceRow>,
                                          OpenAssistantOptions const& options, LeftOut& left_out, std::string const&) {
  std::vector<PreferenceRow> rows;
  if (seed.held_out) {
    ++left_out["held_out"];
    return rows;
  }
  for (auto& [chosen, rejected] : ranked_pairs(seed.answers, options.pairs)) {
    rows.push_back({{{"user", seed.prompt}}, std::move(chosen), std::move(rejected)});
  }
  left_out["prompt_without_two_ranks"] += rows.empty() ? 1 : 0;
  return rows;
}

inline std::vector<Conversation> rows_of(OpenAssistantTree const& tree, std::type_identity<Conversation>,
                                         OpenAssistantOptions const& options, LeftOut& left_out, std::string const&) {
  return conversations_of(tree, options, left_out);
}

inline std::vector<PreferenceRow> rows_of(OpenAssistantTree const& tree, std::type_identity<PreferenceRow>,
                                          OpenAssistantOptions const& options, LeftOut& left_out, std::string const&) {
  return preferences_of(tree, options, left_out);
}

inline std::vector<SeedExample> rows_of(OpenAssistantTree const& tree, std::type_identity<SeedExample>,
                                        OpenAssistantOptions const& options, LeftOut& left_out, std::string const&) {
  auto seed = seed_of(tree, options, left_out);
  return seed ? std::vector<SeedExample>{std::move(*seed)} : std::vector<SeedExample>{};
}

} // namespace detail

/// The row as rows of another kind: a preference as the conversation with the chosen answer, or as a seed with both; a
/// conversation of one turn as a seed with one answer; a seed as the conversation with its best answer, or as its pairs
/// (held-out seeds are left out); a tree of Open Assistant as open_assistant_rows.hpp says.
/// Throws: BadRow for a row that the other kind cannot hold.
template <class To, class From>
requires converts<From, To> std::vector<To> convert_row(From const& row, OpenAssistantOptions const& options,
                                                        LeftOut& left_out, std::string const& where) {
  if constexpr (std::is_same_v<From, To>) {
    return {row};
  } else {
    return detail::rows_of(row, std::type_identity<To>{}, options, left_out, where);
  }
}

} // namespace srlm
