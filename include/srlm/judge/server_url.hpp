/// Where a judge server is: http or https, host, port and the path before /v1 (RFC 3986, the part of it that is
/// needed).
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/data/ascii.hpp>
#include <algorithm> // all_of, min
#include <charconv>
#include <string>
#include <string_view>

namespace srlm {

struct ServerUrl {
  bool tls = false;
  std::string host; ///< an IPv6 address without its brackets
  int port = 80;
  std::string path; ///< empty, or begins with a slash and ends without one

  std::string text() const {
    bool const brackets = host.find(':') != std::string::npos;
    return (tls ? "https://" : "http://") + (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port) + path;
  }
};

namespace detail {

inline bool is_host(std::string_view host, bool brackets) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [&](char c) {
    bool const hexadecimal = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    return brackets ? hexadecimal || c == ':' || c == '.'
                    : ascii::is_letter(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

} // namespace detail

/// Reads "http://host", "https://host:port", "http://[::1]:8000", each with a path or none. Slashes at the end and a
/// last "/v1" (many programs want the base with it) are dropped.
/// Throws: Error for anything else: another scheme, a user or password (a message would show it), a query, a port
/// outside 1..65535.
inline ServerUrl read_server_url(std::string_view text) {
  char const* const expected = "http://HOST[:PORT][/PATH] or https://HOST[:PORT][/PATH]";
  if (text.find('@') != std::string_view::npos) { // not shown: it may hold a password
    throw Error("the judge server's URL", "a user or a password in it", expected);
  }
  auto const refuse = [&](std::string const& what) {
    throw Error("the judge server's URL \"" + std::string(text) + "\"", what, expected);
  };
  ServerUrl url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    url.port = 443;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    refuse(text.empty() ? "nothing" : "neither http:// nor https:// at its beginning");
  }
  std::string_view place = rest.substr(0, rest.find_first_of("/?#"));
  std::string_view path = rest.substr(place.size());
  bool const brackets = place.starts_with('[');
  if (brackets && place.find(']') == std::string_view::npos) {
    refuse("[ without ]");
  }
  std::size_t const host_end = brackets ? place.find(']') + 1 : std::min(place.find(':'), place.size());
  std::string_view const host = brackets ? place.substr(1, host_end - 2) : place.substr(0, host_end);
  place.remove_prefix(host_end);
  if (!detail::is_host(host, brackets)) {
    refuse("no name of a host");
  }
  url.host = host;
  if (!place.empty()) { // ":PORT"
    char const* const end = place.data() + place.size();
    auto const [stop, problem] = std::from_chars(place.data() + 1, end, url.port);
    if (place[0] != ':' || problem != std::errc() || stop != end || url.port < 1 || url.port > 65535) {
      refuse("no port from 1 to 65535");
    }
  }
  for (char const c : path) {
    if (c <= ' ' || c > '~' || c == '?' || c == '#' || c == '"' || c == '\\') {
      refuse("a query, a space or another sign that no path has");
    }
  }
  auto const drop_slashes = [&] {
    while (path.ends_with('/')) {
      path.remove_suffix(1);
    }
  };
  drop_slashes();
  if (path.ends_with("/v1")) {
    path.remove_suffix(3);
    drop_slashes();
  }
  url.path = path;
  return url;
}

} // namespace srlm
