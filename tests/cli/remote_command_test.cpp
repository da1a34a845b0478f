/// The program asks a judge elsewhere.
#include "cli/program.hpp"
#include "judge/local_server.hpp"

using namespace srlm_cli;

TEST_CASE("srlm judge asks a server for its verdicts, and says clearly when it cannot be reached") {
  if (!available()) {
    return;
  }
  LocalServer<> server([](std::size_t, httplib::Request const& request, httplib::Response& response) {
    bool const good = request.body.find("honey") != std::string::npos;
    answer(response, good ? "Right.\nScore: 5" : "Wrong.\nScore: 1");
  });
  std::string const in = write("asked_elsewhere.jsonl",
                               "{\"prompt\":\"What do bees make?\",\"responses\":[\"Bees make honey.\",\"Stones.\"]}\n")
                             .string();
  std::string const command = "judge " + model() + " --judge remote --votes 2 --judge-name tester --in " + in;
  Result const result = srlm_command(command + " --judge-url " + local_url(server.port()));
  INFO(result.error);
  REQUIRE(result.code == 0);
  CHECK(result.lines().at(0).at("scores") == Json::array({5.0, 1.0}));
  Result const nobody = srlm_command(command + " --judge-retries 0 --judge-url " + local_url(silent_port()));
  CHECK(nobody.code == 1);
  CHECK_THAT(nobody.error, ContainsSubstring("127.0.0.1"));
  CHECK(srlm_command(command + " --judge-url nonsense").code == 1);
  CHECK(srlm_command(command).code == 1); // no URL
}

TEST_CASE("srlm compare lets a server judge two files of answers, without any model here") {
  if (!available()) {
    return;
  }
  LocalServer<> server([](std::size_t, httplib::Request const& request, httplib::Response& response) {
    bool const good = request.body.find("make honey") != std::string::npos;
    answer(response, good ? "Right.\nScore: 5" : "Wrong.\nScore: 1");
  });
  std::string const a =
      write("side_a.jsonl", "{\"prompt\":\"What do bees make?\",\"response\":\"Bees make honey.\"}\n").string();
  std::string const b =
      write("side_b.jsonl", "{\"prompt\":\"What do bees make?\",\"response\":\"Stones.\"}\n").string();
  Result const result =
      srlm_command("compare " + a + " " + b + " --judge remote --votes 2 --judge-name tester --judge-url " +
                   local_url(server.port()));
  INFO(result.error);
  REQUIRE(result.code == 0);
  CHECK(result.lines().at(0).at("win").at("value") == 1);
  CHECK(result.lines().at(0).at("win_rate").at("value") == 1);
}
