/// The token ids of a prompt or an answer. Copies share one array, so that what the sampler wrote is what the loss
/// reads, however many groups, pairs and batches name it.
#pragma once
#include <srlm/core/token.hpp>
#include <atomic>
#include <cstddef>
#include <initializer_list>
#include <utility> // exchange, move, swap

namespace srlm {

/// Immutable, a range, and a std::span<Token const> where one is asked for. Made from Tokens by taking them over: a
/// moved vector keeps its memory. Cost: a copy counts one up. Several threads may copy and drop at once.
class SharedTokens {
 public:
  using value_type = Token;
  using const_iterator = Token const*;
  using iterator = const_iterator;

  SharedTokens() = default;
  SharedTokens(Tokens ids) : node_(ids.empty() ? nullptr : new Node(std::move(ids))) {}
  SharedTokens(std::initializer_list<Token> ids) : SharedTokens(Tokens(ids)) {}

  SharedTokens(SharedTokens const& other) noexcept : node_(other.node_) {
    if (node_ != nullptr) {
      node_->owners.fetch_add(1, std::memory_order_relaxed);
    }
  }
  SharedTokens(SharedTokens&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  SharedTokens& operator=(SharedTokens other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~SharedTokens() {
    if (node_ != nullptr && node_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete node_;
    }
  }

  Token const* data() const { return node_ != nullptr ? node_->ids.data() : nullptr; }
  std::size_t size() const { return node_ != nullptr ? node_->ids.size() : 0; }
  bool empty() const { return node_ == nullptr; }
  Token const* begin() const { return data(); }
  Token const* end() const { return data() + size(); }
  Token operator[](std::size_t i) const { return data()[i]; }
  Token front() const { return data()[0]; }
  Token back() const { return data()[size() - 1]; }

  friend bool operator==(SharedTokens const& a, SharedTokens const& b) {
    return a.node_ == b.node_ || (a.node_ != nullptr && b.node_ != nullptr && a.node_->ids == b.node_->ids);
  }

 private:
  /// std::shared_ptr would free it through a virtual call.
  struct Node {
    explicit Node(Tokens&& given) : ids(std::move(given)) {}
    Tokens const ids;
    std::atomic<std::size_t> owners = 1;
  };

  Node* node_ = nullptr; ///< none for no ids
};

} // namespace srlm
