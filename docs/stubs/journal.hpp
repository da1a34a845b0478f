#pragma once
#include <srlm/concepts/explain.hpp>
#include <map>
#include <tuple>

class MyJournal { // in memory: yours writes to a place that outlives the process
 public:
  /// Whether the unit was recorded; value is then what it was. T: std::vector of srlm::Prompt, srlm::JudgedGroup or
  /// srlm::PreferencePair, or srlm::StepTaken.
  template <class T>
  bool recall(srlm::UnitKey const& key, T& value) {
    auto& units = std::get<std::map<srlm::UnitKey, T>>(units_);
    auto const found = units.find(key);
    if (found != units.end()) {
      value = found->second;
    }
    return found != units.end();
  }

  /// Remembers the value as a whole, or throws.
  template <class T>
  void record(srlm::UnitKey const& key, T const& value) {
    std::get<std::map<srlm::UnitKey, T>>(units_).insert_or_assign(key, value);
  }

  /// The folder for the checkpoint of a training stage after so many steps; nullopt: this journal keeps none.
  std::optional<std::filesystem::path> checkpoint_path(srlm::UnitKey const&) { return std::nullopt; }

  /// That checkpoint is whole now: it replaces all earlier ones.
  void commit_checkpoint(srlm::UnitKey const&) {}

  /// The run's last checkpoint; nullopt: none.
  std::optional<srlm::UnitKey> latest_checkpoint() { return std::nullopt; }

 private:
  std::tuple<std::map<srlm::UnitKey, std::vector<srlm::Prompt>>,
             std::map<srlm::UnitKey, std::vector<srlm::JudgedGroup>>,
             std::map<srlm::UnitKey, std::vector<srlm::PreferencePair>>, std::map<srlm::UnitKey, srlm::StepTaken>>
      units_;
};
static_assert(srlm::explain_journal<MyJournal>());
