/// The bookkeeping of shadow.hpp, and the functions that instrumented code calls.
#include "shadow.hpp"
#include <map>

namespace {

/// An access: who, and how many barriers that thread had passed.
struct Access {
  std::uint32_t block = 0, thread = 0, block_barriers = 0, warp_barriers = 0;

  std::uint32_t warp() const { return thread / cuda_on_host::Block::warp; }
};

/// As fine as memory is looked at: the smallest numbers of the kernels that run here are bf16. Traffic is counted in
/// words of a float.
constexpr std::size_t grain = 2, word = 4;

/// What is known of a grain in a launch.
struct Cell {
  std::uint64_t when = 0; ///< of which launch or block this is; older is forgotten
  bool written = false, read = false;
  bool by_threads = false, by_warps = false, by_blocks = false; ///< several have read it since a barrier
  Access writer, reader;
};

struct Region {
  unsigned char const* begin = nullptr;
  std::size_t bytes = 0;
  std::vector<Cell> cells;

  void reset(void const* data, std::size_t n) {
    begin = static_cast<unsigned char const*>(data);
    bytes = n;
    cells.assign((n + grain - 1) / grain, Cell{});
  }
  bool has(unsigned char const* p) const { return p >= begin && p < begin + bytes; }
};

class Shadow : public cuda_on_host::Watch {
 public:
  void allocated(void const* data, std::size_t bytes) override { device_[data].reset(data, bytes); }
  void released(void const* data) override {
    device_.erase(data);
    last_ = nullptr;
  }
  void begin_launch() override {
    launch_ = ++clock_;
    now_.block = 0;
    wrong_.clear();
    traffic_ = {};
  }
  void begin_block(void const* shared, std::size_t bytes) override {
    if (shared_.begin != shared || shared_.bytes != bytes) {
      shared_.reset(shared, bytes);
    }
    block_ = ++clock_;
    ++now_.block;
    now_.block_barriers = 0;
    warp_barriers_.assign(1024, 0);
  }
  void enter(std::size_t thread) override {
    now_.thread = static_cast<std::uint32_t>(thread);
    now_.warp_barriers = warp_barriers_[thread];
    inside_ = true;
  }
  void leave() override { inside_ = false; }
  void block_barrier() override { ++now_.block_barriers; }
  void warp_barrier(std::size_t thread) override { now_.warp_barriers = ++warp_barriers_[thread]; }
  std::string end_launch() override { return wrong_; }
  cuda_on_host::Traffic traffic() const { return traffic_; }

  void access(void const* data, std::size_t bytes, bool write) {
    auto const* const p = static_cast<unsigned char const*>(data);
    if (!inside_) {
      return;
    }
    Region* region = &shared_;
    std::uint64_t when = block_;
    if (!shared_.has(p)) {
      when = launch_;
      if (last_ == nullptr || !last_->has(p)) {
        auto after = device_.upper_bound(data);
        if (after == device_.begin() || !(--after)->second.has(p)) {
          return; // the thread's own
        }
        last_ = &after->second;
      }
      region = last_;
    }
    auto const first = static_cast<std::size_t>(p - region->begin);
    for (std::size_t i = first / grain; i < (first + bytes + grain - 1) / grain && i < region->cells.size(); ++i) {
      Cell& cell = region->cells[i];
      if (cell.when != when) {
        cell = Cell{};
        cell.when = when;
      }
      if (region == &shared_) {
        traffic_.shared_reads += write || i % (word / grain) != 0 ? 0 : 1;
      } else if (write ? !cell.written : !cell.read) {
        (write ? traffic_.written : traffic_.read) += grain;
      }
      char const* const other = write ? before_write(cell) : before_read(cell);
      if (other != nullptr && wrong_.empty()) {
        Access const& earlier = cell.written && !ordered(cell.writer) ? cell.writer : cell.reader;
        wrong_ = std::string("a race in ") + (region == &shared_ ? "shared" : "device") + " memory at byte " +
                 std::to_string(first) + ": block " + std::to_string(earlier.block - 1) + " thread " +
                 std::to_string(earlier.thread) + " " + other + ", block " + std::to_string(now_.block - 1) +
                 " thread " + std::to_string(now_.thread) + (write ? " writes" : " reads") +
                 ", and nothing orders the two";
      }
    }
  }

