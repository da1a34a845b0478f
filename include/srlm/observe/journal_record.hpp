/// JournalRecord: what the lines of a journal say. The one reader of them: for the run that goes on, and for whoever
/// looks at a run from outside.
#pragma once
#include <srlm/concepts/journal.hpp>
#include <srlm/io/jsonl.hpp>
#include <srlm/observe/journal_json.hpp>
#include <concepts> // same_as
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace srlm::observe {

/// "1-preference-3".
inline std::string name_of(UnitKey const& key) {
  return std::to_string(key.t) + "-" + std::string(srlm::name_of(key.stage)) + "-" + std::to_string(key.index);
}

/// The first line is {"srlm_journal": 1, "identity"}, every other one a whole unit of work or a checkpoint.
class JournalRecord {
 public:
  /// path: for messages.
  explicit JournalRecord(std::string path) : path_(std::move(path)) {}

  /// The next line. Throws: Error for one that srlm does not write.
  void add(Json const& line, std::size_t number) {
    std::string const where = path_ + ":" + std::to_string(number);
    if (!begun_) {
      if (!line.contains("identity") || line.value("srlm_journal", Json()) != 1) {
        throw Error(where, io::excerpt(line), "the first line of a journal, {\"srlm_journal\": 1, \"identity\": ...}");
      }
      begin(line.at("identity"));
      return;
    }
    try {
      auto const stage = stage_of(line.at("stage").get<std::string>());
      require(stage.has_value(), "journal", "an unknown stage", "one that srlm writes");
      UnitKey const key{line.at("t").get<int>(), *stage, line.at("index").get<std::size_t>()};
      if (line.contains("checkpoint")) {
        set_checkpoint(key);
      } else {
        set_unit(key, line.at("unit"));
      }
    } catch (std::exception const& problem) {
      throw Error(where + ": " + problem.what());
    }
  }

  void begin(Json identity) {
    identity_ = std::move(identity);
    begun_ = true;
  }
  void set_unit(UnitKey const& key, Json unit) {
    last_ = key;
    units_.insert_or_assign(key, std::move(unit));
  }
  void set_checkpoint(UnitKey const& key) { checkpoint_ = key; }

  /// Whether the first line is there.
  bool begun() const { return begun_; }
  /// What the run depends on; null before the first line.
  Json const& identity() const { return identity_; }
  /// The unit that was recorded last, and the last checkpoint; nullopt: none.
  std::optional<UnitKey> last_unit() const { return last_; }
  std::optional<UnitKey> latest_checkpoint() const { return checkpoint_; }

  /// The units of one stage, in the order of the run.
  std::vector<UnitKey> keys(Stage stage) const {
    std::vector<UnitKey> found;
    for (auto const& [key, unit] : units_) {
      if (key.stage == stage) {
        found.push_back(key);
      }
    }
    return found;
  }

  /// true when the unit was recorded, and value is what it was. Throws: Error for a unit of another kind.
  template <class T>
  bool recall(UnitKey const& key, T& value) const {
    auto const found = units_.find(key);
    if (found == units_.end()) {
      return false;
    }
    try {
      from_json(found->second, value);
    } catch (std::exception const& problem) {
      throw Error(path_ + ": unit " + name_of(key), problem.what(), "what srlm wrote there");
    }
    if constexpr (std::same_as<T, StepTaken>) {
      value.t = key.t;
      value.stage = key.stage;
    }
    return true;
  }

  /// Every recorded unit of one kind, in the order of the run.
  template <class T>
  std::vector<std::pair<UnitKey, T>> all(Stage stage) const {
    std::vector<std::pair<UnitKey, T>> found;
    for (UnitKey const& key : keys(stage)) {
      recall(key, found.emplace_back(key, T{}).second);
    }
    return found;
  }

 private:
  static std::optional<Stage> stage_of(std::string const& name) {
    for (int i = 0; i <= static_cast<int>(Stage::preference); ++i) {
      if (srlm::name_of(static_cast<Stage>(i)) == name) {
        return static_cast<Stage>(i);
      }
    }
    return std::nullopt;
  }

  std::string path_;
  bool begun_ = false;
  Json identity_;
  std::map<UnitKey, Json> units_;
  std::optional<UnitKey> last_, checkpoint_;
};

/// How many bytes of a file belong to whole lines: a process that was killed, or is at work, leaves a line without its
/// end. 0 for a file that is not there.
inline std::uintmax_t whole_lines(std::string const& path) {
  std::error_code missing;
  std::uintmax_t end = std::filesystem::file_size(path, missing);
  if (missing) {
    return 0;
  }
  std::ifstream file(path, std::ios::binary);
  for (; end > 0; --end) {
    file.seekg(static_cast<std::streamoff>(end - 1));
    if (file.get() == '\n') {
      break;
    }
  }
  return end;
}

/// The journal as far as it is whole, without the folder's lock: it may belong to a run that is at work. Throws: Error
/// for a file that cannot be read and for a damaged line.
inline JournalRecord read_journal(std::string const& path) {
  std::string text(static_cast<std::size_t>(whole_lines(path)), '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file || !file.read(text.data(), static_cast<std::streamsize>(text.size()))) {
    throw Error(path + ": cannot be read");
  }
  JournalRecord record(path);
  std::istringstream lines(std::move(text));
  io::read_jsonl(lines, path, [&](Json const& line, std::size_t number) { record.add(line, number); });
  return record;
}

} // namespace srlm::observe
