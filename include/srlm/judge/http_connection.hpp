/// One kept-alive connection to a server, by cpp-httplib over TCP or TLS: post() is one try of one request, bounded in
/// time and in size whatever the server does. The one header that includes httplib.h.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/judge/server_url.hpp>
#include <srlm/judge/socket_guards.hpp>
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#error \
    "srlm: link srlm::remote, or define CPPHTTPLIB_OPENSSL_SUPPORT for the whole program: cpp-httplib's classes " \
       "differ with and without it"
#endif
#include <httplib.h>
#include <unistd.h> // dup, close
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <utility> // move
#include <variant>

namespace srlm {

/// How a server is reached. The times suit a server that answers at once with a whole text, not piece by piece.
struct HttpOptions {
  std::chrono::milliseconds connect_timeout{10000}; ///< until it is connected (names are resolved in the system's time)
  std::chrono::milliseconds read_timeout{300000};   ///< the longest silence
  std::chrono::milliseconds total_timeout{600000};  ///< of one try, from connecting to the last byte
  std::size_t max_response_bytes = std::size_t{8} << 20; ///< of the body, unpacked
  bool verify_certificate = true; ///< false: whoever answers is believed, and may read the key and change verdicts
  std::string ca_file = {};       ///< PEM file with the authorities to trust in place of the system's
};

/// What the server said.
struct HttpReply {
  int status = 0;
  std::string reason, body, location, retry_after, date; ///< four of them as in the headers; empty where absent
  bool too_large = false;                                ///< the body was longer than the bound and is left out
};

/// Why there is no reply.
struct HttpFailure {
  bool reached = false;   ///< there was a connection
  bool untrusted = false; ///< its certificate was refused: trying again is of no use
  std::string reason;
};

/// Used by one thread at a time.
class HttpConnection {
 public:
  HttpConnection(ServerUrl const& url, HttpOptions options) : options_(std::move(options)) {
    if (url.tls) {
      auto client = std::make_unique<httplib::SSLClient>(url.host, url.port);
      tls_ = client.get();
      if (!options_.ca_file.empty()) {
        client->set_ca_cert_path(options_.ca_file);
      }
      client->enable_server_certificate_verification(options_.verify_certificate);
      SSL_CTX_set_app_data(client->ssl_context(), this);
      SSL_CTX_set_info_callback(client->ssl_context(), [](SSL const* ssl, int state, int) {
        if ((state & SSL_CB_HANDSHAKE_DONE) != 0) {
          static_cast<HttpConnection*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->ssl_ = const_cast<SSL*>(ssl);
        }
      });
      client_ = std::move(client);
    } else {
      client_ = std::make_unique<httplib::ClientImpl>(url.host, url.port);
    }
    client_->set_connection_timeout(options_.connect_timeout);
    client_->set_read_timeout(options_.read_timeout);
    client_->set_write_timeout(options_.read_timeout);
    client_->set_keep_alive(true);
    client_->set_tcp_nodelay(true);
    client_->set_follow_location(false); // the key is for this server alone
    client_->set_socket_options([this](socket_t socket) { socket_.take(socket); });
  }
  HttpConnection(HttpConnection const&) = delete; // the library's client keeps a pointer to it
  HttpConnection& operator=(HttpConnection const&) = delete;

  /// Sends a body of JSON and takes the answer, whatever its status. A stop ends it early, as a failure.
  std::variant<HttpReply, HttpFailure> post(std::string const& path, httplib::Headers headers, std::string const& body,
                                            std::stop_token stop) {
    BrokenPipeIsNoSignal const quiet;
    httplib::Request request;
    request.method = "POST";
    request.path = path;
    request.headers = std::move(headers);
    request.headers.emplace("Content-Type", "application/json");
    request.content_length_ = body.size();
    request.content_provider_ = [&](std::size_t, std::size_t, httplib::DataSink& sink) {
      return sink.write(body.data(), body.size()) && status_line_is_short();
    };
    HttpReply reply;
    request.content_receiver = [&](char const* data, std::size_t size, auto, auto) {
      reply.too_large = size > options_.max_response_bytes - reply.body.size();
      if (!reply.too_large) {
        reply.body.append(data, size);
      }
      return !reply.too_large;
    };
    httplib::Response response;
    httplib::Error error{};
    Deadline deadline(socket_, options_.total_timeout, stop);
    bool const whole = client_->send(request, response, error);
    if (!whole && !reply.too_large) {
      return failure(error, deadline.passed());
    }
    reply.status = response.status;
    reply.reason = response.reason;
    reply.location = response.get_header_value("Location");
    reply.retry_after = response.get_header_value("Retry-After");
    reply.date = response.get_header_value("Date");
    if (reply.too_large) {
      reply.body.clear();
    }
    return reply;
  }

