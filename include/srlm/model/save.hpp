/// Models to files: a Hugging Face folder, or one GGUF file that llama.cpp loads, tokenizer and chat template included.
/// Adapters that are switched on are merged on the way; the model itself stays as it is.
#pragma once
#include <srlm/io/gguf_config.hpp>
#include <srlm/io/gguf_tokenizer.hpp>
#include <srlm/io/gguf_writer.hpp>
#include <srlm/io/hf_config.hpp>
#include <srlm/io/hf_tokenizer_writer.hpp>
#include <srlm/io/make_folder.hpp>
#include <srlm/io/safetensors.hpp>
#include <srlm/io/tensor_names.hpp>
#include <srlm/model/language_model.hpp>
#include <srlm/model/named_tensors.hpp>
#include <filesystem>

namespace srlm {

/// config.json, generation_config.json, tokenizer files and model.safetensors. The weights come last, so a folder with
/// weights is whole. Throws: Error that names the file and the reason.
template <TensorBackend B>
void save_hugging_face(LanguageModel<B> const& model, std::string const& folder, io::DType dtype = io::DType::f32) {
  io::make_folder(folder);
  io::write_hf_config(folder, model.config(), dtype);
  io::write_hf_tokenizer(folder, model.tokenizer().vocabulary());
  io::write_safetensors((std::filesystem::path(folder) / "model.safetensors").string(),
                        model::HostTensors(model).to_write(), dtype);
}

/// Rows of Q and K in GGUF's order, matrices as dtype, vectors as f32.
template <TensorBackend B>
void save_gguf(LanguageModel<B> const& model, std::string const& path, io::DType dtype = io::DType::f32) {
  io::ModelConfig const& config = model.config();
  if (auto const parent = std::filesystem::path(path).parent_path(); !parent.empty()) {
    io::make_folder(parent);
  }
  io::GgufMetadata metadata;
  io::config_to_gguf(config, metadata);
  io::vocabulary_to_gguf(model.tokenizer().vocabulary(), config.vocabulary, metadata);
  model::HostTensors weights(model);
  std::vector<io::TensorToWrite> tensors = weights.to_write();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    io::TensorToWrite& tensor = tensors[i];
    if (io::stores_interleaved_rows(config.architecture) && io::has_rotary_rows(tensor.name)) {
      std::size_t const columns = tensor.shape.size() == 2 ? tensor.shape[1] : 1;
      io::to_interleaved(weights.values(i), tensor.shape[0] / config.head_dim, config.head_dim, columns);
    }
    tensor.name = io::gguf_name(tensor.name).value();
  }
  auto const factors = io::rope_factors(config);
  if (factors) {
    tensors.push_back({io::rope_factors_name, {factors->size()}, *factors});
  }
  io::write_gguf(path, std::move(metadata), tensors, dtype);
}

/// A GGUF file if the path ends in .gguf, else a Hugging Face folder.
template <TensorBackend B>
void save_model(LanguageModel<B> const& model, std::string const& path, io::DType dtype = io::DType::f32) {
  path.ends_with(".gguf") ? save_gguf(model, path, dtype) : save_hugging_face(model, path, dtype);
}

} // namespace srlm
