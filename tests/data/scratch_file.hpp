/// A file for a test, gone at the end of it.
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

class ScratchFile {
 public:
  explicit ScratchFile(std::string const& content, std::string const& suffix = ".jsonl") {
    path_ = (std::filesystem::temp_directory_path() / ("srlm_data_" + std::to_string(std::random_device{}()) + suffix))
                .string();
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~ScratchFile() { std::filesystem::remove(path_); }
  ScratchFile(ScratchFile const&) = delete;
  std::string const& path() const { return path_; }
  std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::string path_;
};
