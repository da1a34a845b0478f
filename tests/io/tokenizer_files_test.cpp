// Tokenizer definitions from and to tokenizer.json folders and GGUF metadata.
#include "support/catch.hpp"
#include "temporary_folder.hpp"
#include <srlm/io/gguf_tokenizer.hpp>
#include <srlm/io/gguf_writer.hpp>
#include <srlm/io/hf_tokenizer.hpp>
#include <cstdlib>
#include <set>
#include <vector>

using namespace srlm;
using namespace srlm::io;
using text::PreTokenizer;
using text::TokenizerKind;
using text::TokenRole;
using text::Vocabulary;

namespace {

bool says(std::string const& message, std::string const& part) {
  UNSCOPED_INFO(message);
  return message.find(part) != std::string::npos;
}

/// A Hugging Face folder with one of the fixtures.
void make_folder(TemporaryFolder const& folder, std::string const& name, std::string const& config) {
  write_text(folder / "tokenizer.json", read_text(fixture("io_tokenizer_" + name + ".json")));
  write_text(folder / "tokenizer_config.json", config);
}

std::string const llama3_config =
    R"({"bos_token":"<|begin_of_text|>","eos_token":{"content":"<|eot_id|>"},"chat_template":"{{ messages }}"})";

void check_same(Vocabulary const& a, Vocabulary const& b, bool with_scores = true) {
  CHECK(a.kind == b.kind);
  CHECK(a.pre_tokenizer == b.pre_tokenizer);
  CHECK((a.tokens == b.tokens)); // in parentheses: a difference is not worth 50,000 lines
  CHECK((a.roles == b.roles));
  CHECK((!with_scores || a.scores == b.scores));
  CHECK((a.merges == b.merges));
  CHECK(a.bos == b.bos);
  CHECK(a.eos == b.eos);
  CHECK(a.unknown == b.unknown);
  CHECK(a.padding == b.padding);
  CHECK(a.end_tokens == b.end_tokens);
  CHECK(a.add_bos == b.add_bos);
  CHECK(a.add_space_prefix == b.add_space_prefix);
  CHECK(a.chat_template == b.chat_template);
}

Token id_of(Vocabulary const& vocabulary, std::string const& token) {
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    if (vocabulary.tokens[i] == token) {
      return static_cast<Token>(i);
    }
  }
  return -1;
}

TokenRole role_of(Vocabulary const& vocabulary, std::string const& token) {
  return vocabulary.roles.at(static_cast<std::size_t>(id_of(vocabulary, token)));
}

Vocabulary through_gguf(Vocabulary const& vocabulary, std::size_t rows) {
  TemporaryFolder const folder;
  GgufMetadata metadata;
  vocabulary_to_gguf(vocabulary, rows, metadata);
  write_gguf(folder / "v.gguf", metadata, {}, DType::f32);
  return vocabulary_from_gguf(GgufFile(folder / "v.gguf").metadata());
}

Vocabulary through_hf(Vocabulary const& vocabulary) {
  TemporaryFolder const folder;
  write_hf_tokenizer(folder.path(), vocabulary);
  return read_hf_tokenizer(folder.path());
}

} // namespace

TEST_CASE("Llama 3's form of tokenizer.json is recognised", "[io]") {
  TemporaryFolder const folder;
  make_folder(folder, "llama3", llama3_config);
  write_text(folder / "generation_config.json", R"({"eos_token_id":[301,302]})");
  Vocabulary const vocabulary = read_hf_tokenizer(folder.path());
  CHECK(vocabulary.kind == TokenizerKind::byte_level_bpe);
  CHECK(vocabulary.pre_tokenizer == PreTokenizer::llama3);
  CHECK(vocabulary.tokens.size() == 303);
  CHECK(vocabulary.roles.size() == 303);
  CHECK(vocabulary.merges.size() == 44);
  CHECK(vocabulary.scores.empty());
  CHECK(vocabulary.bos == 300);
  CHECK(vocabulary.eos == 302);
  CHECK(vocabulary.end_tokens == std::vector<Token>{302, 301});
  CHECK(vocabulary.add_bos); // by its post-processor
  CHECK(role_of(vocabulary, "<|eot_id|>") == TokenRole::control);
  CHECK(vocabulary.chat_template == "{{ messages }}");
  write_text(folder / "chat_template.jinja", "newer");
  CHECK(read_hf_tokenizer(folder.path()).chat_template == "newer");
}

