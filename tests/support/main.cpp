/// The main of every test program. Beside Catch2's own report it writes one line for each test case that starts and
/// one for each that ends into the file which SRLM_TEST_CASES names, so that tests/run.sh can count test cases, also
/// those of a program that crashed: a case that started and did not end has failed.
#define CATCH_CONFIG_RUNNER
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include "support/catch.hpp"

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
using ListenerBase = Catch::EventListenerBase;
#else
using ListenerBase = Catch::TestEventListenerBase;
#endif

#include <cstdlib>
#include <fstream>
#include <string>

namespace {

class CaseLog : public ListenerBase {
 public:
  using ListenerBase::ListenerBase;

  void testRunStarting(Catch::TestRunInfo const& info) override {
    ListenerBase::testRunStarting(info);
    if (char const* path = std::getenv("SRLM_TEST_CASES")) {
      log_.open(path, std::ios::trunc);
    }
  }

  void testCaseStarting(Catch::TestCaseInfo const& info) override {
    ListenerBase::testCaseStarting(info);
    name_ = info.name;
    log_ << "start " << name_ << std::endl; // flushed: the next line may be a crash
  }

  void testCaseEnded(Catch::TestCaseStats const& stats) override {
    ListenerBase::testCaseEnded(stats);
    bool const passed = stats.totals.testCases.failed == 0 && stats.totals.assertions.failed == 0;
    log_ << (passed ? "pass " : "fail ") << name_ << std::endl;
  }

 private:
  std::ofstream log_;
  std::string name_;
};

CATCH_REGISTER_LISTENER(CaseLog)

} // namespace

int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
