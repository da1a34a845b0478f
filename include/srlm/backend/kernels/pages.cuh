/// Keys and values in pages of 64 positions. A page holds, for each key head, its keys [64, D] and then its values
/// [64, D]; slot s is position s % 64 of page s / 64. Bound: bytes.
#pragma once
#include <srlm/backend/kernels/elementwise.cuh> // this_column
#include <srlm/core/attention_layout.hpp>

namespace srlm::kernels {

inline constexpr unsigned page_rows = static_cast<unsigned>(page_length);

/// The heads that attention works on: `group` query heads share each of kv_heads key heads, all of `depth` numbers.
struct HeadSizes {
  unsigned group, kv_heads, depth;

  __device__ std::size_t page_floats() const { return std::size_t{2} * page_rows * kv_heads * depth; }
  /// Where the keys (values = 0) or values (values = 1) of a head lie in a page.
  __device__ std::size_t offset(std::size_t page, unsigned head, unsigned values) const {
    return page * page_floats() + std::size_t{2 * head + values} * page_rows * depth;
  }
  /// Where number `column` of a row [kv_heads * D] lies for a slot.
  __device__ std::size_t place(std::size_t slot, unsigned column, unsigned values) const {
    return offset(slot / page_rows, column / depth, values) + slot % page_rows * depth + column % depth;
  }
};

/// k, v [T, kv_heads * D] to their slots; a row whose slot is -1 goes nowhere. Launch: writes x blocks of columns.
template <class Element, class Number = Element>
__global__ void write_keys(Rows<Element const> k, Rows<Element const> v, KeyWrite const* writes, HeadSizes sizes,
                           Number* pages) {
  unsigned const c = this_column();
  KeyWrite const write = writes[blockIdx.x];
  if (c < sizes.kv_heads * sizes.depth && write.slot >= 0) {
    std::size_t const row = static_cast<std::size_t>(write.row), slot = static_cast<std::size_t>(write.slot);
    pages[sizes.place(slot, c, 0)] = static_cast<Number>(k[row][c]);
    pages[sizes.place(slot, c, 1)] = static_cast<Number>(v[row][c]);
  }
}

/// Slot to slot; no slot is both read and written. Launch: copies x blocks of columns.
template <class Element>
__global__ void copy_keys(KeyCopy const* copies, HeadSizes sizes, Element* pages) {
  unsigned const c = this_column();
  if (c < sizes.kv_heads * sizes.depth) {
    std::size_t const from = static_cast<std::size_t>(copies[blockIdx.x].from),
                      to = static_cast<std::size_t>(copies[blockIdx.x].to);
    pages[sizes.place(to, c, 0)] = pages[sizes.place(from, c, 0)];
    pages[sizes.place(to, c, 1)] = pages[sizes.place(from, c, 1)];
  }
}

/// The gradients of packed rows from those of their slots: row r has the slots slots[first[r]] .. slots[first[r + 1] -
/// 1], whose gradients are added in that order. d_k, d_v [T, kv_heads * D]. Launch: T x blocks of columns.
template <class Element>
__global__ void sum_slots(float const* d_pages, std::int32_t const* first, std::int32_t const* slots, HeadSizes sizes,
                          Rows<Element> d_k, Rows<Element> d_v) {
  unsigned const c = this_column();
  if (c < sizes.kv_heads * sizes.depth) {
    float key = 0, value = 0;
    for (std::int32_t i = first[blockIdx.x]; i < first[blockIdx.x + 1]; ++i) {
      std::size_t const slot = static_cast<std::size_t>(slots[i]);
      key += d_pages[sizes.place(slot, c, 0)];
      value += d_pages[sizes.place(slot, c, 1)];
    }
    d_k[blockIdx.x][c] = static_cast<Element>(key);
    d_v[blockIdx.x][c] = static_cast<Element>(value);
  }
}

} // namespace srlm::kernels
