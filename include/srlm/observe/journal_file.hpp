/// JournalFile: the Journal on disk. One line a unit of work, appended and brought to the disk as a whole; a line that
/// was torn by a kill is cut off when the run goes on. Checkpoints of training stages lie beside it.
#pragma once
#include <srlm/observe/journal_record.hpp>
#include <srlm/observe/run_folder.hpp>
#include <string>

namespace srlm {

namespace observe {

/// The line of a unit of work or, with the kind "checkpoint", of a checkpoint that is whole.
inline OrderedJson journal_line(UnitKey const& key, char const* kind, OrderedJson const& value) {
  return {{"t", key.t}, {"stage", std::string(srlm::name_of(key.stage))}, {"index", key.index}, {kind, value}};
}

/// Where the checkpoint of this key lies in a run's folder; it is made. Throws: Error where it cannot be.
inline std::filesystem::path checkpoint_folder(std::filesystem::path const& run, UnitKey const& key) {
  std::filesystem::path const path = run / "checkpoints" / name_of(key);
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) {
    throw Error("checkpoint " + path.string() + ": " + failed.message());
  }
  return path;
}

/// Removes all checkpoints but one. One that cannot be removed does no harm.
inline void remove_other_checkpoints(std::filesystem::path const& run, UnitKey const& key) {
  std::error_code ignored;
  for (auto const& entry : std::filesystem::directory_iterator(run / "checkpoints", ignored)) {
    if (entry.path().filename() != name_of(key)) {
      std::filesystem::remove_all(entry.path(), ignored);
    }
  }
}

} // namespace observe

/// Semantics: the first line says what the run is (options and hashes of its inputs); a later run with other ones in
/// the same folder is refused, because its units would not be this run's units.
class JournalFile {
 public:
  /// folder: held for the life of this object. identity: everything that the results depend on.
  /// Throws: Error when the folder is in use or not writable, the journal is damaged, or identity is another.
  JournalFile(observe::RunFolder const& folder, io::OrderedJson const& identity)
      : folder_(folder.path()), path_((folder_ / "journal.jsonl").string()), record_(path_) {
    cut_torn_line();
    read(identity);
    resumes_ = record_.begun();
    writer_.emplace(path_);
    if (!resumes_) {
      writer_->append(io::OrderedJson{{"srlm_journal", 1}, {"identity", identity}});
      writer_->flush();
      record_.begin(io::Json(identity));
    }
  }

  /// Whether an earlier process left units here.
  bool resumes() const { return resumes_; }

  /// Everything that is recorded so far.
  observe::JournalRecord const& recorded() const { return record_; }

  template <class T>
  bool recall(UnitKey const& key, T& value) const {
    return record_.recall(key, value);
  }

  template <class T>
  void record(UnitKey const& key, T const& value) {
    io::OrderedJson const unit = observe::to_json(value);
    append(key, "unit", unit);
    record_.set_unit(key, io::Json(unit));
  }

  std::optional<std::filesystem::path> checkpoint_path(UnitKey const& key) {
    return observe::checkpoint_folder(folder_, key);
  }

  void commit_checkpoint(UnitKey const& key) {
    append(key, "checkpoint", true);
    record_.set_checkpoint(key);
    observe::remove_other_checkpoints(folder_, key);
  }

  std::optional<UnitKey> latest_checkpoint() const { return record_.latest_checkpoint(); }

 private:
  void append(UnitKey const& key, char const* kind, io::OrderedJson const& value) {
    writer_->append(observe::journal_line(key, kind, value));
    writer_->flush();
  }

  void cut_torn_line() {
    std::error_code missing;
    std::uintmax_t const size = std::filesystem::file_size(path_, missing), whole = observe::whole_lines(path_);
    if (!missing && whole != size) {
      std::filesystem::resize_file(path_, whole);
    }
  }

  void read(io::OrderedJson const& identity) {
    std::error_code missing;
    if (!std::filesystem::exists(path_, missing)) {
      return;
    }
    io::read_jsonl(path_, [&](io::Json const& line, std::size_t number) {
      bool const first = !record_.begun();
      record_.add(line, number);
      if (first) {
        compare(record_.identity(), io::Json(identity));
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
  observe::JournalRecord record_;
  bool resumes_ = false;
  std::optional<io::JsonlWriter> writer_;
};
static_assert(Journal<JournalFile>);

} // namespace srlm
