#include "support/catch.hpp"

#include <srlm/judge/chat_answer.hpp>
#include <srlm/judge/retry.hpp>
#include <srlm/judge/server_url.hpp>

using namespace srlm;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a server's URL is read into scheme, host, port and path, with or without its /v1") {
  CHECK(read_server_url("http://localhost").text() == "http://localhost:80");
  CHECK(read_server_url("https://api.example.org/").text() == "https://api.example.org:443");
  CHECK(read_server_url("https://api.example.org/v1").text() == "https://api.example.org:443");
  CHECK(read_server_url("https://api.example.org/api/v1/").text() == "https://api.example.org:443/api");
  CHECK(read_server_url("http://10.0.0.7:8000/a/b").text() == "http://10.0.0.7:8000/a/b");
  ServerUrl const six = read_server_url("http://[::1]:8080/v1");
  CHECK(six.host == "::1");
  CHECK(six.text() == "http://[::1]:8080");
  CHECK(read_server_url("https://x").tls);
  CHECK_FALSE(read_server_url("http://x").tls);
}

TEST_CASE("what is no URL of a server is refused") {
  for (char const* bad : {"",
                          "localhost:8000",
                          "ftp://x",
                          "http://",
                          "http:///v1",
                          "http://:80",
                          "http://x:",
                          "http://x:0",
                          "http://x:65536",
                          "http://x:8o",
                          "http://x:-1",
                          "http://x:80:80",
                          "http://[::1",
                          "http://[]:1",
                          "http://[::1]x",
                          "http://a b",
                          "http://x/a b",
                          "http://x/?q=1",
                          "http://x#y",
                          "http://x\r\nA: b",
                          "http://x/\n",
                          "HTTP://x",
                          "http://x:99999999999999999999"}) {
    INFO(bad);
    CHECK_THROWS_AS(read_server_url(bad), Error);
  }
}

TEST_CASE("a password in a URL is refused and not repeated") {
  try {
    read_server_url("https://me:secret@example.org");
    FAIL("accepted");
  } catch (Error const& error) {
    CHECK_THAT(error.what(), !ContainsSubstring("secret"));
  }
}

TEST_CASE("the wait before a retry doubles up to its bound, and its jitter comes from the seed alone") {
  RetryOptions const options{.retries = 9, .first_wait = 1000ms, .longest_wait = 6000ms};
  for (int tried = 1; tried <= 9; ++tried) {
    auto const full = std::min(1000ms * (1 << (tried - 1)), 6000ms);
    for (std::uint64_t s = 0; s < 20; ++s) {
      auto const wait = wait_before_retry(options, tried, std::nullopt, Seed{s});
      CHECK(wait >= full / 2);
      CHECK(wait <= full);
      CHECK(wait == wait_before_retry(options, tried, std::nullopt, Seed{s}));
    }
  }
  CHECK(wait_before_retry(options, 1, std::nullopt, Seed{1}) != wait_before_retry(options, 1, std::nullopt, Seed{2}));
  CHECK(wait_before_retry(options, 1000, std::nullopt, Seed{1}) <= 6000ms);
}

TEST_CASE("what a server asks for is waited, up to the bound") {
  RetryOptions const options{.retries = 1, .first_wait = 100ms, .longest_wait = 6000ms};
  CHECK(wait_before_retry(options, 1, 3s, Seed{1}) == 3000ms);
  CHECK(wait_before_retry(options, 1, 7s, Seed{1}) == 6000ms);
  CHECK(wait_before_retry(options, 1, std::chrono::seconds::max(), Seed{1}) == 6000ms);
  CHECK(wait_before_retry(options, 1, 0s, Seed{1}) == wait_before_retry(options, 1, std::nullopt, Seed{1}));
}

