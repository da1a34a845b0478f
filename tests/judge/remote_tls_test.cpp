#include "io/temporary_folder.hpp"
#include "judge/local_server.hpp"
#include "support/catch.hpp"

#include <srlm/judge/additive_rubric.hpp>

#include <openssl/pem.h>

#include <csignal>

using namespace srlm;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A key and a certificate that it signs itself, for one IP address, valid from an hour ago to an hour from now.
class SelfSigned {
 public:
  explicit SelfSigned(char const* alternative_name)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    X509* const x = certificate_.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key_.get());
    X509_NAME* const name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>("judge"), -1, -1, 0);
    X509_set_issuer_name(x, name);
    extend(NID_basic_constraints, "critical,CA:TRUE");
    extend(NID_subject_alt_name, alternative_name);
    if (X509_sign(x, key_.get(), EVP_sha256()) == 0) {
      throw std::runtime_error("no certificate");
    }
  }

  X509* certificate() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

  void write(std::string const& path) const {
    std::unique_ptr<BIO, int (*)(BIO*)> const file(BIO_new_file(path.c_str(), "w"), BIO_free);
    if (!file || PEM_write_bio_X509(file.get(), certificate_.get()) == 0) {
      throw std::runtime_error("cannot write " + path);
    }
  }

 private:
  void extend(int what, char const* value) {
    std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> const extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, what, value), X509_EXTENSION_free);
    X509_add_ext(certificate_.get(), extension.get(), -1);
  }

  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
  std::unique_ptr<X509, void (*)(X509*)> certificate_;
};

using TlsServer = LocalServer<httplib::SSLServer>;

void good(std::size_t, httplib::Request const&, httplib::Response& reply) { answer(reply, "Score: 4"); }

Score score(ChatOptions options) {
  std::vector<JudgedGroup> groups = {remote_group("Name a fruit.", {"Apple."})};
  RemoteJudge judge{AdditiveRubric{}, {.server = std::move(options), .votes = 3}};
  int policy = 0;
  judge.score(policy, groups, Seed{1});
  return groups[0].scores.at(0);
}

} // namespace

TEST_CASE("remote: over TLS a server with a certificate of its own is trusted with the CA file alone") {
  SelfSigned const own("IP:127.0.0.1"), another("IP:127.0.0.1");
  TemporaryFolder const folder;
  own.write(folder / "own.pem");
  another.write(folder / "another.pem");
  TlsServer server(good, own.certificate(), own.key());
  ChatOptions options = chat_options(server.port(), "https");
  options.api_key = "sk-0123456789abcdef";

  options.http.ca_file = folder / "own.pem";
  CHECK(score(options) == 4.0f);
  CHECK(server.requests() == 3);

  for (std::string const& file : {std::string(), folder / "another.pem"}) {
    options.http.ca_file = file;
    std::string const refusal = message_of<Error>([&] { score(options); });
    CHECK_THAT(refusal, ContainsSubstring(options.base_url) && ContainsSubstring("certificate"));
  }
  CHECK(server.requests() == 3); // nothing was sent to it

  options.http.ca_file.clear();
  options.http.verify_certificate = false;
  CHECK(score(options) == 4.0f);
}

TEST_CASE("remote: a certificate for another host is refused") {
  SelfSigned const elsewhere("IP:127.0.0.2,DNS:judge.example.org");
  TemporaryFolder const folder;
  elsewhere.write(folder / "ca.pem");
  TlsServer server(good, elsewhere.certificate(), elsewhere.key());
  ChatOptions options = chat_options(server.port(), "https");
  options.http.ca_file = folder / "ca.pem";
  CHECK_THAT(message_of<Error>([&] { score(options); }), ContainsSubstring("not for this host"));
  CHECK(server.requests() == 0);
}

TEST_CASE("remote: a CA file without a certificate is refused before anything is asked") {
  TemporaryFolder const folder;
  write_text(folder / "empty.pem", "");
  write_text(folder / "nonsense.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  for (char const* name : {"empty.pem", "nonsense.pem", "absent.pem"}) {
    ChatOptions options = chat_options(1, "https");
    options.http.ca_file = folder / name;
    CHECK_THAT(message_of<Error>([&] { ChatClient{options}; }), ContainsSubstring(name));
  }
}

