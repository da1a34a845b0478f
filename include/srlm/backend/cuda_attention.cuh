/// Attention of the CUDA policy: what of a layout goes to the device, and which kernels read it.
#pragma once
#include <srlm/backend/cuda_launch.hpp>
#include <srlm/backend/decode_tiles.hpp>
#include <srlm/backend/device_memory.hpp>
#include <srlm/backend/kernels/attention.cuh>
#include <srlm/backend/kernels/attention_backward.cuh>
#include <srlm/core/error.hpp>
#include <cmath>
#include <optional>
#include <span>
#include <string>

namespace srlm::cuda {

/// Host numbers in a new buffer of the device.
template <class T, class Device>
DeviceBuffer<T, Device> placed(std::shared_ptr<Device> const& device, std::vector<T> const& numbers) {
  DeviceBuffer<T, Device> buffer(device, numbers.size());
  device->to_device(buffer.data(), numbers.data(), numbers.size() * sizeof(T));
  return buffer;
}

/// Tiles in device memory.
template <class Device>
struct PlacedTiles {
  DeviceBuffer<QueryTile, Device> tiles;
  DeviceBuffer<TileQuery, Device> queries;
  DeviceBuffer<std::int32_t, Device> page_table;

  PlacedTiles(std::shared_ptr<Device> const& device, AttentionTiles const& plan)
      : tiles(placed(device, plan.tiles)),
        queries(placed(device, plan.queries)),
        page_table(placed(device, plan.page_table)) {}

  kernels::TileLayout layout() const { return {tiles.data(), queries.data(), page_table.data()}; }
  unsigned count() const { return static_cast<unsigned>(tiles.size()); }
};

inline void require_group(std::size_t group) {
  require(group > 0 && group <= attention_tile_rows, "attention", "more than 64 query heads for a key head",
          "1 to 64 query heads for each key head");
}

/// A layout on the device. Tiles depend on how many query heads share a key head, so they are made at the first use.
template <class Device>
class AttentionPlan {
 public:
  struct Whole { ///< for training, scoring and reading prompts
    PlacedTiles<Device> tiles;
    DeviceBuffer<std::int32_t, Device> first_visit;
    DeviceBuffer<PageVisit, Device> visits;
  };
  struct Decode {
    PlacedTiles<Device> tiles;
    DeviceBuffer<kernels::QueryParts, Device> queries;
    std::size_t parts;
  };

  AttentionPlan(std::shared_ptr<Device> device, AttentionLayout const& layout)
      : device_(std::move(device)), layout_(layout), writes_(placed(device_, layout.writes)) {
    Lists<std::int32_t> const slots = slots_of_rows(layout);
    first_slot_ = placed(device_, slots.first);
    slots_ = placed(device_, slots.values);
  }
  /// Of decoding steps whose slots and tiles are written on the device (cuda_decoding.cuh).
  AttentionPlan(std::shared_ptr<Device> device, std::size_t group, DeviceBuffer<KeyWrite, Device> writes, Decode decode)
      : device_(std::move(device)), writes_(std::move(writes)), group_(group), decode_(std::move(decode)) {}

  AttentionLayout const& layout() const { return layout_; }
  DeviceBuffer<KeyWrite, Device> const& writes() const { return writes_; }
  std::int32_t const* first_slot() const { return first_slot_.data(); }
  std::int32_t const* slots() const { return slots_.data(); }

  Whole const& whole(std::size_t group) const {
    renew(group);
    if (!whole_) {
      AttentionTiles const tiles = whole_tiles(layout_, group);
      Lists<PageVisit> const visits = visits_of_pages(tiles, layout_.pages);
      whole_.emplace(
          Whole{PlacedTiles<Device>(device_, tiles), placed(device_, visits.first), placed(device_, visits.values)});
    }
    return *whole_;
  }
  Decode const& decode(std::size_t group) const {
    renew(group);
    if (!decode_) {
      DecodeTiles const plan = decode_tiles(layout_, group);
      std::vector<kernels::QueryParts> queries;
      for (std::size_t s = 0; s < layout_.segments.size(); ++s) {
        queries.push_back(
            {static_cast<std::int32_t>(layout_.segments[s].row), plan.of[s], plan.of[s + 1] - plan.of[s]});
      }
      decode_.emplace(Decode{PlacedTiles<Device>(device_, plan.tiles), placed(device_, queries),
                             static_cast<std::size_t>(plan.of.back())});
    }
    return *decode_;
  }

