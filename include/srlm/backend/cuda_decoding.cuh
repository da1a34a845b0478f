/// Decoding without the host, of the CUDA policy: everything that a step reads and writes lies on the device, at the
/// same addresses for all windows of the same sizes. So a step is recorded once for those sizes, as a graph, and
/// repeated; then nothing is allocated and nobody waits between two looks.
///
/// Sizes are rounded up (rows to a bucket, the rest to powers of two), so that few of them occur; rows and tiles too
/// many see and write nothing. The first step of given sizes runs without a graph: kernels are loaded then, and
/// products choose their algorithms.
#pragma once
#include <srlm/backend/cuda_attention.cuh>
#include <srlm/backend/cuda_sample.cuh>
#include <srlm/backend/kernels/decoding.cuh>
#include <srlm/concepts/decoding_backend.hpp>
#include <algorithm> // for_each, max
#include <bit>       // bit_ceil
#include <compare>   // operator<=>
#include <map>
#include <numeric> // iota

namespace srlm::cuda {

/// Rows that a decoding step of `rows` answers computes: 1, 2, 4, 8, 16, 32, 64, 96, 128, ...
constexpr std::size_t decoding_bucket(std::size_t rows) {
  return rows <= 32 ? std::bit_ceil(rows) : (rows + 31) / 32 * 32;
}

/// What memory and graph of a window depend on.
struct DecodingSizes {
  std::size_t rows, steps, tiles, parts, pages;
  auto operator<=>(DecodingSizes const&) const = default;
};

/// A window's memory, and its step as a graph.
template <class Device>
struct DecodingMemory {
  DeviceBuffer<kernels::DecodingState, Device> states; ///< [rows], as all but `planned` and answers
  DeviceBuffer<std::int32_t, Device> first_page;
  DeviceBuffer<QueryTile, Device> planned; ///< tiles for the window's end
  DeviceBuffer<std::int32_t, Device> tokens, positions, row_numbers, drawn;
  DeviceBuffer<std::uint64_t, Device> seeds;
  std::size_t width;
  DeviceBuffer<std::int32_t, Device> answers; ///< [rows, width]: how many, then they
  QueryTile* tiles;                           ///< of the plan, from here on: as they are at a step
  TileQuery* queries;
  std::int32_t* page_table;
  kernels::QueryParts* parts;
  KeyWrite* writes;
  std::optional<AttentionPlan<Device>> plan;
  std::optional<typename Device::Graph> graph;
  bool has_run = false;

  DecodingMemory(std::shared_ptr<Device> const& device, DecodingSizes const& sizes, std::size_t group)
      : states(device, sizes.rows),
        first_page(device, sizes.rows),
        planned(device, sizes.tiles),
        tokens(device, sizes.rows),
        positions(device, sizes.rows),
        drawn(device, sizes.rows),
        seeds(device, sizes.rows),
        width(1 + sizes.steps),
        answers(device, sizes.rows * width) {
    std::vector<std::int32_t> numbers(sizes.rows);
    std::iota(numbers.begin(), numbers.end(), 0);
    row_numbers = placed(device, numbers);
    AttentionTiles const none{std::vector<QueryTile>(sizes.tiles), std::vector<TileQuery>(sizes.parts),
                              std::vector<std::int32_t>(sizes.pages)};
    typename AttentionPlan<Device>::Decode decode{
        PlacedTiles<Device>(device, none), DeviceBuffer<kernels::QueryParts, Device>(device, sizes.rows), sizes.parts};
    DeviceBuffer<KeyWrite, Device> slots_of_rows(device, sizes.rows);
    tiles = decode.tiles.tiles.data();
    queries = decode.tiles.queries.data();
    page_table = decode.tiles.page_table.data();
    parts = decode.queries.data();
    writes = slots_of_rows.data();
    plan.emplace(device, group, std::move(slots_of_rows), std::move(decode));
  }
};

/// A model of DecoderFor every policy with this device.
template <class Device>
class Decoder {
 public:
  using Ids = DeviceSpan<std::int32_t>;
  using Memory = DecodingMemory<Device>;

  Decoder(std::shared_ptr<Device> device, AttentionShape const& shape, Sampling const& sampling,
          std::span<Token const> ends)
      : device_(std::move(device)),
        group_(shape.group()),
        sampling_(sampling),
        ends_(placed(device_, std::vector<Token>(ends.begin(), ends.end()))) {
    require_group(group_);
  }