 private:
  bool ordered(Access const& a) const {
    return a.block == now_.block && (a.thread == now_.thread || a.block_barriers < now_.block_barriers ||
                                     (a.warp() == now_.warp() && a.warp_barriers < now_.warp_barriers));
  }

  /// What the earlier access did, where nothing orders it and this read.
  char const* before_read(Cell& cell) {
    char const* const wrong = cell.written && !ordered(cell.writer) ? "wrote" : nullptr;
    if (cell.read && cell.reader.block == now_.block && cell.reader.block_barriers == now_.block_barriers) {
      if (cell.reader.warp() != now_.warp()) {
        cell.by_warps = true;
      } else if (cell.reader.thread != now_.thread) {
        cell.by_threads = (cell.by_threads && cell.reader.warp_barriers == now_.warp_barriers) ||
                          cell.reader.warp_barriers == now_.warp_barriers;
      }
    } else {
      cell.by_blocks = cell.by_blocks || (cell.read && cell.reader.block != now_.block);
      cell.by_threads = cell.by_warps = false;
    }
    cell.read = true;
    cell.reader = now_;
    return wrong;
  }

  char const* before_write(Cell& cell) {
    char const* wrong = nullptr;
    if (cell.written && !ordered(cell.writer)) {
      wrong = "wrote";
    } else if (cell.read) {
      bool const same_interval = cell.reader.block == now_.block && cell.reader.block_barriers == now_.block_barriers;
      bool const same_steps = cell.by_threads && cell.reader.warp_barriers == now_.warp_barriers;
      if (cell.by_blocks || !ordered(cell.reader) || (same_interval && (cell.by_warps || same_steps))) {
        wrong = "read";
      }
    }
    cell.written = true;
    cell.writer = now_;
    return wrong;
  }

  std::map<void const*, Region> device_;
  Region* last_ = nullptr;
  Region shared_;
  Access now_;
  std::vector<std::uint32_t> warp_barriers_;
  std::uint64_t clock_ = 0, launch_ = 0, block_ = 0;
  bool inside_ = false;
  std::string wrong_;
  cuda_on_host::Traffic traffic_;
};

Shadow& shadow() {
  static Shadow the;
  return the;
}

} // namespace

cuda_on_host::Watch& cuda_on_host::race_detector() { return shadow(); }

cuda_on_host::Traffic cuda_on_host::last_traffic() { return shadow().traffic(); }

#define ACCESS(name, bytes, write) \
  extern "C" void __tsan_##name(void* p) { shadow().access(p, bytes, write); }
#define ACCESSES(bytes)                       \
  ACCESS(read##bytes, bytes, false)           \
  ACCESS(write##bytes, bytes, true)           \
  ACCESS(unaligned_read##bytes, bytes, false) \
  ACCESS(unaligned_write##bytes, bytes, true) \
  ACCESS(volatile_read##bytes, bytes, false)  \
  ACCESS(volatile_write##bytes, bytes, true)
ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

extern "C" {
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}
void __tsan_read_range(void* p, std::size_t bytes) { shadow().access(p, bytes, false); }
void __tsan_write_range(void* p, std::size_t bytes) { shadow().access(p, bytes, true); }
// kernels have no atomics; these are the reference counts of the host's code around them
int __tsan_atomic32_load(int const volatile* p, int) { return *p; }
int __tsan_atomic32_fetch_add(int volatile* p, int n, int) {
  int const before = *p;
  *p = before + n;
  return before;
}
unsigned char __tsan_atomic8_load(unsigned char const volatile* p, int) { return *p; }
}