 private:
  void renew(std::size_t group) const {
    if (group != group_) {
      require_group(group);
      whole_.reset();
      decode_.reset();
      group_ = group;
    }
  }

  std::shared_ptr<Device> device_;
  AttentionLayout layout_;
  DeviceBuffer<KeyWrite, Device> writes_;
  DeviceBuffer<std::int32_t, Device> first_slot_, slots_;
  mutable std::size_t group_ = 0;
  mutable std::optional<Whole> whole_;
  mutable std::optional<Decode> decode_;
};

/// Calls work.template operator()<64>() or <128>(): the depth that a head's numbers are padded to.
template <class Work>
void with_depth(std::size_t depth, Work const& work) {
  if (depth > 128) {
    throw Error("attention", std::to_string(depth) + " numbers a head", "at most 128");
  }
  if (depth <= 64) {
    work.template operator()<64>();
  } else {
    work.template operator()<128>();
  }
}

inline kernels::HeadSizes sizes_of(AttentionShape const& shape) {
  return {static_cast<unsigned>(shape.group()), static_cast<unsigned>(shape.kv_heads),
          static_cast<unsigned>(shape.head_dim)};
}

inline float scale_of(AttentionShape const& shape) { return 1.0f / std::sqrt(static_cast<float>(shape.head_dim)); }

/// q [T, heads * D] over pages -> out [targets, heads * D], log_sum [targets, heads]. Number: of the pages, float or
/// bf16.
template <class Device, class Number>
void attend(Device& device, PlacedTiles<Device> const& tiles, AttentionShape const& shape, kernels::Rows<float const> q,
            Number const* pages, kernels::Rows<float> out, kernels::Rows<float> log_sum) {
  with_depth(shape.head_dim, [&]<unsigned Depth>() {
    device.launch("attention", kernels::attention<Depth, kernels::TileLayout, float, Number>,
                  {tiles.count(), static_cast<unsigned>(shape.kv_heads), kernels::attention_threads,
                   kernels::attention_bytes<Depth, Number>},
                  tiles.layout(), q, pages, sizes_of(shape), scale_of(shape), out, log_sum);
  });
}

/// A decoding step: partial results over runs of pages, merged by their log-sum-exp.
template <class Device, class Number>
void attend_in_parts(std::shared_ptr<Device> const& device, typename AttentionPlan<Device>::Decode const& plan,
                     AttentionShape const& shape, kernels::Rows<float const> q, Number const* pages,
                     kernels::Rows<float> out, kernels::Rows<float> log_sum) {
  std::size_t const width = shape.heads * shape.head_dim;
  DeviceBuffer<float, Device> const parts(device, plan.parts * width), sums(device, plan.parts * shape.heads);
  attend(*device, plan.tiles, shape, q, pages, {parts.data(), width}, {sums.data(), shape.heads});
  device->launch("merge_parts", kernels::merge_parts<float>,
                 {static_cast<unsigned>(plan.queries.size()), static_cast<unsigned>(shape.heads), 64, 0},
                 plan.queries.data(), kernels::Rows<float const>{parts.data(), width},
                 kernels::Rows<float const>{sums.data(), shape.heads}, static_cast<unsigned>(shape.head_dim), out,
                 log_sum);
}

/// past.pages hold the keys and values of this pass.
template <class Device, class Number>
void attend_backward(std::shared_ptr<Device> const& device, AttentionPlan<Device> const& plan,
                     AttentionShape const& shape,
                     kernels::AttentionPast<kernels::TileLayout, float, Number> const& past, kernels::Rows<float> d_q,
                     float* d_pages) {
  auto const& whole = plan.whole(shape.group());
  auto const heads = static_cast<unsigned>(shape.kv_heads);
  with_depth(shape.head_dim, [&]<unsigned Depth>() {
    constexpr std::size_t bytes = kernels::attention_backward_bytes<Depth, Number>;
    device->launch("attention_queries_backward",
                   kernels::attention_queries_backward<Depth, kernels::TileLayout, float, Number>,
                   {whole.tiles.count(), heads, kernels::attention_threads, bytes}, past, d_q);
    device->launch("attention_keys_backward",
                   kernels::attention_keys_backward<Depth, kernels::TileLayout, kernels::VisitLists, float, Number>,
                   {static_cast<unsigned>(plan.layout().pages), heads, kernels::attention_threads, bytes}, past,
                   kernels::VisitLists{whole.first_visit.data(), whole.visits.data()}, d_pages);
  });
}

} // namespace srlm::cuda
