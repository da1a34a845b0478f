/// ShardedJournal: the Journal of a run of several ranks. Each rank writes its share of the lines into a file of its
/// own, and the next start, on any number of ranks, finds them all.
#pragma once
#include <srlm/comm/share.hpp>
#include <srlm/io/atomic_file.hpp>
#include <srlm/observe/journal_file.hpp>
#include <algorithm> // count
#include <iterator>  // istreambuf_iterator
#include <set>

namespace srlm {

namespace observe {

/// Beside journal.jsonl, the first rank's: journal.1.jsonl and so on.
inline std::filesystem::path shard_path(std::filesystem::path const& run, std::size_t rank) {
  return run / (rank == 0 ? std::string("journal.jsonl") : "journal." + std::to_string(rank) + ".jsonl");
}

/// The whole lines of a file, without their ends; none where it is not there.
inline std::vector<std::string> lines_of(std::filesystem::path const& path) {
  std::string text(static_cast<std::size_t>(whole_lines(path.string())), '\0');
  std::ifstream(path, std::ios::binary).read(text.data(), static_cast<std::streamsize>(text.size()));
  std::istringstream stream(std::move(text));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(std::move(line));
  }
  return lines;
}

/// Puts the lines of all shards into journal.jsonl, in the order in which they were written, and removes the shards.
/// The outcome is the file that one rank would have written. A shard's line: {"line": its number, "text": the journal's
/// line}. The caller holds the folder. Throws: Error for a line that is none, and where the disk fails.
inline void merge_shards(std::filesystem::path const& run) {
  std::vector<std::filesystem::path> shards;
  for (auto const& entry : std::filesystem::directory_iterator(run)) {
    std::string const name = entry.path().filename().string();
    if (name.starts_with("journal.") && name.ends_with(".jsonl") && name != "journal.jsonl") {
      shards.push_back(entry.path());
    }
  }
  if (shards.empty()) {
    return;
  }
  std::vector<std::string> const first = lines_of(shard_path(run, 0));
  std::set<std::string> const there(first.begin(), first.end()); // an earlier merge may have been killed at its end
  std::map<std::size_t, std::string> placed;
  for (std::filesystem::path const& shard : shards) {
    for (std::string const& line : lines_of(shard)) {
      io::Json const read = io::parse_json(line, shard.string());
      std::string text = io::required_string(read, "text", shard.string());
      if (!there.contains(text)) {
        placed.emplace(static_cast<std::size_t>(io::required_integer(read, "line", shard.string())), std::move(text));
      }
    }
  }
  io::AtomicFile merged(shard_path(run, 0).string());
  std::size_t number = 0;
  auto next = placed.begin();
  auto const write = [&](std::string const& line) {
    merged.write(line + "\n");
    ++number;
  };
  for (std::string const& line : first) {
    for (; next != placed.end() && next->first == number; ++next) {
      write(next->second);
    }
    write(line);
  }
  for (; next != placed.end(); ++next) {
    write(next->second);
  }
  merged.commit();
  for (std::filesystem::path const& shard : shards) {
    std::filesystem::remove(shard);
  }
}

} // namespace observe

/// Line n is written by rank n % ranks; the ranks go on together when it is on the disk. So a kill of any rank loses no
/// recorded unit, and an error of one rank ends all. Every rank calls every member alike, and the folder is one that
/// all ranks see. C: a communicator.
template <class C>
class ShardedJournal {
 public:
  /// identity: as JournalFile's; the same on every rank. Throws: SharedError on every rank where JournalFile's
  /// constructor throws Error, and where the ranks' identities differ.
  ShardedJournal(std::filesystem::path folder, io::OrderedJson const& identity, C& ranks)
      : folder_(std::move(folder)), ranks_(&ranks), record_(observe::shard_path(folder_, 0).string()) {
    first_rank_does(ranks, "a journal with the identity " + identity.dump(), [&] {
      held_.emplace(folder_);
      observe::merge_shards(folder_);
      JournalFile const begun(*held_, identity);
    });
    share_work(ranks, "read the journal", [&] {
      std::string const path = observe::shard_path(folder_, 0).string();
      record_ = observe::read_journal(path);
      std::ifstream file(path, std::ios::binary);
      lines_ = static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
    });
    share_work(ranks, "open the journal", [&] { // now that all have read
      auto const own = static_cast<std::size_t>(ranks.rank());
      writer_.emplace(observe::shard_path(folder_, own).string());
    });
    resumes_ = record_.last_unit() || record_.latest_checkpoint();
  }

  /// Whether an earlier run left units here.
  bool resumes() const { return resumes_; }
  /// Everything that is recorded so far, by all ranks.
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

  /// Every rank has written what it had to: DataParallel's checkpoints are whole on all ranks at once.
  void commit_checkpoint(UnitKey const& key) {
    append(key, "checkpoint", true);
    record_.set_checkpoint(key);
    first_rank_does(*ranks_, "remove older checkpoints", [&] { observe::remove_other_checkpoints(folder_, key); });
  }

  std::optional<UnitKey> latest_checkpoint() const { return record_.latest_checkpoint(); }

  /// The run is over: all lines go into journal.jsonl. A run that does not come here leaves that to the next start.
  void finish() {
    share_work(*ranks_, "close the journal", [&] { writer_->close(); });
    first_rank_does(*ranks_, "merge the journal", [&] { observe::merge_shards(folder_); });
  }

 private:
  void append(UnitKey const& key, char const* kind, io::OrderedJson const& value) {
    std::size_t const number = lines_++;
    share_work(*ranks_, "record " + observe::name_of(key) + " " + kind, [&] {
      auto const own = static_cast<std::size_t>(ranks_->rank()), size = static_cast<std::size_t>(ranks_->size());
      if (number % size == own) {
        io::OrderedJson const line = observe::journal_line(key, kind, value);
        if (own == 0) {
          writer_->append(line);
        } else {
          writer_->append(io::OrderedJson{
              {"line", number}, {"text", line.dump(-1, ' ', false, io::OrderedJson::error_handler_t::replace)}});
        }
        writer_->flush();
      }
    });
  }

  std::filesystem::path folder_;
  C* ranks_;
  std::optional<observe::RunFolder> held_; ///< by the first rank
  observe::JournalRecord record_;
  std::size_t lines_ = 0;
  bool resumes_ = false;
  std::optional<io::JsonlWriter> writer_;
};

} // namespace srlm