TEST_CASE("Qwen2's form of tokenizer.json is recognised", "[io]") {
  TemporaryFolder const folder;
  make_folder(folder, "qwen2",
              R"({"eos_token":"<|im_end|>","pad_token":"<|endoftext|>","bos_token":null,"chat_template":[
                 {"name":"tool_use","template":"no"},{"name":"default","template":"yes"}]})");
  Vocabulary const vocabulary = read_hf_tokenizer(folder.path());
  CHECK(vocabulary.pre_tokenizer == PreTokenizer::qwen2);
  CHECK(!vocabulary.bos);
  CHECK(!vocabulary.add_bos);
  CHECK(vocabulary.padding == id_of(vocabulary, "<|endoftext|>"));
  CHECK(role_of(vocabulary, "<tool>") == TokenRole::user_defined);
  CHECK(vocabulary.chat_template == "yes");
}

TEST_CASE("a SentencePiece-like tokenizer.json gets roles and scores", "[io]") {
  TemporaryFolder const folder;
  make_folder(folder, "llama2", R"({"bos_token":"<s>","eos_token":"</s>","add_bos_token":true})");
  Vocabulary const vocabulary = read_hf_tokenizer(folder.path());
  CHECK(vocabulary.kind == TokenizerKind::sentencepiece_bpe);
  CHECK(vocabulary.merges.empty());
  REQUIRE(vocabulary.scores.size() == vocabulary.tokens.size());
  CHECK(vocabulary.unknown == 0);
  CHECK(role_of(vocabulary, "<unk>") == TokenRole::unknown);
  CHECK(role_of(vocabulary, "<s>") == TokenRole::control);
  CHECK(role_of(vocabulary, "<0x0A>") == TokenRole::byte);
  CHECK(vocabulary.add_bos);
  CHECK(vocabulary.add_space_prefix);
  Json const document = read_json_file(fixture("io_tokenizer_llama2.json"));
  float before = 1;
  for (Json const& merge : document["model"]["merges"]) { // an earlier merge scores higher
    std::string const made = merge[0].get<std::string>() + merge[1].get<std::string>();
    float const score = vocabulary.scores.at(static_cast<std::size_t>(id_of(vocabulary, made)));
    CHECK(score < before);
    before = score;
  }
}

TEST_CASE("tokenizers go through tokenizer.json and GGUF and come back", "[io]") {
  std::pair<char const*, std::string> const cases[] = {
      {"llama3", llama3_config},
      {"qwen2", R"({"eos_token":"<|im_end|>","pad_token":"<|endoftext|>"})"},
      {"llama2", R"({"bos_token":"<s>","eos_token":"</s>","unk_token":"<unk>"})"}};
  for (auto const& [name, config] : cases) {
    INFO(name);
    TemporaryFolder const folder;
    make_folder(folder, name, config);
    Vocabulary const vocabulary = read_hf_tokenizer(folder.path());
    Vocabulary const back = through_hf(vocabulary);
    // scores become ranks among all ways to make the tokens: other numbers, the same order
    check_same(back, vocabulary, vocabulary.kind == TokenizerKind::byte_level_bpe);
    check_same(through_gguf(vocabulary, vocabulary.tokens.size()), vocabulary);
    if (vocabulary.kind == TokenizerKind::sentencepiece_bpe) {
      CHECK((merges_from_scores(back) == merges_from_scores(vocabulary)));
    }
  }
}

TEST_CASE("a written tokenizer.json says what the tokenizers package needs to give the same ids", "[io]") {
  for (auto const& [name, ignore_merges] : {std::pair{"llama3", true}, std::pair{"qwen2", false}}) {
    INFO(name);
    TemporaryFolder const folder, out;
    make_folder(folder, name, "{}");
    Vocabulary vocabulary = read_hf_tokenizer(folder.path());
    vocabulary.bos = 300;
    vocabulary.add_bos = true;
    write_hf_tokenizer(out.path(), vocabulary);
    Json const document = read_json_file(out / "tokenizer.json"), before = read_json_file(folder / "tokenizer.json");
    CHECK(document["model"]["ignore_merges"] == ignore_merges); // Llama 3 takes whole tokens before merging
    CHECK(document["pre_tokenizer"]["pretokenizers"][0] == before["pre_tokenizer"]["pretokenizers"][0]);
    CHECK(document["post_processor"]["single"][0]["SpecialToken"]["id"] == vocabulary.tokens[300]);
    CHECK(document["added_tokens"] == before["added_tokens"]);
  }
}

