#include "support/catch.hpp"

#include <srlm/core/seed.hpp>
#include <srlm/data/rouge_l.hpp>

using namespace srlm;
using Catch::Approx;

namespace {

std::string words(int from, int to, std::string const& prefix = "w") {
  std::string text;
  for (int i = from; i < to; ++i) {
    text += (text.empty() ? "" : " ") + prefix + std::to_string(i);
  }
  return text;
}

} // namespace

TEST_CASE("ROUGE-L is twice the longest common subsequence over both lengths") {
  CHECK(rouge_l_f1("the cat sat", "the cat sat") == 1.0);
  CHECK(rouge_l_f1("the cat sat", "a dog ran") == 0.0);
  CHECK(rouge_l_f1("police killed the gunman", "police kill the gunman") == Approx(0.75)); // Lin (2004), S1 and S2
  CHECK(rouge_l_f1("police killed the gunman", "the gunman kill police") == Approx(0.5));  // S1 and S3
  CHECK(rouge_l_f1("a b c d", "a x b") == Approx(4.0 / 7));
  CHECK(rouge_l_f1("b a", "a b") == Approx(0.5));
}

TEST_CASE("ROUGE-L splits at everything that is not a letter or a digit of ASCII, and knows no case") {
  CHECK(rouge_words("Don't STOP, it's 3.5!") == std::vector<std::string>{"don", "t", "stop", "it", "s", "3", "5"});
  CHECK(rouge_words("caf\xC3\xA9") == std::vector<std::string>{"caf"});
  CHECK(rouge_words("--- ").empty());
  CHECK(rouge_l_f1("", "") == 0.0);
  CHECK(rouge_l_f1("", "a") == 0.0);
}

TEST_CASE("the bound by lengths never changes what exceeds the limit") {
  for (std::uint64_t s = 0; s < 300; ++s) {
    std::vector<int> a, b;
    for (std::size_t i = 0; i < 1 + Seed{s}.below(12, 0); ++i) {
      a.push_back(static_cast<int>(Seed{s}.below(3, 10 + i)));
    }
    for (std::size_t i = 0; i < 1 + Seed{s}.below(12, 1); ++i) {
      b.push_back(static_cast<int>(Seed{s}.below(3, 50 + i)));
    }
    double const f1 = rouge_l_of_words(a, b);
    CHECK(f1 == rouge_l_of_words(b, a));
    for (double const limit : {0.0, 0.3, 0.5, 0.7, 0.9, f1}) {
      CHECK(rouge_l_exceeds(a, b, limit) == (f1 > limit));
    }
  }
}

TEST_CASE("exactly 0.7 does not exceed 0.7") {
  std::string const a = words(0, 10), b = words(0, 7) + " " + words(0, 3, "v");
  CHECK(rouge_l_f1(a, b) == 0.7);
  CHECK_FALSE(rouge_l_exceeds(rouge_words(a), rouge_words(b), 0.7));
  std::string const c = words(0, 8) + " " + words(0, 2, "v");
  CHECK(rouge_l_exceeds(rouge_words(a), rouge_words(c), 0.7));
}
