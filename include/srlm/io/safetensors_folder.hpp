/// The weights of a Hugging Face folder: model.safetensors, or shards with model.safetensors.index.json.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/json.hpp>
#include <srlm/io/safetensors_file.hpp>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace srlm::io {

/// All weights of a folder; the tensors live as long as this object.
/// Throws (constructor): Error if neither file is there, a shard is missing or wrong, a tensor of the index is not in
/// its shard, or two shards have a tensor of the same name.
class SafetensorsFolder {
 public:
  explicit SafetensorsFolder(std::string const& folder) {
    namespace fs = std::filesystem;
    fs::path const root(folder);
    std::error_code ignored;
    if (fs::exists(root / "model.safetensors", ignored)) {
      files_.emplace_back((root / "model.safetensors").string());
      tensors_ = files_.back().tensors();
      return;
    }
    fs::path const index = root / "model.safetensors.index.json";
    if (!fs::exists(index, ignored)) {
      if (fs::exists(root / "pytorch_model.bin", ignored) ||
          fs::exists(root / "pytorch_model.bin.index.json", ignored)) {
        throw Error(folder, "weights as pytorch_model.bin only", "model.safetensors (save_pretrained makes it)");
      }
      throw Error(folder + ": there is neither model.safetensors nor model.safetensors.index.json");
    }
    read_shards(root, index.string());
  }

  std::vector<TensorSource> const& tensors() const { return tensors_; }

 private:
  void read_shards(std::filesystem::path const& root, std::string const& index) {
    Json const document = read_json_file(index, DuplicateKeys::refuse);
    Json const& map = required_field(document, "weight_map", index);
    if (!map.is_object() || map.empty()) {
      throw Error(index + ": weight_map", excerpt(map), "an object from tensor names to file names");
    }
    std::map<std::string, std::set<std::string>> shards; // file name -> names that the index places there
    for (auto const& [name, value] : map.items()) {
      std::string const file = value.is_string() ? value.get<std::string>() : std::string();
      if (file.empty() || file == "." || file == ".." ||
          file.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) {
        throw Error(index + ": weight_map: " + name, excerpt(value), "the name of a file in the same folder");
      }
      shards[file].insert(name);
    }
    std::set<std::string> seen;
    files_.reserve(shards.size());
    for (auto const& [file, names] : shards) {
      SafetensorsFile const& shard = files_.emplace_back((root / file).string());
      std::set<std::string> missing = names;
      for (TensorSource const& tensor : shard.tensors()) {
        missing.erase(tensor.name);
        if (!seen.insert(tensor.name).second) {
          throw Error(shard.path() + ": tensor " + tensor.name + " is in another shard too");
        }
        tensors_.push_back(tensor);
      }
      if (!missing.empty()) {
        throw Error(shard.path() + ": tensor " + *missing.begin() + " is missing, which " + index + " places there");
      }
    }
  }

  std::vector<SafetensorsFile> files_;
  std::vector<TensorSource> tensors_;
};

} // namespace srlm::io
