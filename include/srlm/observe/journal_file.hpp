/// JournalFile: the Journal on disk. One line a unit of work, appended and brought to the disk as a whole; a line that
/// was torn by a kill is cut off when the run goes on. Checkpoints of training stages lie beside it.
#pragma once
#include <srlm/concepts/journal.hpp>
#include <srlm/io/jsonl.hpp>
#include <srlm/observe/journal_json.hpp>
#include <srlm/observe/run_folder.hpp>
#include <fstream>
#include <map>
#include <string>

namespace srlm {

/// Semantics: the first line says what the run is (options and hashes of its inputs); a later run with other ones in
/// the same folder is refused, because its units would not be this run's units.
class JournalFile {
 public:
  /// folder: held for the life of this object. identity: everything that the results depend on.
  /// Throws: Error when the folder is in use or not writable, the journal is damaged, or identity is another.
  JournalFile(observe::RunFolder const& folder, io::OrderedJson const& identity)
      : folder_(folder.path()), path_((folder_ / "journal.jsonl").string()) {
    cut_torn_line();
    read(identity);
    writer_.emplace(path_);
    if (!begun_) {
      writer_->append(io::OrderedJson{{"srlm_journal", 1}, {"identity", identity}});
      writer_->flush();
    }
  }

  /// Whether an earlier process left units here.
  bool resumes() const { return begun_; }

  template <class T>
  bool recall(UnitKey const& key, T& value) {
    auto const found = units_.find(key);
    if (found == units_.end()) {
      return false;
    }
    try {
      observe::from_json(found->second, value);
    } catch (std::exception const& problem) {
      throw Error(path_ + ": unit " + name_of_unit(key), problem.what(), "what srlm wrote there");
    }
    if constexpr (std::same_as<T, StepTaken>) {
      value.t = key.t;
      value.stage = key.stage;
    }
    return true;
  }

  template <class T>
  void record(UnitKey const& key, T const& value) {
    io::OrderedJson const unit = observe::to_json(value);
    append(key, "unit", unit);
    units_.insert_or_assign(key, io::Json(unit));
  }

  std::optional<std::filesystem::path> checkpoint_path(UnitKey const& key) {
    std::filesystem::path const path = folder_ / "checkpoints" / name_of_unit(key);
    std::error_code failed;
    std::filesystem::create_directories(path, failed);
    if (failed) {
      throw Error("checkpoint " + path.string() + ": " + failed.message());
    }
    return path;
  }

  void commit_checkpoint(UnitKey const& key) {
    append(key, "checkpoint", true);
    latest_ = key;
    std::error_code ignored; // an old checkpoint that cannot be removed does no harm
    for (auto const& entry : std::filesystem::directory_iterator(folder_ / "checkpoints", ignored)) {
      if (entry.path().filename() != name_of_unit(key)) {
        std::filesystem::remove_all(entry.path(), ignored);
      }
    }
  }

  std::optional<UnitKey> latest_checkpoint() const { return latest_; }

  /// Every recorded unit of one kind, in the order of the run.
  template <class T>
  std::vector<std::pair<UnitKey, T>> all(Stage stage) {
    std::vector<std::pair<UnitKey, T>> found;
    for (auto const& [key, unit] : units_) {
      if (key.stage == stage) {
        recall(key, found.emplace_back(key, T{}).second);
      }
    }
    return found;
  }

 private:
  static std::string name_of_unit(UnitKey const& key) {
    return std::to_string(key.t) + "-" + std::string(name_of(key.stage)) + "-" + std::to_string(key.index);
  }

  static std::optional<Stage> stage_of(std::string const& name) {
    for (int i = 0; i <= static_cast<int>(Stage::preference); ++i) {
      if (name_of(static_cast<Stage>(i)) == name) {
        return static_cast<Stage>(i);
      }
    }
    return std::nullopt;
  }

  void append(UnitKey const& key, char const* kind, io::OrderedJson const& value) {
    writer_->append(
        io::OrderedJson{{"t", key.t}, {"stage", std::string(name_of(key.stage))}, {"index", key.index}, {kind, value}});
    writer_->flush();
  }

  /// A process that was killed while it wrote leaves a line without its end.
  void cut_torn_line() {
    std::error_code missing;
    std::uintmax_t const size = std::filesystem::file_size(path_, missing);
    if (missing || size == 0) {
      return;
    }
    std::ifstream file(path_, std::ios::binary);
    std::uintmax_t end = size;
    for (; end > 0; --end) {
      file.seekg(static_cast<std::streamoff>(end - 1));
      if (file.get() == '\n') {
        break;
      }
    }
    if (end != size) {
      std::filesystem::resize_file(path_, end);
    }
  }

  void read(io::OrderedJson const& identity) {
    std::error_code missing;
    if (!std::filesystem::exists(path_, missing)) {
      return;
    }
    io::read_jsonl(path_, [&](io::Json const& line, std::size_t number) {
      std::string const where = path_ + ":" + std::to_string(number);
      if (!begun_) {
        if (!line.contains("identity") || line.value("srlm_journal", io::Json()) != 1) {
          throw Error(where, io::excerpt(line),
                      "the first line of a journal, {\"srlm_journal\": 1, \"identity\": ...}");
        }
        compare(line.at("identity"), io::Json(identity));
        begun_ = true;
        return;
      }
      try {
        auto const stage = stage_of(line.at("stage").get<std::string>());
        require(stage.has_value(), "journal", "an unknown stage", "one that srlm writes");
        UnitKey const key{line.at("t").get<int>(), *stage, line.at("index").get<std::size_t>()};
        if (line.contains("checkpoint")) {
          latest_ = key;
        } else {
          units_.insert_or_assign(key, line.at("unit"));
        }
      } catch (std::exception const& problem) {
        throw Error(where + ": " + problem.what());
      }
    });
  }

  void compare(io::Json const& before, io::Json const& now) const {
    if (before == now) {
      return;
    }
    for (auto const& [name, value] : now.items()) {
      auto const found = before.find(name);
      if (found == before.end() || *found != value) {
        throw Error(folder_.string() + ": " + name, io::excerpt(value),
                    (found == before.end() ? "nothing" : io::excerpt(*found)) +
                        ", with which the run in this folder began; use the same options, or another folder");
      }
    }
    throw Error(folder_.string(), "other options", "those with which the run in this folder began");
  }

  std::filesystem::path folder_;
  std::string path_;
  bool begun_ = false;
  std::map<UnitKey, io::Json> units_;
  std::optional<UnitKey> latest_;
  std::optional<io::JsonlWriter> writer_;
};
static_assert(Journal<JournalFile>);

} // namespace srlm
