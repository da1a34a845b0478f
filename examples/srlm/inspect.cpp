/// inspect: what a model is; its weights are not read.
#include "command.hpp"
#include <cstdio>
#include <map>

namespace srlm::cli {

namespace {

char const* name_of(text::PreTokenizer cut) {
  switch (cut) {
  case text::PreTokenizer::gpt2:
    return "gpt2";
  case text::PreTokenizer::smollm:
    return "smollm";
  case text::PreTokenizer::llama3:
    return "llama3";
  case text::PreTokenizer::qwen2:
    return "qwen2";
  }
  return "unknown";
}

/// The format that most matrix elements have; an embedding may be stored better than the rest.
std::string dtype_of(std::vector<io::TensorSource> const& tensors) {
  std::map<std::string, std::size_t> values;
  for (auto const& tensor : tensors) {
    if (tensor.shape.size() == 2) {
      values[std::string(io::name_of(tensor.dtype))] += io::element_count(tensor.shape).value_or(0);
    }
  }
  std::string best;
  for (auto const& [name, count] : values) {
    best = best.empty() || count > values[best] ? name : best;
  }
  return best;
}

io::OrderedJson describe(io::ModelConfig const& c, text::Vocabulary const& v, std::string const& dtype) {
  text::Tokenizer const tokenizer(v);
  bool const bpe = v.kind == text::TokenizerKind::byte_level_bpe;
  std::string family = "none";
  try {
    family = tokenizer.chat_template() ? std::string(text::name(tokenizer.chat_template()->family())) : "none";
  } catch (Error const&) {
    family = "unknown";
  }
  if (family == "none" && !v.chat_template.empty()) {
    family = "unknown";
  }
  return {{"architecture", c.architecture},
          {"parameters", io::parameter_count(c)},
          {"layers", c.layers},
          {"hidden", c.hidden},
          {"heads", c.heads},
          {"kv_heads", c.kv_heads},
          {"vocabulary", c.vocabulary},
          {"context", c.context},
          {"tokenizer", bpe ? std::string("byte-level BPE (") + name_of(v.pre_tokenizer) + ")" : "SentencePiece BPE"},
          {"chat_template", family},
          {"dtype", dtype},
          {"name", c.name},
          {"head_dim", c.head_dim},
          {"intermediate", c.intermediate},
          {"rope_theta", c.rope_theta},
          {"tied_embeddings", c.tied_embeddings}};
}

} // namespace

Action add_inspect(CLI::App& app) {
  auto const options = std::make_shared<Common>();
  options->add(app);
  return [options] {
    std::error_code ignored;
    io::OrderedJson description;
    if (!std::filesystem::exists(options->model, ignored)) {
      throw Error("model " + options->model + ": no such file or folder");
    }
    if (std::filesystem::is_directory(options->model, ignored)) {
      io::SafetensorsFolder const weights(options->model);
      description = describe(io::read_hf_config(options->model), io::read_hf_tokenizer(options->model),
                             dtype_of(weights.tensors()));
    } else {
      io::GgufFile const file(options->model);
      description =
          describe(io::config_from_gguf(file), io::vocabulary_from_gguf(file.metadata()), dtype_of(file.tensors()));
    }
    std::printf("%s\n", description.dump().c_str());
    if (std::fflush(stdout) != 0) {
      throw Error("standard output: cannot be written");
    }
    return 0;
  };
}

} // namespace srlm::cli
