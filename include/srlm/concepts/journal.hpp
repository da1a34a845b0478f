/// Journal: the memory of a run. Each whole unit of work is looked up before it is done and written down after it, so a
/// run that was killed goes on where it was and ends in the same bytes.
#pragma once
#include <srlm/core/events.hpp>
#include <srlm/core/preference.hpp>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

namespace srlm {

/// Names one unit of work: which turn, which stage, which chunk of it (a step, in training stages).
struct UnitKey {
  int t;
  Stage stage;
  std::size_t index;
  auto operator<=>(UnitKey const&) const = default;
};

/// recall(key, value): true when the unit was recorded, and value is what it was. record(key, value): appends it as a
/// whole or throws. Values: prompts, judged groups, pairs, steps.
template <class J>
concept Journal = requires(J& j, UnitKey const& key, std::vector<Prompt>& prompts, std::vector<JudgedGroup>& groups,
                           std::vector<PreferencePair>& pairs, StepTaken& step) {
  { j.recall(key, prompts) } -> std::same_as<bool>;
  { j.recall(key, groups) } -> std::same_as<bool>;
  { j.recall(key, pairs) } -> std::same_as<bool>;
  { j.recall(key, step) } -> std::same_as<bool>;
  j.record(key, prompts);
  j.record(key, groups);
  j.record(key, pairs);
  j.record(key, step);
  /// where the checkpoint of a training stage after so many steps may be kept; nullopt: nowhere
  { j.checkpoint_path(key) } -> std::same_as<std::optional<std::filesystem::path>>;
  /// the checkpoint at that path is whole: it replaces all earlier ones
  j.commit_checkpoint(key);
  /// the last checkpoint of the run; nullopt: none
  { j.latest_checkpoint() } -> std::same_as<std::optional<UnitKey>>;
};

/// Remembers nothing: every unit is computed.
struct NoJournal {
  template <class T>
  bool recall(UnitKey const&, T&) {
    return false;
  }
  template <class T>
  void record(UnitKey const&, T const&) {}
  std::optional<std::filesystem::path> checkpoint_path(UnitKey const&) { return std::nullopt; }
  void commit_checkpoint(UnitKey const&) {}
  std::optional<UnitKey> latest_checkpoint() { return std::nullopt; }
};
static_assert(Journal<NoJournal>);

} // namespace srlm