TEST_CASE("Retry-After is read as seconds or as a date against the answer's own date") {
  CHECK(read_retry_after("12", "") == 12s);
  CHECK(read_retry_after("0", "") == 0s);
  CHECK(read_retry_after("99999999999999999999", "") == 24h);
  std::string const now = "Sun, 06 Nov 1994 08:49:37 GMT";
  CHECK(read_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now) == 30s);
  CHECK(read_retry_after("Mon, 07 Nov 1994 00:00:00 GMT", now) == 54623s);
  CHECK(read_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now) == 0s);
  for (char const* bad :
       {"", "-1", "1.5", "1 s", "soon", "Sun, 06 Nov 1994 25:50:07 GMT", "Sun, 31 Feb 1994 08:50:07 GMT",
        "Sun, 06 nov 1994 08:50:07 GMT", "Sun, 06 ovD 1994 08:50:07 GMT", "Sun, 06 Nov 1994 08:50:07 CET",
        "Sun, -6 Nov 1994 08:50:07 GMT"}) {
    INFO(bad);
    CHECK_FALSE(read_retry_after(bad, now).has_value());
  }
  CHECK_FALSE(read_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", "").has_value());
}

TEST_CASE("waits that are none are refused") {
  CHECK_THROWS_AS(check_retry_options({.retries = -1}), Error);
  CHECK_THROWS_AS(check_retry_options({.first_wait = -1ms}), Error);
  CHECK_THROWS_AS(check_retry_options({.first_wait = 2ms, .longest_wait = 1ms}), Error);
  CHECK_NOTHROW(check_retry_options({}));
}

TEST_CASE("a wait ends when a stop is requested") {
  std::stop_source stop;
  stop.request_stop();
  auto const before = std::chrono::steady_clock::now();
  wait_in_real_time(60s, stop.get_token());
  CHECK(std::chrono::steady_clock::now() - before < 30s);
}

TEST_CASE("a server's answer is its first choice's text, unfinished where the length limit ended it") {
  auto const read = [](std::string const& body) { return std::get<ChatAnswer>(read_chat_answer(body)); };
  CHECK(read(R"({"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]})").text == "a");
  CHECK(read(R"({"choices":[{"message":{"content":"a"}}]})").finished);
  CHECK(read(R"({"choices":[{"message":{"content":"a"},"finish_reason":null}]})").finished);
  CHECK(read(R"({"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]})").finished);
  CHECK_FALSE(read(R"({"choices":[{"message":{"content":"a"},"finish_reason":"length"}]})").finished);
  ChatAnswer const thought = read(R"({"choices":[{"message":{"content":null},"finish_reason":"length"}]})");
  CHECK(thought.text.empty());
  CHECK_FALSE(thought.finished);
}

TEST_CASE("an answer that holds no text is a bad answer, whatever it is instead") {
  std::string const deep = std::string(100000, '[');
  for (std::string const body : {"",
                                 " ",
                                 "nonsense",
                                 "<html></html>",
                                 "null",
                                 "[]",
                                 "\"x\"",
                                 "{}",
                                 R"({"choices":null})",
                                 R"({"choices":{}})",
                                 R"({"choices":[]})",
                                 R"({"choices":["x"]})",
                                 R"({"choices":[{}]})",
                                 R"({"choices":[{"message":"x"}]})",
                                 R"({"choices":[{"message":{}}]})",
                                 R"({"choices":[{"message":{"content":null}}]})",
                                 R"({"choices":[{"message":{"content":""}}]})",
                                 R"({"choices":[{"message":{"content":5}}]})",
                                 R"({"choices":[{"message":{"content":[{"type":"text"}]}}]})",
                                 R"({"choices":[{"message":{"content":"a"},"finish_reason":1}]})",
                                 R"({"choices":[{"message":{"content":"a)",
                                 "{\"choices\":[{\"message\":{\"content\":\"\xff\"}}]}",
                                 deep.c_str()}) {
    INFO(body.substr(0, 80));
    ChatResult const result = read_chat_answer(body);
    REQUIRE(std::holds_alternative<ChatFailure>(result));
    CHECK(std::get<ChatFailure>(result).cause == VerdictCause::bad_answer);
    CHECK_FALSE(std::get<ChatFailure>(result).reason.empty());
  }
}

TEST_CASE("only a refusal that speaks of the context is about the length of a question") {
  CHECK(refuses_length(400, R"({"error":{"code":"context_length_exceeded"}})"));
  CHECK(refuses_length(400, R"({"message":"This model's maximum context length is 4096 tokens."})"));
  CHECK(refuses_length(400, R"({"error":{"type":"exceed_context_size_error"}})"));
  CHECK(refuses_length(413, ""));
  CHECK_FALSE(refuses_length(400, R"({"error":{"message":"unknown field"}})"));
  CHECK_FALSE(refuses_length(401, "context length"));
}
