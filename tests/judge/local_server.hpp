/// Servers on 127.0.0.1 that a test writes: one that speaks HTTP through the library under test's own package, and one
/// that writes any bytes to the socket.
#pragma once
#include <srlm/io/json.hpp>
#include <srlm/judge/remote_judge.hpp>

#include <arpa/inet.h>
#include <poll.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <thread>

/// The body of a good answer.
inline std::string chat_body(std::string const& text, std::string const& finish_reason = "stop") {
  return srlm::io::OrderedJson{
      {"id", "x"},
      {"choices",
       {{{"index", 0}, {"message", {{"role", "assistant"}, {"content", text}}}, {"finish_reason", finish_reason}}}}}
      .dump();
}

inline void answer(httplib::Response& response, std::string const& text) {
  response.set_content(chat_body(text), "application/json");
}

/// Answers POST at the chat endpoint. Handler: void(std::size_t n, Request const&, Response&), n counting from 0.
template <class Server = httplib::Server>
class LocalServer {
 public:
  using Handler = std::function<void(std::size_t, httplib::Request const&, httplib::Response&)>;

  template <class... Arguments>
  explicit LocalServer(Handler handler, Arguments... arguments) : server_(arguments...), handler_(std::move(handler)) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(24); };
    server_.set_tcp_nodelay(true);
    server_.Post(".*/v1/chat/completions", [this](httplib::Request const& request, httplib::Response& response) {
      handler_(count_.fetch_add(1), request, response);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    if (port_ <= 0) {
      throw std::runtime_error("no port for a local server");
    }
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) {
      std::this_thread::yield();
    }
  }
  ~LocalServer() {
    server_.stop();
    thread_.join();
  }

  int port() const { return port_; }
  std::size_t requests() const { return count_; }

 private:
  Server server_;
  Handler handler_;
  std::atomic<std::size_t> count_ = 0;
  int port_ = 0;
  std::thread thread_;
};

/// Reads one request from each connection, one after the other, and leaves the socket to the script; closed after it.
class RawServer {
 public:
  explicit RawServer(std::function<void(int)> script, bool reads = true) : script_(std::move(script)), reads_(reads) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no port for a local server");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    stop_ = true;
    thread_.join();
    ::close(listener_);
  }

  int port() const { return port_; }
  std::size_t connections() const { return count_; }
  bool stopped() const { return stop_; }

  /// Whether all was taken.
  static bool send(int socket, std::string_view text) {
    return ::send(socket, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }

 private:
  static bool readable(int socket) {
    pollfd waiting{socket, POLLIN, 0};
    return ::poll(&waiting, 1, 10) > 0;
  }

  void serve() {
    while (!stop_) {
      if (!readable(listener_)) {
        continue;
      }
      int const socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) {
        continue;
      }
      int const now = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
      ++count_;
      if (reads_) {
        read_request(socket);
      }
      script_(socket);
      ::close(socket);
    }
  }

  void read_request(int socket) const {
    std::string text;
    for (std::size_t wanted = std::string::npos; text.size() < wanted && !stop_;) {
      char part[4096];
      ssize_t const size = readable(socket) ? ::recv(socket, part, sizeof part, 0) : -1;
      if (size == 0) {
        return;
      }
      text.append(part, size > 0 ? static_cast<std::size_t>(size) : 0);
      std::size_t const end = text.find("\r\n\r\n"), length = text.find("Content-Length: ");
      if (end != std::string::npos && length < end) {
        wanted = end + 4 + std::stoul(text.substr(length + 16));
      }
    }
  }

  std::function<void(int)> script_;
  bool reads_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> count_ = 0;
  std::thread thread_;
};

inline std::string local_url(int port, char const* scheme = "http") {
  return std::string(scheme) + "://127.0.0.1:" + std::to_string(port);
}

/// For a server on this port: waits that take no time, two retries.
inline srlm::ChatOptions chat_options(int port, char const* scheme = "http") {
  srlm::ChatOptions options;
  options.base_url = local_url(port, scheme);
  options.model = "judge-7b";
  options.retry.retries = 2;
  options.pause = [](std::chrono::milliseconds, std::stop_token) {};
  return options;
}

inline srlm::JudgedGroup remote_group(std::string prompt, std::vector<std::string> texts) {
  srlm::JudgedGroup group{{std::move(prompt), {}}, {}};
  for (std::string& text : texts) {
    group.responses.push_back({std::move(text), {}});
  }
  return group;
}

/// A port of this machine where nobody listens.
inline int silent_port() {
  RawServer const gone([](int) {});
  return gone.port();
}
