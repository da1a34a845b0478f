/// The keys and values of everything that is being written, in pages that sequences share: a prompt's full pages belong
/// to all its answers.
#pragma once
#include <srlm/model/transformer.hpp>

namespace srlm::model {

template <TensorBackend B>
class KeyCache {
 public:
  KeyCache(B& backend, AttentionShape const& shape, std::size_t layers, std::size_t pages)
      : b_(&backend), shape_(shape), owners_(pages, 0) {
    for (std::size_t l = 0; l < layers; ++l) {
      layers_.push_back(b_->template allocate<float>(pages * page_floats(*b_, shape)));
    }
    for (std::size_t p = pages; p-- > 0;) {
      free_.push_back(static_cast<std::int32_t>(p));
    }
  }

  std::size_t pages() const { return owners_.size(); }
  std::size_t free_pages() const { return free_.size(); }
  typename B::template span<float> layer(std::size_t l) const { return layers_[l].span(); }

  std::int32_t take() {
    require(!free_.empty(), "key cache", "no free page", "a reservation before each page");
    std::int32_t const page = free_.back();
    free_.pop_back();
    owners_[index(page)] = 1;
    return page;
  }
  void share(std::int32_t page) { ++owners_[index(page)]; }
  void release(std::int32_t page) {
    if (--owners_[index(page)] == 0) {
      free_.push_back(page);
    }
  }

  /// Pages for a layout whose pages are numbered 0, 1, 2, ...: the first ones are `known`, the others are taken. The
  /// layout then names them. Returns them in their order.
  std::vector<std::int32_t> place(AttentionLayout& layout, std::span<std::int32_t const> known) {
    std::vector<std::int32_t> real(known.begin(), known.end());
    while (real.size() < layout.pages) {
      real.push_back(take());
    }
    auto const page_size = static_cast<std::int32_t>(page_length);
    for (std::int32_t& page : layout.page_table) {
      page = real[index(page)];
    }
    for (KeyWrite& write : layout.writes) {
      write.slot = real[index(write.slot / page_size)] * page_size + write.slot % page_size;
    }
    layout.pages = pages();
    return real;
  }

  /// The pages of a prompt of `length` positions for one more sequence: full pages shared, a begun one copied.
  std::vector<std::int32_t> fork(std::vector<std::int32_t> const& pages, std::size_t length) {
    std::vector<std::int32_t> own(pages.begin(), pages.begin() + static_cast<std::ptrdiff_t>(length / page_length));
    for (std::int32_t page : own) {
      share(page);
    }
    std::size_t const inside = length % page_length;
    if (inside > 0) {
      own.push_back(take());
      std::vector<KeyCopy> copies;
      for (std::size_t i = 0; i < inside; ++i) {
        auto const offset = static_cast<std::int32_t>(i), size = static_cast<std::int32_t>(page_length);
        copies.push_back({pages[length / page_length] * size + offset, own.back() * size + offset});
      }
      for (auto const& layer : layers_) {
        b_->copy_keys(layer.span(), shape_, std::span<KeyCopy const>(copies));
      }
    }
    return own;
  }

 private:
  static std::size_t index(std::int32_t page) { return static_cast<std::size_t>(page); }

  B* b_;
  AttentionShape shape_;
  std::vector<BufferOf<B, float>> layers_;
  std::vector<int> owners_;
  std::vector<std::int32_t> free_;
};

} // namespace srlm::model
