/// Weights in the form that a product likes them, made from f32 and kept until somebody writes where those lie.
#pragma once
#include <srlm/concepts/tensor_backend.hpp> // MatrixView, Op
#include <algorithm>                        // max
#include <cstddef>
#include <cstdint>
#include <iterator> // next
#include <map>
#include <utility> // move

namespace srlm::host {

/// Packed: what a weight becomes, for each of its uses (as the right side of A B and of A B^T).
template <class Packed>
class PackedWeights {
 public:
  /// The one that is kept for op(b), or what make() returns, kept from now on.
  template <class B, class Make>
  Packed const& of(MatrixView<B> const& b, Op op, Make&& make) {
    auto const [first, last] = kept_.equal_range(address(b.data.data()));
    for (auto entry = first; entry != last; ++entry) {
      Entry const& e = entry->second;
      if (e.rows == b.rows && e.cols == b.cols && e.stride == b.stride && e.op == op) {
        return e.packed;
      }
    }
    Address const begin = address(b.data.data()), end = address(b.data.data() + (b.rows - 1) * b.stride + b.cols);
    longest_ = std::max(longest_, end - begin);
    return kept_.emplace(begin, Entry{end, b.rows, b.cols, b.stride, op, make()})->second.packed;
  }

  /// Somebody wrote here: what was made of it is not true any more.
  void written(float const* data, std::size_t n) {
    if (kept_.empty() || n == 0) {
      return;
    }
    Address const begin = address(data), end = begin + n * sizeof(float);
    auto entry = kept_.lower_bound(begin > longest_ ? begin - longest_ : 0);
    while (entry != kept_.end() && entry->first < end) {
      entry = begin < entry->second.end ? kept_.erase(entry) : std::next(entry);
    }
  }

  std::size_t size() const { return kept_.size(); }

 private:
  using Address = std::uintptr_t;
  static Address address(float const* data) { return reinterpret_cast<Address>(data); }

  struct Entry {
    Address end; ///< one past the last number
    std::size_t rows, cols, stride;
    Op op;
    Packed packed;
  };
  std::multimap<Address, Entry> kept_; ///< by where they begin
  Address longest_ = 0;                ///< bytes of the longest
};

} // namespace srlm::host
