/// The program srlm for tests, run as a user runs it, in a temporary folder of this process, with a tiny model that the
/// program makes itself.
#pragma once
#include "support/catch.hpp"
#include <srlm/io/json.hpp>
#include <sys/wait.h>
#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace srlm_cli {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using srlm::io::Json;

inline std::string const& program() {
  static std::string const path = [] {
    char const* set = std::getenv("SRLM_PROGRAM");
    return std::string(set == nullptr ? "" : set);
  }();
  return path;
}

inline fs::path const& folder() {
  static fs::path const path = [] {
    fs::path const p = fs::temp_directory_path() / ("srlm_cli_" + std::to_string(::getpid()));
    fs::create_directories(p);
    std::atexit([] { fs::remove_all(fs::temp_directory_path() / ("srlm_cli_" + std::to_string(::getpid()))); });
    return p;
  }();
  return path;
}

inline std::string text_of(fs::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline fs::path write(std::string const& name, std::string const& text) {
  std::ofstream(folder() / name, std::ios::binary) << text;
  return folder() / name;
}

/// Each line of a text is one JSON value.
inline std::vector<Json> json_lines(std::string const& text) {
  std::vector<Json> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    all.push_back(Json::parse(line));
  }
  return all;
}

struct Result {
  int code;
  std::string out, error;
  std::vector<Json> lines() const { return json_lines(out); }
};

inline Result srlm_command(std::string const& arguments) {
  std::string const out = (folder() / "stdout").string(), error = (folder() / "stderr").string();
  int const status = std::system((program() + " " + arguments + " >" + out + " 2>" + error + " </dev/null").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, text_of(out), text_of(error)};
}

inline std::string const seeds =
    R"({"prompt":"Name a warm colour.","answers":[{"text":"Red is a warm colour.","rank":0},{"text":"Blue.","rank":1}],"split":"train","topic":"x"}
{"prompt":"What do bees make?","answers":[{"text":"Stones.","rank":1},{"text":"Bees make honey.","rank":0}],"split":"train","topic":"x"}
{"prompt":"Say good morning politely.","answers":[{"text":"Good morning to you.","rank":0},{"text":"Hm.","rank":1}],"split":"train","topic":"x"}
{"prompt":"Where do fish live?","answers":[{"text":"Fish live in water.","rank":0},{"text":"On trees.","rank":1}],"split":"held_out","topic":"x"}
)";

/// What the turns of a run are asked.
inline std::string prompts_file() {
  return write("asked.jsonl",
               "{\"prompt\":\"Name a cold colour.\"}\n{\"prompt\":\"What do cows make?\"}\n"
               "{\"prompt\":\"Where do birds live?\"}\n{\"prompt\":\"Say good night.\"}\n")
      .string();
}

/// Made once, in about a second.
inline std::string model() {
  static std::string const path = [] {
    std::string const target = (folder() / "tiny").string();
    Result const made = srlm_command("init --seeds " + write("seeds.jsonl", seeds).string() + " --out " + target +
                                     " --hidden 32 --layers 1 --epochs 3 --vocabulary 300");
    REQUIRE(made.code == 0);
    return target;
  }();
  return path;
}

/// Trained until it can judge. Made once.
inline std::string judging_model() {
  static std::string const path = [] {
    std::string const target = (folder() / "judging").string();
    Result const made = srlm_command("init --seeds " + write("seeds.jsonl", seeds).string() + " --out " + target +
                                     " --hidden 64 --layers 2 --epochs 150 --vocabulary 300");
    REQUIRE(made.code == 0);
    return target;
  }();
  return path;
}

inline bool available() {
  if (program().empty()) {
    WARN("skipped: SRLM_PROGRAM names no program");
    return false;
  }
  return true;
}

} // namespace srlm_cli