TEST_CASE("remote: https to a server without TLS ends with an Error that names the URL") {
  LocalServer plain(good);
  CHECK_THAT(message_of<Error>([&] { score(chat_options(plain.port(), "https")); }),
             ContainsSubstring(local_url(plain.port(), "https")) && ContainsSubstring("TLS"));
}

TEST_CASE("remote: over TLS too a status line of any length does not end the program") {
  SelfSigned const own("IP:127.0.0.1");
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> const context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), own.certificate());
  SSL_CTX_use_PrivateKey(context.get(), own.key());
  std::string const whole = chat_body("Score: 3");
  std::string const good = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(whole.size()) + "\r\n\r\n" + whole;
  std::size_t n = 0;
  RawServer server(
      [&](int socket) {
        std::unique_ptr<SSL, void (*)(SSL*)> const tls(SSL_new(context.get()), SSL_free);
        SSL_set_fd(tls.get(), socket);
        char request[1 << 14];
        if (SSL_accept(tls.get()) != 1 || SSL_read(tls.get(), request, sizeof request) <= 0) {
          return;
        }
        std::string const line = n++ == 0 ? "HTTP/1.1 200 " + std::string(1000000, 'a') + "\r\n\r\n" : good;
        SSL_write(tls.get(), line.data(), static_cast<int>(line.size()));
        SSL_read(tls.get(), request, sizeof request); // the rest of the request
      },
      false);
  ChatOptions options = chat_options(server.port(), "https");
  options.http.verify_certificate = false;
  ChatClient const client(options);
  std::vector<ChatMessage> const asked = {{"user", "x"}};
  auto const before = std::signal(SIGPIPE, SIG_IGN); // this test's server writes to a connection that was left
  ChatResult const result = client.complete(asked, {}, Seed{1});
  std::signal(SIGPIPE, before);
  REQUIRE(std::holds_alternative<ChatAnswer>(result));
  CHECK(std::get<ChatAnswer>(result).text == "Score: 3");
  CHECK(server.connections() == 2);
}

TEST_CASE("remote: a TLS connection that ends while a long question is written does not end the program") {
  SelfSigned const own("IP:127.0.0.1");
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> const context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), own.certificate());
  SSL_CTX_use_PrivateKey(context.get(), own.key());
  RawServer* self = nullptr;
  RawServer deaf(
      [&](int socket) {
        std::unique_ptr<SSL, void (*)(SSL*)> const tls(SSL_new(context.get()), SSL_free);
        SSL_set_fd(tls.get(), socket);
        SSL_accept(tls.get());
        while (!self->stopped()) {
          ::poll(nullptr, 0, 5);
        }
      },
      false);
  self = &deaf;
  ChatOptions options = chat_options(deaf.port(), "https");
  options.http.verify_certificate = false;
  options.http.total_timeout = 300ms;
  options.retry.retries = 0;
  std::vector<ChatMessage> const asked = {{"user", std::string(std::size_t{16} << 20, 'x')}};
  auto const before = std::signal(SIGPIPE, SIG_DFL);
  ChatResult const result = ChatClient(options).complete(asked, {}, Seed{1});
  std::signal(SIGPIPE, before);
  CHECK(std::get<ChatFailure>(result).cause == VerdictCause::no_answer);
}

TEST_CASE("remote: a handshake that never ends is left when the whole time is over") {
  RawServer* self = nullptr;
  RawServer server(
      [&](int socket) {
        pollfd closed{socket, POLLRDHUP, 0};
        while (!self->stopped() && ::poll(&closed, 1, 10) == 0) {
        }
      },
      false);
  self = &server;
  ChatOptions options = chat_options(server.port(), "https");
  options.retry.retries = 0;
  options.http.total_timeout = 200ms;
  auto const before = std::chrono::steady_clock::now();
  CHECK_THAT(message_of<Error>([&] { score(options); }), ContainsSubstring("0.200 s"));
  CHECK(std::chrono::steady_clock::now() - before < 5s);
}