 private:
  HttpFailure failure(httplib::Error error, bool ended) const {
    using Cause = httplib::Error;
    auto const seconds = [](std::chrono::milliseconds time) {
      std::string text = std::to_string(time.count());
      text.insert(0, text.size() < 4 ? 4 - text.size() : 0, '0');
      return text.insert(text.size() - 3, 1, '.') + " s";
    };
    if (error == Cause::SSLServerVerification || error == Cause::SSLLoadingCerts) {
      long const why = tls_ != nullptr ? tls_->get_openssl_verify_result() : X509_V_OK;
      return {false, true, why == X509_V_OK ? "it is not for this host" : X509_verify_cert_error_string(why)};
    }
    bool const unreached = error == Cause::Connection || error == Cause::ConnectionTimeout ||
                           error == Cause::BindIPAddress || error == Cause::SSLConnection;
    if (ended) {
      return {!unreached, false, "no whole answer within " + seconds(options_.total_timeout)};
    }
    if (error == Cause::ConnectionTimeout) {
      return {false, false, "no connection within " + seconds(options_.connect_timeout)};
    }
    if (unreached) {
      return {false, false, error == Cause::SSLConnection ? "no TLS connection" : "no connection"};
    }
    return {true, false, "the connection broke, gave no HTTP, or was silent for " + seconds(options_.read_timeout)};
  }

  /// What the next read will begin with; 0 or less where nothing comes.
  ssize_t peek(char* text, int size) const {
    if (ssl_ == nullptr) {
      return ::recv(socket_.get(), text, static_cast<std::size_t>(size), MSG_PEEK);
    }
    for (;;) {
      ERR_clear_error(); // SSL_get_error reads the thread's queue
      int const seen = SSL_peek(ssl_, text, size);
      char any;
      bool const only_tls = seen <= 0 && SSL_get_error(ssl_, seen) == SSL_ERROR_WANT_READ; // a session ticket, say
      if (!only_tls || ::recv(socket_.get(), &any, 1, MSG_PEEK) <= 0) {
        return seen;
      }
    }
  }

  /// Looks at the answer's first line before the library reads it: that has no bound for the line, and its std::regex
  /// takes stack for each character, so that some ten thousand would end the program. Waits for the line as the library
  /// would. Interim answers (100), which nobody asked for, are refused: another line of any length would follow.
  bool status_line_is_short() const {
    char text[4096];
    ssize_t seen = 0;
    for (bool whole = false; !whole;) {
      int const more = static_cast<int>(seen) + 1; // recv waits for so many
      setsockopt(socket_.get(), SOL_SOCKET, SO_RCVLOWAT, &more, sizeof more);
      ssize_t const size = peek(text, sizeof text);
      if (size <= seen || (ssl_ != nullptr && seen > 0)) { // TLS shows one record: a line that fills more is none
        break;
      }
      seen = size;
      whole = std::string_view(text, static_cast<std::size_t>(seen)).find('\n') != std::string_view::npos;
    }
    int const any = 1;
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVLOWAT, &any, sizeof any);
    std::string_view const begin(text, static_cast<std::size_t>(seen));
    return begin.find('\n') != std::string_view::npos && !begin.starts_with("HTTP/1.1 1");
  }

  HttpOptions options_;
  SocketHandle socket_; // outlives the client, which calls it
  std::unique_ptr<httplib::ClientImpl> client_;
  httplib::SSLClient const* tls_ = nullptr;
  SSL* ssl_ = nullptr; ///< of the connection that was made last
};

/// Throws: Error for times that are none, no room for an answer, a file that holds no certificate.
inline void check_http_options(HttpOptions const& options) {
  auto const is_time = [](std::chrono::milliseconds time) {
    return time.count() > 0 && time <= std::chrono::hours(24 * 7);
  };
  require(is_time(options.connect_timeout) && is_time(options.read_timeout) && is_time(options.total_timeout),
          "HttpOptions", "a time-out out of range", "a millisecond to a week");
  require(options.max_response_bytes > 0, "HttpOptions", "max_response_bytes of 0", "at least 1");
  if (!options.ca_file.empty()) {
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> const context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    bool const good = context && SSL_CTX_load_verify_locations(context.get(), options.ca_file.c_str(), nullptr) == 1;
    ERR_clear_error();
    if (!good) {
      throw Error("the CA file \"" + options.ca_file + "\"", "no certificate that can be read",
                  "a PEM file with at least one");
    }
  }
}

} // namespace srlm