TEST_CASE("a vocabulary smaller than the embedding is filled up in GGUF and cut in tokenizer.json", "[io]") {
  TemporaryFolder const folder;
  make_folder(folder, "llama3", llama3_config);
  Vocabulary const vocabulary = read_hf_tokenizer(folder.path());
  Vocabulary const filled = through_gguf(vocabulary, 320);
  REQUIRE(filled.tokens.size() == 320);
  CHECK(filled.tokens[319] == "[PAD319]");
  CHECK(filled.roles[303] == TokenRole::unused);
  check_same(through_hf(filled), vocabulary);
  CHECK(says(message_of<Error>([&] { through_gguf(vocabulary, 302); }), "303 tokens"));
}

TEST_CASE("the merges behind SentencePiece scores are the merges that it was trained with", "[io]") {
  TemporaryFolder const folder;
  make_folder(folder, "llama2", R"({"bos_token":"<s>"})");
  Vocabulary const vocabulary = read_hf_tokenizer(folder.path());
  auto const merges = merges_from_scores(vocabulary);
  std::set<std::pair<std::string, std::string>> const made(merges.begin(), merges.end());
  Json const document = read_json_file(fixture("io_tokenizer_llama2.json"));
  for (Json const& merge : document["model"]["merges"]) {
    CHECK(made.contains({merge[0].get<std::string>(), merge[1].get<std::string>()}));
  }
}

TEST_CASE("an unknown way to cut text is refused and quoted", "[io]") {
  TemporaryFolder const folder;
  make_folder(folder, "llama3", llama3_config);
  Json const whole = read_json_file(folder / "tokenizer.json");
  auto const refused = [&](auto change) {
    Json document = whole;
    change(document);
    write_text(folder / "tokenizer.json", document.dump());
    return message_of<Error>([&] { read_hf_tokenizer(folder.path()); });
  };
  auto const pattern = [](Json& d) -> Json& { return d["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"]; };
  CHECK(says(refused([&](Json& d) { pattern(d) = R"(\p{L}+ my own)"; }), R"(\\p{L}+ my own)"));
  CHECK(says(refused([](Json& d) { d["pre_tokenizer"]["pretokenizers"][0]["behavior"] = "Removed"; }), "Split by"));
  CHECK(says(refused([](Json& d) { d["pre_tokenizer"]["pretokenizers"][1]["add_prefix_space"] = true; }), "prefix"));
  CHECK(says(refused([](Json& d) { d["pre_tokenizer"] = {{"type", "Whitespace"}}; }), "Whitespace"));
  CHECK(says(refused([](Json& d) { d["pre_tokenizer"] = nullptr; }), "none"));
  CHECK(says(refused([](Json& d) { d["normalizer"] = {{"type", "Lowercase"}}; }), "Lowercase"));
  CHECK(says(refused([](Json& d) { d["model"]["type"] = "Unigram"; }), "Unigram"));
  CHECK(says(refused([](Json& d) { d["model"]["merges"][0] = "alone"; }), "merges"));
  CHECK(says(refused([](Json& d) { d["model"]["merges"][0] = {1, 2}; }), "merges"));
  CHECK(says(refused([](Json& d) { d["model"]["vocab"]["x"] = 1ull << 40; }), "1099511627776"));
  CHECK(says(refused([](Json& d) { d["model"]["vocab"]["twin"] = 5; }), "id 5"));
  CHECK(says(refused([](Json& d) { d["added_tokens"][0]["id"] = -1; }), "begin_of_text"));
  CHECK(says(refused([](Json& d) { d["added_tokens"][0]["content"] = "!"; }), "the ids"));
  CHECK(says(refused([](Json& d) { d.erase("model"); }), "\"model\" is missing"));
}

TEST_CASE("special tokens that the tokenizer does not have are refused", "[io]") {
  TemporaryFolder const folder;
  make_folder(folder, "llama3", R"({"eos_token":"<absent>"})");
  CHECK(says(message_of<Error>([&] { read_hf_tokenizer(folder.path()); }), "<absent>"));
  make_folder(folder, "llama3", "{}");
  write_text(folder / "generation_config.json", R"({"eos_token_id":303})");
  CHECK(says(message_of<Error>([&] { read_hf_tokenizer(folder.path()); }), "303"));
  std::filesystem::remove(folder / "tokenizer.json");
  write_text(folder / "tokenizer.model", "");
  CHECK(says(message_of<Error>([&] { read_hf_tokenizer(folder.path()); }), "tokenizer.model alone"));
}

