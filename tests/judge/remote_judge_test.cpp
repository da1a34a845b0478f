#include "io/temporary_folder.hpp"
#include "judge/local_server.hpp"
#include "judge/scripted_model.hpp"
#include "support/catch.hpp"

#include <srlm/judge/additive_rubric.hpp>

#include <condition_variable>
#include <csignal>
#include <map>
#include <set>

using namespace srlm;
using namespace std::chrono_literals;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using io::Json;

static_assert(Judge<RemoteJudge<AdditiveRubric>, ScriptedModel>);

namespace {

using Request = httplib::Request;
using Reply = httplib::Response;

/// What the judge makes of these answers, or the Error that it throws.
struct Judged {
  std::vector<JudgedGroup> groups;
  std::string error;

  Verdict const& verdict(std::size_t v = 0) const { return groups[0].verdicts[0].at(v); }
};

Judged judged(ChatOptions server, int votes = 1, std::vector<std::string> texts = {"Apple."}, Seed seed = Seed{1}) {
  Judged result{{remote_group("Name a fruit.", std::move(texts))}, {}};
  RemoteJudge judge{AdditiveRubric{}, {.server = std::move(server), .votes = votes}};
  int policy = 0; // ignored
  try {
    judge.score(policy, result.groups, seed);
  } catch (Error const& error) {
    result.error = error.what();
  }
  return result;
}

/// A gate that a server's handlers wait at; ten seconds at most, so that a broken client fails and does not hang.
class Gate {
 public:
  void open() {
    std::lock_guard const lock(mutex_);
    open_ = true;
    wake_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, 10s, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool open_ = false;
};

/// Remembers waits in place of waiting.
struct Waits {
  std::mutex mutex;
  std::vector<std::chrono::milliseconds> waits;

