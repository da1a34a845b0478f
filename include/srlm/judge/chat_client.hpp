/// A client of OpenAI-compatible servers (vLLM, llama.cpp, Ollama, OpenAI and others): texts out, texts in, several
/// requests at once, with time-outs, retries and bounds. It knows nothing of judging.
#pragma once
#include <srlm/core/sequence.hpp>
#include <srlm/judge/chat_answer.hpp>
#include <srlm/judge/http_connection.hpp>
#include <srlm/judge/retry.hpp>
#include <atomic>
#include <charconv>
#include <cmath>   // isfinite
#include <cstdlib> // getenv
#include <exception>
#include <span>
#include <vector>

namespace srlm {

struct ChatMessage {
  std::string role, content; ///< role: "system", "user" or "assistant"
};

/// One answer to ask for. The seed goes to the server as its top 31 bits, which every server's type holds, and draws
/// the jitter of the waits.
struct ChatRequest {
  std::span<ChatMessage const> messages;
  Seed seed;
};

struct ChatOptions {
  std::string base_url;         ///< "http://127.0.0.1:8000", "https://api.example.org/v1"; see read_server_url
  std::string model;            ///< the name that the server knows it by
  std::string api_key = {};     ///< sent as a bearer token, shown in no message; empty: none
  std::string api_key_env = {}; ///< in its place, the environment variable that holds it
  int concurrency = 8;          ///< requests under way at once, each on a thread and a connection of its own
  HttpOptions http = {};
  RetryOptions retry = {};
  Pause pause = wait_in_real_time; ///< how a wait before a retry is done
};

/// Semantics: a request is sent again after 408, 429, 5xx, a connection that broke or was refused, and a time-out, as
/// RetryOptions say; what then still has no answer is a ChatFailure, and so is an answer that is none. The server's
/// refusal of all questions (401, 404, a redirect, ...) is an Error at once.
/// Determinism: results stand in the order of the requests, whatever order the answers came in.
class ChatClient {
 public:
  /// Throws: Error for a bad URL, no model, a key or a CA file that cannot be used, numbers out of range. Asks nothing.
  explicit ChatClient(ChatOptions options) : options_(std::move(options)), url_(read_server_url(options_.base_url)) {
    require(!options_.model.empty(), "ChatClient", "no model", "the name that the server knows it by");
    require(options_.concurrency > 0 && options_.concurrency <= 1024, "ChatClient", "concurrency out of range",
            "1 to 1024");
    require(options_.pause != nullptr, "ChatClient", "no pause", "a function that waits");
    check_http_options(options_.http);
    check_retry_options(options_.retry);
    if (!options_.api_key_env.empty()) {
      require(options_.api_key.empty(), "ChatClient", "both api_key and api_key_env", "one of them");
      char const* const value = std::getenv(options_.api_key_env.c_str());
      if (value == nullptr || *value == '\0') {
        throw Error("the environment variable " + options_.api_key_env, "nothing in it", "the judge server's API key");
      }
      options_.api_key = value;
    }
    for (char const c : options_.api_key) {
      require(c > ' ' && c <= '~', "the judge server's API key", "a space or a sign that no header has",
              "printable ASCII");
    }
  }

  ChatOptions const& options() const { return options_; }

  /// Where it asks, for messages.
  std::string url() const { return url_.text() + endpoint; }

  /// One result a request, in order.
  /// Throws: Error if the server refuses requests as such, if its certificate is not trusted, or if it cannot be
  /// reached: a request used up its tries without one connection, and no other request of this call had one.
  std::vector<ChatResult> complete(std::span<ChatRequest const> requests, Sampling const& sampling) const {
    Call call{requests, sampling, std::vector<ChatResult>(requests.size())};
    std::size_t const threads = std::min(static_cast<std::size_t>(options_.concurrency), requests.size());
    {
      std::vector<std::jthread> workers;
      for (std::size_t i = 0; i < threads; ++i) {
        workers.emplace_back([&] { work(call); });
      }
    }
    if (call.failure) {
      std::rethrow_exception(call.failure);
    }
    return std::move(call.results);
  }

  ChatResult complete(std::span<ChatMessage const> messages, Sampling const& sampling, Seed seed) const {
    ChatRequest const request{messages, seed};
    return complete({&request, 1}, sampling)[0];
  }

 private:
  static constexpr char const* endpoint = "/v1/chat/completions";

  struct Call {
    std::span<ChatRequest const> requests;
    Sampling const& sampling;
    std::vector<ChatResult> results;
    std::atomic<std::size_t> next = 0;
    std::atomic<bool> reached = false; ///< some request has had a connection
    std::stop_source stop = {};
    std::mutex mutex = {};
    std::exception_ptr failure = {}; ///< the first
  };