TEST_CASE("inconsistent tokenizer keys of GGUF are refused with the key", "[io]") {
  TemporaryFolder const folder;
  make_folder(folder, "llama3", llama3_config);
  GgufMetadata whole;
  vocabulary_to_gguf(read_hf_tokenizer(folder.path()), 303, whole);
  auto const refused = [&](std::string const& key, GgufValue value) {
    GgufMetadata metadata = whole;
    metadata.set("tokenizer." + key, std::move(value));
    return message_of<Error>([&] { vocabulary_from_gguf(metadata); });
  };
  CHECK(says(refused("ggml.model", std::string("bert")), "\"bert\""));
  CHECK(says(refused("ggml.model", std::string("llama")), "tokenizer.ggml.scores is missing"));
  CHECK(says(refused("ggml.pre", std::string("default")), "tokenizer.ggml.pre"));
  CHECK(says(refused("ggml.tokens", std::vector<std::string>{}), "0 tokens"));
  CHECK(says(refused("ggml.token_type", std::vector<std::int32_t>{1}), "1 entries"));
  CHECK(says(refused("ggml.token_type", std::vector<std::int32_t>(303, 9)), "got 9"));
  CHECK(says(refused("ggml.merges", std::vector<std::string>{"ab"}), "\"ab\""));
  CHECK(says(refused("ggml.merges", std::vector<std::string>{""}), "tokenizer.ggml.merges"));
  CHECK(says(refused("ggml.bos_token_id", std::uint32_t{303}), "bos_token_id"));
  CHECK(says(refused("ggml.eos_token_id", std::uint32_t{4000000000u}), "eos_token_id"));
  CHECK(says(refused("ggml.eot_token_id", std::uint32_t{303}), "ends a response"));
  CHECK(says(refused("ggml.add_bos_token", std::uint32_t{1}), "add_bos_token"));
  CHECK(says(refused("chat_template", std::uint32_t{1}), "chat_template"));
}

TEST_CASE("llama.cpp's vocabularies are read and go through tokenizer.json unchanged", "[io]") {
  std::string const folder = std::string(SRLM_SHARED_DIR) + "/data/tokenizer/ggml-vocab-";
  if (!std::filesystem::exists(folder + "gpt-2.gguf")) {
    WARN("skipped: no vocabularies in SRLM_SHARED_DIR");
    return;
  }
  for (auto const& [name, kind] :
       {std::pair{"gpt-2", PreTokenizer::gpt2}, std::pair{"starcoder", PreTokenizer::smollm}}) {
    Vocabulary const vocabulary = vocabulary_from_gguf(GgufFile(folder + name + ".gguf").metadata());
    CHECK(vocabulary.pre_tokenizer == kind);
    CHECK(!vocabulary.add_bos);
    check_same(through_hf(vocabulary), vocabulary);
  }
  Vocabulary const llama = vocabulary_from_gguf(GgufFile(folder + "llama-spm.gguf").metadata());
  CHECK(llama.kind == TokenizerKind::sentencepiece_bpe);
  CHECK(llama.add_bos);
  CHECK(llama.add_space_prefix);
  Vocabulary const back = through_hf(llama);
  check_same(back, llama, false);
  // the scores come back with other numbers, which put the merges into the same order
  CHECK((merges_from_scores(back) == merges_from_scores(llama)));
}

TEST_CASE("SmolLM2's tokenizer is read from its file", "[io]") {
  char const* const path = std::getenv("SRLM_TEST_MODEL");
  if (path == nullptr) {
    WARN("skipped: SRLM_TEST_MODEL does not name the SmolLM2 GGUF file");
    return;
  }
  Vocabulary const vocabulary = vocabulary_from_gguf(GgufFile(path).metadata());
  CHECK(vocabulary.pre_tokenizer == PreTokenizer::smollm);
  CHECK(vocabulary.eos == 2);
  CHECK(vocabulary.end_tokens == std::vector<Token>{2});
  CHECK(!vocabulary.add_bos);
  CHECK(vocabulary.chat_template.find("SmolLM") != std::string::npos);
  check_same(through_hf(vocabulary), vocabulary);
  check_same(through_gguf(vocabulary, 49152), vocabulary);
}
