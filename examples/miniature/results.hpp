/// The folder of an experiment. An arm of a seed is there whole or not at all, so a killed run goes on where it was.
#pragma once
#include "measures.hpp"
#include <srlm/io/jsonl.hpp>
#include <srlm/io/make_folder.hpp>
#include <mutex>

namespace miniature {

/// What a model of one arm and seed measured, by names; and one value an instruction of what tests compare.
struct Measurement {
  std::map<std::string, double> values;
  std::map<std::string, std::vector<srlm::Ratio>> each;
};

/// By seed, arm and model.
using Measurements = std::map<std::tuple<std::uint64_t, std::string, std::string>, Measurement>;

/// DIR/results.jsonl: a line {"seed", "arm", "model", "measure", "value"} each. DIR/each.jsonl: the same with a list of
/// [sum, weight], one an instruction. Both are made of the arms' own files in DIR/arms.
class Results {
 public:
  /// Throws: Error for a folder of other settings.
  Results(std::filesystem::path folder, std::string const& settings) : folder_(std::move(folder)) {
    srlm::io::make_folder(folder_ / "arms");
    std::string const file = (folder_ / "settings.json").string();
    srlm::io::Json const mine{{"settings", settings}};
    if (!std::filesystem::exists(file)) {
      srlm::io::write_json_file(file, mine);
    } else if (srlm::io::read_json_file(file) != mine) {
      throw srlm::Error(file, "other settings than this program's", "a folder of its own for each experiment");
    }
  }

  std::filesystem::path const& folder() const { return folder_; }

  bool has(std::uint64_t seed, std::string_view arm) const {
    return std::filesystem::exists(path(seed, arm, ".jsonl"));
  }

  /// Safe from several threads.
  void put(std::uint64_t seed, std::string_view arm, std::vector<std::pair<std::string, Measured>> const& models) {
    std::string lines, each;
    for (auto const& [model, measured] : models) {
      srlm::io::OrderedJson line{{"seed", seed}, {"arm", arm}, {"model", model}};
      for (auto const& [measure, value] : measured.values) {
        line["measure"] = measure;
        line["value"] = value ? srlm::io::OrderedJson(*value) : srlm::io::OrderedJson();
        lines += line.dump() + "\n";
      }
      line.erase("value");
      line["measure"] = "quality";
      line["each"] = pairs(srlm::as_ratios(measured.quality));
      each += line.dump() + "\n";
      line["measure"] = "judge_accuracy";
      line["each"] = pairs(measured.judge_accuracy);
      each += line.dump() + "\n";
    }
    std::scoped_lock const lock(mutex_);
    write(path(seed, arm, ".each"), each);
    write(path(seed, arm, ".jsonl"), lines);
    write(folder_ / "results.jsonl", all(".jsonl"));
    write(folder_ / "each.jsonl", all(".each"));
  }

  Measurements read() const {
    Measurements found;
    auto const at = [&](srlm::io::Json const& line) -> Measurement& {
      return found[{line.at("seed"), line.at("arm"), line.at("model")}];
    };
    if (std::filesystem::exists(folder_ / "results.jsonl")) {
      srlm::io::read_jsonl((folder_ / "results.jsonl").string(), [&](srlm::io::Json const& line, std::size_t) {
        if (!line.at("value").is_null()) {
          at(line).values[line.at("measure")] = line.at("value");
        }
      });
      srlm::io::read_jsonl((folder_ / "each.jsonl").string(), [&](srlm::io::Json const& line, std::size_t) {
        for (auto const& pair : line.at("each")) {
          at(line).each[line.at("measure")].push_back({pair.at(0), pair.at(1)});
        }
      });
    }
    return found;
  }

  static void write(std::filesystem::path const& file, std::string_view text) {
    srlm::io::AtomicFile out(file.string());
    out.write(text);
    out.commit();
  }

 private:
  static srlm::io::OrderedJson pairs(std::span<srlm::Ratio const> ratios) {
    auto list = srlm::io::OrderedJson::array();
    for (srlm::Ratio const& r : ratios) {
      list.push_back({r.sum, r.weight});
    }
    return list;
  }

  std::filesystem::path path(std::uint64_t seed, std::string_view arm, char const* ending) const {
    return folder_ / "arms" / (std::to_string(seed) + "-" + std::string(arm) + ending);
  }

  std::string all(std::string_view ending) const {
    std::vector<std::filesystem::path> files;
    for (auto const& entry : std::filesystem::directory_iterator(folder_ / "arms")) {
      if (entry.path().extension() == ending) {
        files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    std::string text;
    for (auto const& file : files) {
      std::ifstream in(file, std::ios::binary);
      text.append(std::istreambuf_iterator<char>(in), {});
    }
    return text;
  }

  std::filesystem::path folder_;
  std::mutex mutex_;
};

} // namespace miniature
