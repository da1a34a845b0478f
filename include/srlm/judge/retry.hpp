/// When a request that failed is sent again: exponential back-off with jitter from the request's seed, and what the
/// server itself asks for (Retry-After; RFC 9110, section 10.2.3).
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/core/seed.hpp>
#include <algorithm> // max, min
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>

namespace srlm {

/// With the defaults a request that fails at once is given up after about 12 seconds.
struct RetryOptions {
  int retries = 5;                               ///< tries after the first
  std::chrono::milliseconds first_wait{500};     ///< doubles with each try
  std::chrono::milliseconds longest_wait{60000}; ///< bounds also what a server may ask for
};

/// How waiting is done: returns when the time is over or a stop is requested. A test gives one that does not wait.
using Pause = std::function<void(std::chrono::milliseconds, std::stop_token)>;

inline void wait_in_real_time(std::chrono::milliseconds time, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
}

/// Throws: Error for options that are no waits.
inline void check_retry_options(RetryOptions const& options) {
  require(options.retries >= 0 && options.retries <= 1000, "RetryOptions", "retries out of range", "0 to 1000");
  require(options.first_wait.count() >= 0, "RetryOptions", "first_wait below 0", "0 or more");
  require(options.longest_wait >= options.first_wait, "RetryOptions", "longest_wait below first_wait", "at least that");
}

/// The wait before try `tried` + 1, tried >= 1: first_wait * 2^(tried - 1), times a factor in [0.5, 1) from the seed so
/// that requests which failed together do not come back together; never shorter than what the server asked for, never
/// longer than longest_wait.
inline std::chrono::milliseconds wait_before_retry(RetryOptions const& options, int tried,
                                                   std::optional<std::chrono::seconds> asked, Seed seed) {
  using std::chrono::milliseconds;
  double wait = static_cast<double>(options.first_wait.count());
  double const longest = static_cast<double>(options.longest_wait.count());
  for (int i = 1; i < tried && wait < longest; ++i) {
    wait *= 2;
  }
  double const jitter = 0.5 + 0.5 * seed.uniform(static_cast<std::uint64_t>(tried));
  milliseconds result(static_cast<milliseconds::rep>(std::min(wait, longest) * jitter));
  if (asked) {
    result = std::max(result, milliseconds(std::min<std::chrono::seconds>(*asked, std::chrono::hours(24))));
  }
  return std::min(result, options.longest_wait);
}

namespace detail {

/// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that a server may write.
inline std::optional<std::chrono::sys_seconds> read_http_date(std::string_view text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  auto const number = [&](std::size_t at, std::size_t digits) {
    int value = -1;
    auto const [stop, problem] = std::from_chars(text.data() + at, text.data() + at + digits, value);
    return problem == std::errc() && stop == text.data() + at + digits ? value : -1;
  };
  if (text.size() != 29 || !text.ends_with(" GMT") || text[7] != ' ' || text[19] != ':' || text[22] != ':') {
    return std::nullopt;
  }
  std::size_t const month = months.find(text.substr(8, 3));
  int const day = number(5, 2), year = number(12, 4), hour = number(17, 2), minute = number(20, 2),
            second = number(23, 2);
  if (month == std::string_view::npos || month % 3 != 0 || day < 0 || year < 0 || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 60) {
    return std::nullopt;
  }
  std::chrono::year_month_day const date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

} // namespace detail

/// What a Retry-After header asks for: seconds, or a date, which is compared with the answer's own Date header, so that
/// no clock of ours has to agree with the server's. nullopt for anything else.
inline std::optional<std::chrono::seconds> read_retry_after(std::string_view retry_after, std::string_view date) {
  unsigned seconds = 0;
  char const* const end = retry_after.data() + retry_after.size();
  auto const [stop, problem] = std::from_chars(retry_after.data(), end, seconds);
  if (!retry_after.empty() && stop == end) { // a number, of any size
    return problem == std::errc() ? std::chrono::seconds(seconds) : std::chrono::hours(24);
  }
  auto const until = detail::read_http_date(retry_after), now = detail::read_http_date(date);
  if (!until || !now) {
    return std::nullopt;
  }
  return std::max(*until - *now, std::chrono::seconds(0));
}

} // namespace srlm
