/// What every rank did of a common piece of work, and whether it could. An error of one rank becomes an error of all,
/// so that none waits for ever.
#pragma once
#include <srlm/core/error.hpp>
#include <cstddef>
#include <cstring> // memcpy
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <type_traits> // is_trivially_copyable_v
#include <vector>

namespace srlm {

/// Thrown on every rank alike: it names the rank that failed, and what it said.
class SharedError : public Error {
 public:
  using Error::Error;
};

using Bytes = std::vector<std::byte>;

template <class T>
void append_bytes(Bytes& bytes, std::span<T const> values) {
  static_assert(std::is_trivially_copyable_v<T>);
  auto const raw = std::as_bytes(values);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

/// Takes values from the front of some bytes. Throws: Error where there are not enough.
class ByteReader {
 public:
  explicit ByteReader(std::span<std::byte const> bytes) : rest_(bytes) {}

  template <class T>
  std::vector<T> take(std::size_t n) {
    static_assert(std::is_trivially_copyable_v<T>);
    require(n <= rest_.size() / sizeof(T), "a message between ranks", "too few bytes", "what the other rank wrote");
    std::vector<T> values(n);
    if (n > 0) {
      std::memcpy(values.data(), rest_.data(), n * sizeof(T));
    }
    rest_ = rest_.subspan(n * sizeof(T));
    return values;
  }
  template <class T>
  std::vector<T> rest() {
    return take<T>(rest_.size() / sizeof(T));
  }

 private:
  std::span<std::byte const> rest_;
};

/// compute() gives this rank's bytes; returns those of all, by rank. what: names the piece of work and its size; ranks
/// that come with different ones have gone different ways. Throws: SharedError on every rank when compute() throws on
/// one, or the ranks came with different work.
template <class C, class Compute>
std::vector<Bytes> share(C& ranks, std::string_view what, Compute&& compute) {
  Bytes message;
  std::string text(what);
  auto const fill = [&](bool failed, std::span<std::byte const> payload) {
    message.assign(1, static_cast<std::byte>(failed ? 1 : 0));
    std::size_t const length = text.size();
    append_bytes(message, std::span<std::size_t const>(&length, 1));
    append_bytes(message, std::span<char const>(text));
    append_bytes(message, payload);
  };
  try {
    Bytes const own = compute();
    fill(false, own);
  } catch (std::exception const& problem) {
    text = problem.what();
    fill(true, {});
  }
  std::vector<Bytes> all = ranks.all_gather(std::span<std::byte const>(message));
  std::vector<std::string> works;
  for (std::size_t r = 0; r < all.size(); ++r) {
    ByteReader reader(all[r]);
    bool const failed = reader.take<std::byte>(1).front() != std::byte{0};
    auto const said = reader.take<char>(reader.take<std::size_t>(1).front());
    works.emplace_back(said.begin(), said.end());
    if (failed) {
      throw SharedError(all.size() == 1
                            ? works.back()
                            : "rank " + std::to_string(r) + " of " + std::to_string(all.size()) + ": " + works.back());
    }
    all[r] = reader.rest<std::byte>();
  }
  for (std::size_t r = 1; r < works.size(); ++r) {
    if (works[r] != works.front()) {
      throw SharedError("the ranks",
                        "\"" + works.front() + "\" on rank 0 and \"" + works[r] + "\" on rank " + std::to_string(r),
                        "the same work everywhere: the same program, options and inputs on every rank");
    }
  }
  return all;
}

/// Work that has no result for the others.
template <class C, class Work>
void share_work(C& ranks, std::string_view what, Work&& work) {
  share(ranks, what, [&] {
    work();
    return Bytes();
  });
}

/// Work that the first rank does for all.
template <class C, class Work>
void first_rank_does(C& ranks, std::string_view what, Work&& work) {
  share_work(ranks, what, [&] {
    if (ranks.rank() == 0) {
      work();
    }
  });
}

/// The items of part `part` of `parts`, which lie together and differ by one item at most: [first, last).
struct Part {
  std::size_t first, last;
  std::size_t size() const { return last - first; }
};
inline Part part_of(std::size_t items, std::size_t part, std::size_t parts) {
  return {items * part / parts, items * (part + 1) / parts};
}

} // namespace srlm