  void work(Call& call) const {
    try {
      HttpConnection connection(url_, options_.http);
      for (std::size_t i; !call.stop.stop_requested() && (i = call.next.fetch_add(1)) < call.requests.size();) {
        call.results[i] = ask(connection, call, call.requests[i]);
      }
    } catch (...) {
      std::lock_guard const lock(call.mutex);
      if (!call.failure) {
        call.failure = std::current_exception();
      }
      call.stop.request_stop();
    }
  }

  ChatResult ask(HttpConnection& connection, Call& call, ChatRequest const& request) const {
    std::stop_token const stop = call.stop.get_token();
    std::string const body = body_of(request, call.sampling);
    httplib::Headers headers;
    if (!options_.api_key.empty()) {
      headers.emplace("Authorization", "Bearer " + options_.api_key);
    }
    for (int tried = 1;; ++tried) {
      auto const outcome = connection.post(url_.path + endpoint, headers, body, stop);
      std::optional<std::chrono::seconds> asked;
      std::string reason;
      if (auto const* const reply = std::get_if<HttpReply>(&outcome)) {
        call.reached = true;
        if (!is_passing_status(reply->status)) {
          return read(*reply);
        }
        if (reply->status == 429 || reply->status == 503) {
          asked = read_retry_after(reply->retry_after, reply->date);
        }
        reason = said(*reply);
      } else {
        HttpFailure const& failure = std::get<HttpFailure>(outcome);
        if (failure.untrusted) {
          throw Error("the judge server " + url(), "a certificate that is not trusted (" + failure.reason + ")",
                      "one of a known authority, or that of the CA file");
        }
        call.reached = call.reached || failure.reached;
        reason = failure.reason;
      }
      if (stop.stop_requested()) {
        return ChatFailure{}; // the call ends with an Error
      }
      if (tried > options_.retry.retries) {
        if (!call.reached) {
          throw Error("the judge server " + url(), reason + " in " + std::to_string(tried) + " tries",
                      "a server that answers there");
        }
        return ChatFailure{VerdictCause::no_answer, reason + " (the last of " + std::to_string(tried) + " tries)"};
      }
      options_.pause(wait_before_retry(options_.retry, tried, asked, request.seed.fork(0)), stop);
    }
  }

  ChatResult read(HttpReply const& reply) const {
    if (reply.status >= 200 && reply.status < 300) {
      if (reply.too_large) {
        return ChatFailure{VerdictCause::bad_answer,
                           "an answer of more than " + std::to_string(options_.http.max_response_bytes) + " bytes"};
      }
      ChatResult result = read_chat_answer(reply.body);
      if (auto* const failure = std::get_if<ChatFailure>(&result)) {
        failure->reason = without_key(reply.body) == reply.body ? one_line(failure->reason) : "an unreadable answer";
      }
      return result;
    }
    if (refuses_length(reply.status, reply.body)) {
      return ChatFailure{VerdictCause::prompt_too_long, said(reply)};
    }
    std::string const where = reply.location.empty() ? "" : " (to " + one_line(without_key(reply.location)) + ")";
    throw Error("the judge server " + url(), said(reply) + where, "200 and an answer");
  }

  /// "503 Service Unavailable: the beginning of the body".
  std::string said(HttpReply const& reply) const {
    return one_line(std::to_string(reply.status) + " " + without_key(reply.reason) +
                    (reply.body.empty() ? "" : ": " + without_key(reply.body)));
  }

  std::string without_key(std::string text) const {
    std::string const& key = options_.api_key;
    for (std::size_t at = 0; !key.empty() && (at = text.find(key, at)) != std::string::npos; at += 5) {
      text.replace(at, key.size(), "[key]");
    }
    return text;
  }

  /// At most 300 printable characters of a stranger's text.
  static std::string one_line(std::string_view text) {
    std::string line = ascii::collapsed(text.substr(0, 1200));
    for (char& c : line) {
      c = c < ' ' || c > '~' ? '?' : c;
    }
    return line.size() > 300 ? line.substr(0, 300) + "..." : line;
  }

  std::string body_of(ChatRequest const& request, Sampling const& sampling) const {
    auto const decimal = [](float value) { // 0.7, not 0.699999988079071
      char text[32];
      char* const end = std::to_chars(text, text + sizeof text, value).ptr;
      double exact = 0;
      std::from_chars(text, end, exact);
      return exact;
    };
    io::OrderedJson messages = io::OrderedJson::array();
    for (ChatMessage const& message : request.messages) {
      messages.push_back({{"role", message.role}, {"content", message.content}});
    }
    io::OrderedJson json{{"model", options_.model},
                         {"messages", std::move(messages)},
                         {"temperature", decimal(sampling.temperature)},
                         {"top_p", decimal(sampling.top_p)},
                         {"max_tokens", sampling.max_new_tokens},
                         {"seed", request.seed.value >> 33}};
    return json.dump(-1, ' ', false, io::OrderedJson::error_handler_t::replace); // an answer may be cut in a character
  }

  ChatOptions options_;
  ServerUrl url_;
};

} // namespace srlm
