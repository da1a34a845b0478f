/// What people see on stderr while a run goes on.
#include "support/catch.hpp"
#include <srlm/observe/progress.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

namespace {

using namespace srlm;
using Catch::Matchers::ContainsSubstring;

/// A file that nobody else sees; what was written to it.
class Screen {
 public:
  Screen() : file_(std::tmpfile()) { REQUIRE(file_ != nullptr); }
  ~Screen() { std::fclose(file_); }
  std::FILE* file() { return file_; }
  std::string text() {
    std::string all(static_cast<std::size_t>(std::ftell(file_)), ' ');
    std::rewind(file_);
    REQUIRE(std::fread(all.data(), 1, all.size(), file_) == all.size());
    return all;
  }

 private:
  std::FILE* file_;
};

void wait() { std::this_thread::sleep_for(std::chrono::milliseconds(250)); }

} // namespace

TEST_CASE("a finished unit shows stage, count, tokens a second and the time left") {
  Screen screen;
  Progress progress(false, screen.file());
  progress(StageBegan{1, Stage::candidates, 8, 4});
  wait();
  progress(StageAdvanced{1, Stage::candidates, 4, 8, 1000});
  std::string const text = screen.text();
  CHECK_THAT(text, ContainsSubstring("candidates"));
  CHECK_THAT(text, ContainsSubstring("4/8"));
  CHECK_THAT(text, ContainsSubstring("tokens/s"));
  CHECK_THAT(text, ContainsSubstring("s left"));
}

TEST_CASE("what a model tells of its writing moves the line within a unit") {
  Screen screen;
  Progress progress(true, screen.file());
  progress(StageBegan{1, Stage::verdicts, 8, 8});
  wait();
  progress(GenerationAdvanced{25, 100});
  std::string const text = screen.text();
  CHECK_THAT(text, ContainsSubstring("verdicts"));
  CHECK_THAT(text, ContainsSubstring("0/8"));
  CHECK_THAT(text, ContainsSubstring("tokens/s"));
  CHECK_THAT(text, ContainsSubstring("  1 s left")); // a quarter took a quarter of a second
}

TEST_CASE("several calls of generate() in one unit add up, and a unit's own count is not added to them") {
  Screen screen;
  Progress progress(false, screen.file());
  progress(StageBegan{1, Stage::verdicts, 1, 1});
  progress(GenerationAdvanced{900'000'000, 900'000'000});
  progress(GenerationAdvanced{100'000'000, 100'000'000});
  wait();
  progress(StageAdvanced{1, Stage::verdicts, 1, 1, 5});
  std::string const text = screen.text();
  auto const rate = std::stod(text.substr(text.find("1/1") + 3));
  CHECK(rate < 1e9 / 0.25);
  CHECK(rate > 1e9 / 25);
  CHECK(text.find("left") == std::string::npos); // the stage is over
}

TEST_CASE("writing outside an announced stage shows nothing") {
  Screen screen;
  Progress progress(true, screen.file());
  wait();
  progress(GenerationAdvanced{1, 2});
  CHECK(screen.text().empty());
}

TEST_CASE("a step shows its loss, and a preference step its margin") {
  Screen screen;
  Progress progress(false, screen.file());
  StepTaken step;
  step.steps = 2;
  step.loss = 0.6931;
  progress(step);
  CHECK_THAT(screen.text(), ContainsSubstring("1/2") && ContainsSubstring("loss 0.6931  margin +0.0000"));
}