  /// The window's numbers go to the device: six copies.
  void begin(std::span<DecodingRow const> rows, AttentionLayout const& layout, std::size_t steps) {
    DecodeTiles const plan = decode_tiles(layout, group_);
    rows_ = rows.size();
    steps_ = steps;
    auto const enough = [](std::size_t n) { return std::bit_ceil(std::max<std::size_t>(n, 16)); };
    DecodingSizes const sizes{decoding_bucket(rows_), enough(steps), enough(plan.tiles.tiles.size()),
                              enough(plan.tiles.queries.size()), enough(layout.page_table.size())};
    auto found = memories_.find(sizes);
    if (found == memories_.end()) {
      if (memories_.size() == most_memories) {
        memories_.clear();
      }
      found = memories_.try_emplace(sizes, device_, sizes, group_).first;
    }
    now_ = &found->second;

    std::vector<kernels::DecodingState> states(sizes.rows, kernels::DecodingState{0, 0, 0, 0, 0, 0, 1});
    std::vector<std::int32_t> first_page(sizes.rows, 0);
    std::vector<kernels::QueryParts> parts;
    for (std::size_t r = 0; r < sizes.rows; ++r) {
      parts.push_back({static_cast<std::int32_t>(r), 0, 0});
    }
    for (std::size_t r = 0; r < rows_; ++r) {
      DecodingRow const& row = rows[r];
      states[r] = {row.seed.value, row.token, row.position, row.number, 0, row.at_most, 0};
      first_page[r] = static_cast<std::int32_t>(layout.segments[r].first_page);
      parts[r] = {static_cast<std::int32_t>(r), plan.of[r], plan.of[r + 1] - plan.of[r]};
    }
    std::vector<QueryTile> tiles = plan.tiles.tiles;
    tiles.resize(sizes.tiles, QueryTile{});
    put(states, now_->states.data());
    put(first_page, now_->first_page.data());
    put(tiles, now_->planned.data());
    put(plan.tiles.queries, now_->queries);
    put(plan.tiles.page_table, now_->page_table);
    put(parts, now_->parts);
    device_->clear(now_->answers.data(), now_->answers.size() * sizeof(std::int32_t));
  }

  Ids tokens() const { return now_->tokens.span(); }
  Ids positions() const { return now_->positions.span(); }
  Ids row_numbers() const { return now_->row_numbers.span(); }
  AttentionPlan<Device> const& plan() const { return *now_->plan; }

  template <class Matrix>
  void draw(Matrix const& logits, std::size_t first) {
    sample_rows(device_, {logits.data.data(), logits.stride}, static_cast<unsigned>(logits.rows),
                static_cast<unsigned>(logits.cols), now_->seeds.data() + first, sampling_, now_->drawn.data() + first);
  }

  template <class Step>
  void run(Step const& step) {
    auto const whole = [&] {
      place();
      step();
      take();
    };
    for (std::size_t i = 0; i < steps_; ++i) {
      if (!now_->has_run) {
        whole();
        now_->has_run = true;
        continue;
      }
      if (!now_->graph) {
        now_->graph.emplace(device_->capture(whole));
      }
      device_->replay(*now_->graph);
    }
  }

  /// The look: one copy to the host. Throws: Error where logits were not numbers.
  std::vector<Tokens> written() const {
    std::vector<std::int32_t> answers(rows_ * now_->width);
    device_->to_host(answers.data(), now_->answers.data(), answers.size() * sizeof(std::int32_t));
    std::vector<Tokens> out;
    for (std::size_t r = 0; r < rows_; ++r) {
      auto const first = answers.begin() + static_cast<std::ptrdiff_t>(r * now_->width);
      out.emplace_back(first + 1, first + 1 + *first);
      std::for_each(out.back().begin(), out.back().end(), require_drawn);
    }
    return out;
  }

 private:
  static constexpr std::size_t most_memories = 32;
  static constexpr unsigned threads = 128;

  template <class T>
  void put(std::vector<T> const& from, T* to) {
    device_->to_device(to, from.data(), from.size() * sizeof(T));
  }

  template <class Kernel, class... Arguments>
  void by_thread(char const* name, Kernel kernel, std::size_t count, Arguments... arguments) {
    device_->launch(name, kernel, {static_cast<unsigned>((count + threads - 1) / threads), 1, threads, 0},
                    arguments...);
  }

  void place() {
    Memory& m = *now_;
    auto const rows = static_cast<unsigned>(m.states.size()), tiles = static_cast<unsigned>(m.planned.size());
    by_thread("place_rows", kernels::place_rows<std::int32_t>, rows, m.states.data(), m.first_page.data(), m.page_table,
              rows, m.tokens.data(), m.positions.data(), m.writes, m.seeds.data());
    by_thread("grow_tiles", kernels::grow_tiles<std::int32_t>, tiles, m.planned.data(), tiles, m.positions.data(),
              m.queries, m.tiles);
  }

  void take() {
    Memory& m = *now_;
    auto const rows = static_cast<unsigned>(m.states.size());
    by_thread("take_tokens", kernels::take_tokens<std::int32_t>, rows, m.drawn.data(), ends_.data(),
              static_cast<unsigned>(ends_.size()), rows, m.states.data(),
              kernels::Rows<std::int32_t>{m.answers.data(), m.width});
  }

  std::shared_ptr<Device> device_;
  std::size_t group_;
  Sampling sampling_;
  DeviceBuffer<Token, Device> ends_;
  std::map<DecodingSizes, Memory> memories_; ///< addresses stay
  Memory* now_ = nullptr;
  std::size_t rows_ = 0, steps_ = 0;
};

} // namespace srlm::cuda