  Pause pause() {
    return [this](std::chrono::milliseconds time, std::stop_token) {
      std::lock_guard const lock(mutex);
      waits.push_back(time);
    };
  }
};

std::string const key = "sk-0123456789abcdef";

} // namespace

TEST_CASE("remote: the score is the mean of the votes that a server gives") {
  LocalServer server([](std::size_t n, Request const&, Reply& reply) {
    answer(reply, n == 0 ? "Good.\nScore: 4" : n == 1 ? "no idea" : "Fair.\nScore: 3");
  });
  ChatOptions options = chat_options(server.port());
  options.concurrency = 1;
  Judged const result = judged(options, 3);
  REQUIRE(result.error.empty());
  CHECK(*result.groups[0].scores.at(0) == Approx(3.5));
  CHECK(result.verdict(0).text == "Good.\nScore: 4");
  CHECK(result.verdict(1).cause == VerdictCause::no_score);
  CHECK(server.requests() == 3);
}

TEST_CASE("remote: a request holds model, question, sampling and a seed of its own, and the key as a bearer token") {
  std::mutex mutex;
  std::vector<Json> bodies;
  std::set<std::string> keys, paths;
  LocalServer server([&](std::size_t, Request const& request, Reply& reply) {
    std::lock_guard const lock(mutex);
    bodies.push_back(Json::parse(request.body));
    keys.insert(request.get_header_value("Authorization"));
    paths.insert(request.path);
    answer(reply, "Score: 3");
  });
  ChatOptions options = chat_options(server.port());
  options.base_url += "/gateway/v1/";
  options.api_key = key;
  Judged const result = judged(options, 3, {"Apple.", "Pear."});
  REQUIRE(result.error.empty());
  CHECK(keys == std::set<std::string>{"Bearer " + key});
  CHECK(paths == std::set<std::string>{"/gateway/v1/chat/completions"});
  std::set<std::int64_t> seeds, expected;
  for (Json const& body : bodies) {
    CHECK(body.at("model") == "judge-7b");
    CHECK(body.at("temperature") == 0.7);
    CHECK(body.at("top_p") == 0.9);
    CHECK(body.at("max_tokens") == 256);
    CHECK(body.at("messages").size() == 1);
    CHECK(body.at("messages")[0].at("role") == "user");
    CHECK_THAT(body.at("messages")[0].at("content").get<std::string>(), ContainsSubstring("Name a fruit."));
    seeds.insert(body.at("seed").get<std::int64_t>());
  }
  for (std::uint64_t j = 0; j < 2; ++j) {
    for (std::uint64_t v = 0; v < 3; ++v) {
      expected.insert(static_cast<std::int64_t>(Seed{1}.fork(0).fork(j).fork(v).value >> 33));
    }
  }
  CHECK(seeds == expected);
  CHECK(seeds.size() == 6);
  CHECK(*seeds.rbegin() <= std::int64_t{2147483647});
}

TEST_CASE("remote: the key may come from the environment, and without one none is sent") {
  std::string sent = "?";
  LocalServer server([&](std::size_t, Request const& request, Reply& reply) {
    sent = request.get_header_value("Authorization");
    answer(reply, "Score: 3");
  });
  ::setenv("SRLM_TEST_JUDGE_KEY", key.c_str(), 1);
  ChatOptions options = chat_options(server.port());
  options.api_key_env = "SRLM_TEST_JUDGE_KEY";
  CHECK(judged(options).error.empty());
  CHECK(sent == "Bearer " + key);
  options.api_key_env.clear();
  CHECK(judged(options).error.empty());
  CHECK(sent.empty());
  ::unsetenv("SRLM_TEST_JUDGE_KEY");
  options.api_key_env = "SRLM_TEST_JUDGE_KEY";
  CHECK_THAT(message_of<Error>([&] { ChatClient{options}; }), ContainsSubstring("SRLM_TEST_JUDGE_KEY"));
}

TEST_CASE("remote: a judge is its server's options, its votes and how they are sampled; making it asks nobody") {
  ::setenv("JUDGE_KEY", key.c_str(), 1);
  RemoteJudge judge{AdditiveRubric{},
                    {.server = {.base_url = "https://judge.example.org/v1",
                                .model = "judge-70b",
                                .api_key_env = "JUDGE_KEY",
                                .concurrency = 8},
                     .votes = 3,
                     .sampling = {0.7f, 0.9f, 256}}};
  ::unsetenv("JUDGE_KEY");
  CHECK(judge.options().server.concurrency == 8);
  CHECK(judge.options().votes == 3);
  CHECK(judge.options().sampling.max_new_tokens == 256);
}

TEST_CASE("remote: options that cannot work are refused before anything is asked") {
  auto const refused = [](auto change) {
    ChatOptions options = chat_options(1);
    change(options);
    return !message_of<Error>([&] { ChatClient{options}; }).empty();
  };
  CHECK_FALSE(refused([](ChatOptions&) {}));
  CHECK(refused([](ChatOptions& o) { o.base_url = "localhost:8000"; }));
  CHECK(refused([](ChatOptions& o) { o.model.clear(); }));
  CHECK(refused([](ChatOptions& o) { o.concurrency = 0; }));
  CHECK(refused([](ChatOptions& o) { o.pause = nullptr; }));
  CHECK(refused([](ChatOptions& o) { o.http.read_timeout = 0ms; }));
  CHECK(refused([](ChatOptions& o) { o.http.max_response_bytes = 0; }));
  CHECK(refused([](ChatOptions& o) { o.http.ca_file = "/nowhere/ca.pem"; }));
  CHECK(refused([](ChatOptions& o) { o.api_key = o.api_key_env = "PATH"; }));
  CHECK(refused([](ChatOptions& o) { o.retry.retries = -1; }));
  ChatOptions injected = chat_options(1);
  injected.api_key = key + "\r\nHost: elsewhere";
  std::string const message = message_of<Error>([&] { ChatClient{injected}; });
  CHECK_FALSE(message.empty());
  CHECK_THAT(message, !ContainsSubstring(key));
  CHECK_THROWS_AS((RemoteJudge{AdditiveRubric{}, {.server = chat_options(1), .votes = 0}}), Error);
  CHECK_THROWS_AS((RemoteJudge{AdditiveRubric{}, {.server = chat_options(1), .sampling = {-1, 0.9f, 9}}}), Error);
  CHECK_THROWS_AS((RemoteJudge{AdditiveRubric{}, {.server = chat_options(1), .sampling = {1, 0, 9}}}), Error);
}

TEST_CASE("remote: an answer that the server's length limit cut is unfinished, as with a model of our own") {
  LocalServer server([](std::size_t n, Request const&, Reply& reply) {
    reply.set_content(chat_body(n == 0 ? "Good, and more. Score: 1" : "Good.\nScore: 4\nAnd", "length"),
                      "application/json");
  });
  ChatOptions options = chat_options(server.port());
  options.concurrency = 1;
  Judged const result = judged(options, 2);
  CHECK(result.verdict(0).cause == VerdictCause::unfinished);
  CHECK(result.verdict(1).score == 4.0f);
}

TEST_CASE("remote: 408, 429 and 5xx are asked again, and a later answer counts") {
  for (int const status : {408, 429, 500, 502, 503, 504}) {
    INFO(status);
    LocalServer server([&](std::size_t n, Request const&, Reply& reply) {
      if (n < 2) {
        reply.status = status;
        reply.set_content("busy", "text/plain");
      } else {
        answer(reply, "Score: 5");
      }
    });
    Waits waits;
    ChatOptions options = chat_options(server.port());
    options.pause = waits.pause();
    Judged const result = judged(options);
    CHECK(result.groups[0].scores.at(0) == 5.0f);
    CHECK(server.requests() == 3);
    REQUIRE(waits.waits.size() == 2);
    Seed const jitter = Seed{1}.fork(0).fork(0).fork(0).fork(0);
    CHECK(waits.waits[0] == wait_before_retry(options.retry, 1, std::nullopt, jitter));
    CHECK(waits.waits[1] == wait_before_retry(options.retry, 2, std::nullopt, jitter));
  }
}

TEST_CASE("remote: what a server asks to wait is waited with 429 and 503, and with nothing else") {
  for (int const status : {429, 503, 500}) {
    INFO(status);
    LocalServer server([&](std::size_t n, Request const&, Reply& reply) {
      if (n == 0) {
        reply.status = status;
        reply.set_header("Retry-After", "7");
      } else if (n == 1) {
        reply.status = status;
        reply.set_header("Retry-After", "86400");
      } else {
        answer(reply, "Score: 5");
      }
    });
    Waits waits;
    ChatOptions options = chat_options(server.port());
    options.retry.longest_wait = 20s;
    options.pause = waits.pause();
    CHECK(judged(options).groups[0].scores.at(0) == 5.0f);
    REQUIRE(waits.waits.size() == 2);
    CHECK((waits.waits[0] == 7s) == (status != 500));
    CHECK((waits.waits[1] == 20s) == (status != 500));
  }
}

TEST_CASE("remote: a verdict whose tries are used up is no_answer, and the others stay") {
  LocalServer server([](std::size_t, Request const& request, Reply& reply) {
    if (request.body.find("Pear") != std::string::npos) {
      reply.status = 500;
      reply.set_content("out of memory", "text/plain");
    } else {
      answer(reply, "Score: 2");
    }
  });
  Judged const result = judged(chat_options(server.port()), 2, {"Apple.", "Pear.", "Plum."});
  REQUIRE(result.error.empty());
  CHECK(result.groups[0].scores == std::vector<Score>{2.0f, std::nullopt, 2.0f});
  Verdict const& failed = result.groups[0].verdicts[1][0];
  CHECK(failed.cause == VerdictCause::no_answer);
  CHECK_THAT(failed.text,
             ContainsSubstring("500") && ContainsSubstring("out of memory") && ContainsSubstring("3 tries"));
  CHECK(server.requests() == 2 + 2 * 3 + 2);
}

TEST_CASE("remote: a refusal of all questions is an Error with URL, status and text, without the key, after one try") {
  for (int const status : {400, 401, 403, 404, 422}) {
    INFO(status);
    LocalServer server([&](std::size_t, Request const& request, Reply& reply) {
      reply.status = status;
      reply.set_content("wrong key\n" + request.get_header_value("Authorization"), "text/plain");
    });
    ChatOptions options = chat_options(server.port());
    options.api_key = key;
    options.concurrency = 1;
    Judged const result = judged(options, 3);
    CHECK_THAT(result.error, ContainsSubstring(local_url(server.port()) + "/v1/chat/completions") &&
                                 ContainsSubstring(std::to_string(status)) && ContainsSubstring("wrong key Bearer"));
    CHECK_THAT(result.error, !ContainsSubstring(key) && !ContainsSubstring("0123456789"));
    CHECK(server.requests() == 1);
    CHECK(result.groups[0].verdicts.empty());
  }
}

TEST_CASE("remote: a refusal of all questions ends those under way, and nothing more is asked") {
  Gate gate;
  std::mutex mutex;
  std::condition_variable wake;
  int here = 0;
  LocalServer server([&](std::size_t n, Request const&, Reply& reply) {
    {
      std::unique_lock lock(mutex);
      ++here;
      wake.notify_all();
      wake.wait_for(lock, 10s, [&] { return here >= 4; });
    }
    if (n == 2) {
      reply.status = 401;
    } else {
      gate.wait();
    }
  });
  ChatOptions options = chat_options(server.port());
  options.concurrency = 4;
  auto const before = std::chrono::steady_clock::now();
  CHECK_THAT(judged(options, 40).error, ContainsSubstring("401"));
  CHECK(std::chrono::steady_clock::now() - before < 5s);
  CHECK(server.requests() == 4);
  gate.open();
}

TEST_CASE("remote: a question that is too long for the server is prompt_too_long, and the others stay") {
  LocalServer server([](std::size_t, Request const& request, Reply& reply) {
    if (request.body.size() > 5000) {
      reply.status = 400;
      reply.set_content(R"({"error":{"message":"This model's maximum context length is 4096 tokens."}})",
                        "application/json");
    } else {
      answer(reply, "Score: 2");
    }
  });
  Judged const result = judged(chat_options(server.port()), 1, {"Apple.", std::string(9000, 'x')});
  REQUIRE(result.error.empty());
  CHECK(result.groups[0].scores == std::vector<Score>{2.0f, std::nullopt});
  CHECK(result.groups[0].verdicts[1][0].cause == VerdictCause::prompt_too_long);
}

TEST_CASE("remote: a redirect is not followed, so the key goes nowhere else") {
  LocalServer other([](std::size_t, Request const&, Reply& reply) { answer(reply, "Score: 5"); });
  LocalServer server([&](std::size_t, Request const&, Reply& reply) {
    reply.set_redirect(local_url(other.port()) + "/v1/chat/completions", 307);
  });
  ChatOptions options = chat_options(server.port());
  options.api_key = key;
  Judged const result = judged(options);
  CHECK_THAT(result.error, ContainsSubstring("307") && ContainsSubstring(local_url(other.port())));
  CHECK(other.requests() == 0);
}

TEST_CASE("remote: nonsense is bad_answer, is not asked again, and says what it was") {
  std::vector<std::string> const bodies = {"<html>Welcome</html>", "{}", R"({"choices":[]})",
                                           R"({"choices":[{"message":{"content":7}}]})", ""};
  LocalServer server(
      [&](std::size_t n, Request const&, Reply& reply) { reply.set_content(bodies.at(n), "application/json"); });
  ChatOptions options = chat_options(server.port());
  options.concurrency = 1;
  Judged const result = judged(options, static_cast<int>(bodies.size()));
  REQUIRE(result.error.empty());
  CHECK_FALSE(result.groups[0].scores.at(0).has_value());
  for (std::size_t v = 0; v < bodies.size(); ++v) {
    CHECK(result.verdict(v).cause == VerdictCause::bad_answer);
    CHECK_FALSE(result.verdict(v).text.empty());
  }
  CHECK(server.requests() == bodies.size());
}

TEST_CASE("remote: an answer larger than the bound is bad_answer, with or without a length, and is not taken in") {
  std::atomic<std::size_t> sent = 0;
  LocalServer server([&](std::size_t n, Request const&, Reply& reply) {
    std::string const part(1 << 16, ' ');
    auto const fill = [&sent, part](std::size_t, httplib::DataSink& sink) {
      sent += part.size();
      return sink.write(part.data(), part.size());
    };
    if (n == 0) {
      reply.set_chunked_content_provider("application/json", fill);
    } else {
      reply.set_content_provider(
          std::size_t{1} << 40, "application/json",
          [fill](std::size_t at, std::size_t, httplib::DataSink& sink) { return fill(at, sink); });
    }
  });
  ChatOptions options = chat_options(server.port());
  options.concurrency = 1;
  options.http.max_response_bytes = 1 << 20;
  Judged const result = judged(options, 2);
  REQUIRE(result.error.empty());
  for (std::size_t v = 0; v < 2; ++v) {
    CHECK(result.verdict(v).cause == VerdictCause::bad_answer);
    CHECK_THAT(result.verdict(v).text, ContainsSubstring("1048576 bytes"));
  }
  CHECK(sent < std::size_t{64} << 20);
}

TEST_CASE("remote: a server that is too slow costs its verdict, not the run") {
  Gate gate;
  LocalServer server([&](std::size_t, Request const& request, Reply& reply) {
    if (request.body.find("Pear") != std::string::npos) {
      gate.wait();
    }
    answer(reply, "Score: 4");
  });
  for (bool const silence : {true, false}) {
    ChatOptions options = chat_options(server.port());
    options.retry.retries = 1;
    (silence ? options.http.read_timeout : options.http.total_timeout) = 150ms;
    auto const before = std::chrono::steady_clock::now();
    Judged const result = judged(options, 1, {"Apple.", "Pear."});
    CHECK(std::chrono::steady_clock::now() - before < 5s);
    REQUIRE(result.error.empty());
    CHECK(result.groups[0].scores == std::vector<Score>{4.0f, std::nullopt});
    CHECK(result.groups[0].verdicts[1][0].cause == VerdictCause::no_answer);
    CHECK_THAT(result.groups[0].verdicts[1][0].text, ContainsSubstring("0.150 s") && ContainsSubstring("2 tries"));
  }
  gate.open();
}

TEST_CASE("remote: a server that drips its headers for ever is left when the whole time is over") {
  RawServer* self = nullptr;
  RawServer server([&](int socket) {
    RawServer::send(socket, "HTTP/1.1 200 OK\r\n");
    pollfd closed{socket, POLLIN, 0};
    while (!self->stopped() && RawServer::send(socket, "X: y\r\n") && ::poll(&closed, 1, 2) == 0) {
    }
  });
  self = &server;
  ChatOptions options = chat_options(server.port());
  options.retry.retries = 0;
  options.http.total_timeout = 200ms;
  auto const before = std::chrono::steady_clock::now();
  Judged const result = judged(options);
  CHECK(std::chrono::steady_clock::now() - before < 5s);
  CHECK(result.verdict().cause == VerdictCause::no_answer);
  CHECK_THAT(result.verdict().text, ContainsSubstring("0.200 s"));
}

TEST_CASE("remote: a connection that breaks half-way, or that speaks no HTTP, is asked again") {
  std::string const whole = chat_body("Score: 3");
  std::string const header = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(whole.size()) + "\r\n\r\n";
  for (std::string const& first : {std::string(), std::string("HTTP/1.1 20"), header, header + whole.substr(0, 9),
                                   std::string(100000, 'x'), std::string("\x16\x03\x01\0\r\n\r\n", 8),
                                   std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")}) {
    INFO(first);
    std::size_t n = 0;
    RawServer server([&](int socket) { RawServer::send(socket, n++ == 0 ? first : header + whole); });
    Judged const result = judged(chat_options(server.port()));
    CHECK(result.groups[0].scores.at(0) == 3.0f);
    CHECK(server.connections() == 2);
  }
}

TEST_CASE("remote: a status line of any length, and in any pieces, does not end the program") {
  std::string const whole = chat_body("Score: 3");
  std::string const good = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(whole.size()) + "\r\n\r\n" + whole;
  std::string const endless = "HTTP/1.1 200 " + std::string(3000000, 'a') + "\r\n\r\n";
  std::size_t n = 0;
  RawServer server([&](int socket) {
    if (n == 0) {
      RawServer::send(socket, endless);
    } else if (n == 1) {
      RawServer::send(socket, "HTTP/1.1 100 Continue\r\n\r\n" + endless);
    } else {
      for (std::size_t at = 0; at < good.size(); ++at) { // each byte on its way before the next
        RawServer::send(socket, good.substr(at, 1));
        std::this_thread::yield();
      }
    }
    ++n;
  });
  CHECK(judged(chat_options(server.port())).groups[0].scores.at(0) == 3.0f);
  CHECK(server.connections() == 3);
}

TEST_CASE("remote: a connection that ends while a long question is written does not end the program") {
  auto const before = std::signal(SIGPIPE, SIG_DFL);
  std::string const text(std::size_t{16} << 20, 'x');
  {
    RawServer closing([](int) {}, false);
    Judged const result = judged(chat_options(closing.port()), 4, {text});
    CHECK(result.verdict().cause == VerdictCause::no_answer);
  }
  {
    RawServer* self = nullptr;
    RawServer deaf(
        [&](int) {
          while (!self->stopped()) {
            ::poll(nullptr, 0, 5);
          }
        },
        false);
    self = &deaf;
    ChatOptions options = chat_options(deaf.port());
    options.retry.retries = 0;
    options.http.total_timeout = 200ms;
    Judged const result = judged(options, 1, {text});
    CHECK(result.verdict().cause == VerdictCause::no_answer);
  }
  std::signal(SIGPIPE, before);
}

TEST_CASE("remote: where nobody listens, a run ends with an Error that names the URL") {
  ChatOptions options = chat_options(silent_port());
  Waits waits;
  options.pause = waits.pause();
  options.concurrency = 2;
  Judged const result = judged(options, 3, std::vector<std::string>(50, "Apple."));
  CHECK_THAT(result.error, ContainsSubstring(options.base_url) && ContainsSubstring("no connection"));
  CHECK(waits.waits.size() <= 2 * 2); // the first that are given up end it, not each of 150
}

TEST_CASE("remote: a host that has no address is a server that cannot be reached") {
  ChatOptions options = chat_options(1);
  options.base_url = "http://" + std::string(70, 'x') + ":8000"; // longer than a name may be: no one is asked
  options.retry.retries = 0;
  CHECK_THAT(judged(options).error, ContainsSubstring(std::string(70, 'x')));
}

TEST_CASE("remote: requests under way reach the bound and never exceed it") {
  for (int const bound : {1, 3, 8}) {
    std::mutex mutex;
    std::condition_variable wake;
    int here = 0, most = 0;
    LocalServer server([&](std::size_t, Request const&, Reply& reply) {
      std::unique_lock lock(mutex);
      most = std::max(most, ++here);
      wake.notify_all();
      wake.wait_for(lock, 10s, [&] { return most >= bound; }); // together, or the test fails
      --here;
      answer(reply, "Score: 4");
    });
    ChatOptions options = chat_options(server.port());
    options.concurrency = bound;
    CHECK(judged(options, 24).groups[0].scores.at(0) == 4.0f);
    CHECK(most == bound);
  }
}

TEST_CASE("remote: the same seeds give the same verdicts, whatever order the answers come in") {
  std::mutex mutex;
  std::condition_variable wake;
  std::size_t done = 0;
  bool backwards = false;
  std::vector<std::int64_t> order;
  LocalServer server([&](std::size_t n, Request const& request, Reply& reply) {
    std::unique_lock lock(mutex);
    if (backwards && n % 4 == 0) { // the first of each four waits for three others
      wake.wait_for(lock, 10s, [&] { return done >= n + 3; });
    }
    auto const seed = Json::parse(request.body).at("seed").get<std::int64_t>();
    order.push_back(seed);
    ++done;
    wake.notify_all();
    answer(reply, seed % 7 == 6 ? "I cannot say." : "Score: " + std::to_string(seed % 7 % 6));
  });
  ChatOptions options = chat_options(server.port());
  options.concurrency = 1;
  std::vector<std::string> const texts = {"Apple.", "Pear.", "Plum.", "Fig."};
  Judged const plain = judged(options, 3, texts);
  std::vector<std::int64_t> const plain_order = std::exchange(order, {});
  options.concurrency = 4;
  backwards = true;
  Judged const mixed = judged(options, 3, texts);
  CHECK(order != plain_order);
  REQUIRE(order.size() == plain_order.size());
  CHECK(plain.groups[0].scores == mixed.groups[0].scores);
  for (std::size_t j = 0; j < texts.size(); ++j) {
    for (std::size_t v = 0; v < 3; ++v) {
      CHECK(plain.groups[0].verdicts[j][v].text == mixed.groups[0].verdicts[j][v].text);
      CHECK(plain.groups[0].verdicts[j][v].cause == mixed.groups[0].verdicts[j][v].cause);
    }
  }
  backwards = false;
  Judged const other = judged(options, 3, texts, Seed{2});
  CHECK(std::set(order.begin() + 12, order.end()) != std::set(plain_order.begin(), plain_order.end()));
}

TEST_CASE("remote: an answer that was cut inside a character can be asked about") {
  std::string content;
  LocalServer server([&](std::size_t, Request const& request, Reply& reply) {
    content = Json::parse(request.body).at("messages")[0].at("content").get<std::string>();
    answer(reply, "Score: 1");
  });
  CHECK(judged(chat_options(server.port()), 1, {"caf\xC3"}).groups[0].scores.at(0) == 1.0f);
  CHECK_THAT(content, ContainsSubstring("caf\xEF\xBF\xBD"));
}

TEST_CASE("remote: no groups and groups without answers ask nothing") {
  ChatOptions options = chat_options(silent_port());
  CHECK(judged(options, 3, {}).error.empty());
  CHECK(judged(options, 3, {}).groups[0].scores.empty());
}

TEST_CASE("a chat client carries a conversation and gives the text back") {
  Json messages;
  LocalServer server([&](std::size_t, Request const& request, Reply& reply) {
    messages = Json::parse(request.body).at("messages");
    answer(reply, "Write a poem about rain.");
  });
  ChatClient const client(chat_options(server.port()));
  std::vector<ChatMessage> const asked = {{"system", "You write tasks."}, {"user", "One more."}};
  ChatResult const result = client.complete(asked, {1.0f, 1.0f, 64}, Seed{5});
  CHECK(std::get<ChatAnswer>(result).text == "Write a poem about rain.");
  CHECK(messages.size() == 2);
  CHECK(messages[0].at("role") == "system");
  CHECK(messages[1].at("content") == "One more.");
}
