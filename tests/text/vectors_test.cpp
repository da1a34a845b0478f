// llama.cpp's published vectors: every text of an .inp file must give the ids of its line in the .out file.
#include "fixtures.hpp"
#include <srlm/text/pre_tokenizer.hpp>
#include <srlm/text/tokenizer.hpp>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace srlm_test;
using srlm::Tokens;
using srlm::text::PreTokenizer;

namespace {

struct Vector {
  std::string text;
  Tokens ids;
};

std::vector<Vector> vectors(std::string const& gguf) {
  std::string const separator = "\n__ggml_vocab_test__\n";
  std::string const texts = read_text(gguf + ".inp");
  std::istringstream lines(read_text(gguf + ".out"));
  std::vector<Vector> result;
  std::size_t at = 0;
  for (std::string line; std::getline(lines, line);) {
    REQUIRE(at <= texts.size());
    std::size_t const end = texts.find(separator, at);
    Vector vector{texts.substr(at, end == std::string::npos ? end : end - at), {}};
    std::istringstream numbers(line);
    for (srlm::Token id = 0; numbers >> id;) {
      vector.ids.push_back(id);
    }
    result.push_back(std::move(vector));
    at = end == std::string::npos ? texts.size() + 1 : end + separator.size();
  }
  return result;
}

bool starts_with(Tokens const& ids, std::size_t at, Tokens const& part) {
  return part.size() <= ids.size() - at &&
         std::equal(part.begin(), part.end(), ids.begin() + static_cast<std::ptrdiff_t>(at));
}

} // namespace

TEST_CASE("every vector of llama.cpp gives its ids, and its ids give the text") {
  for (std::string const name : {"gpt-2", "llama-spm", "starcoder"}) {
    auto const path = shared_tokenizer("ggml-vocab-" + name + ".gguf");
    if (!path) {
      continue;
    }
    srlm::text::Tokenizer const tokenizer(vocabulary_of(*path));
    std::vector<Vector> const all = vectors(*path);
    CHECK(all.size() == 46);
    for (Vector const& vector : all) {
      INFO(name << ": " << vector.text);
      CHECK(tokenizer.encode(vector.text) == vector.ids);
      CHECK(tokenizer.decode(vector.ids) == vector.text);
    }
  }
}

// The vocabularies of Llama-3 and Qwen2 are not there, only their vectors. The cut can be checked all the same: a word
// has the same ids wherever it stands. Words learnt from texts of one word, and then from texts with one word not known
// yet, must explain the ids of every other text whose words are known.
TEST_CASE("the cut explains the ids of vectors whose vocabulary is not there") {
  for (auto const& [name, kind] :
       {std::pair{"llama-bpe", PreTokenizer::llama3}, std::pair{"qwen2", PreTokenizer::qwen2}}) {
    auto const path = shared_tokenizer(std::string("ggml-vocab-") + name + ".gguf.inp");
    if (!path) {
      continue;
    }
    srlm::text::WordCutter const cutter(kind);
    std::map<std::string, Tokens> known;
    std::vector<Vector> left = vectors(path->substr(0, path->size() - 4));
    int explained = 0;
    for (bool learnt = true; learnt;) {
      learnt = false;
      std::vector<Vector> next;
      for (Vector const& vector : left) {
        std::vector<std::string> words;
        cutter.cut(vector.text, [&](std::string_view word) { words.emplace_back(word); });
        INFO(name << ": " << vector.text);
        REQUIRE(words.size() <= vector.ids.size());
        std::size_t begin = 0, end = words.size(), at = 0, behind = vector.ids.size();
        for (; begin < end && known.count(words[begin]) > 0; at += known[words[begin++]].size()) {
          REQUIRE(starts_with(vector.ids, at, known[words[begin]]));
        }
        for (; end > begin && known.count(words[end - 1]) > 0; --end) {
          Tokens const& ids = known[words[end - 1]];
          REQUIRE(behind - at >= ids.size());
          behind -= ids.size();
          REQUIRE(starts_with(vector.ids, behind, ids));
        }
        if (begin == end) {
          CHECK(at == behind);
          ++explained;
        } else if (begin + 1 == end) {
          REQUIRE(behind > at);
          known[words[begin]] = Tokens(vector.ids.begin() + static_cast<std::ptrdiff_t>(at),
                                       vector.ids.begin() + static_cast<std::ptrdiff_t>(behind));
          learnt = true;
        } else {
          next.push_back(vector);
        }
      }
      left = std::move(next);
    }
    CHECK(explained >= 8);
  }
}
