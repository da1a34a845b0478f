/// A stack of its own that a piece of work runs on, left and entered again by a switch: what a thread of a CUDA block
/// is on the CPU. On x86-64 a switch is some instructions; elsewhere it is ucontext's, which asks the kernel.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SRLM_FIBERS_UNDER_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SRLM_FIBERS_UNDER_ASAN
#endif
#endif
#if defined(SRLM_FIBERS_UNDER_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(__x86_64__)
/// Saves what a call must keep and the stack pointer in *from, then goes on where `to` was saved.
extern "C" void srlm_switch_stack(void** from, void* to);
asm(R"(
.text
.weak srlm_switch_stack
.type srlm_switch_stack, @function
srlm_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  popq %rcx
  jmp *%rcx
.size srlm_switch_stack, .-srlm_switch_stack
)");
#endif

namespace cuda_on_host {

/// Runs `entry` on first entry; entry must never return.
class Fiber {
 public:
  static constexpr std::size_t stack_bytes = 128 * 1024;

  explicit Fiber(void (*entry)()) : stack_(new unsigned char[stack_bytes]) {
#if defined(__x86_64__)
    // stacks begin at different places of a page: else they would all ask for the same lines of the cache
    auto const top =
        (reinterpret_cast<std::uintptr_t>(stack_.get()) + stack_bytes - made++ % 32 * 320) & ~std::uintptr_t{15};
    auto* const frame = reinterpret_cast<void**>(top) - 8; // six registers, where to go, and where that would return
    for (int i = 0; i < 8; ++i) {
      frame[i] = nullptr;
    }
    frame[6] = reinterpret_cast<void*>(entry);
    at_ = frame;
#else
    getcontext(&at_);
    at_.uc_stack.ss_sp = stack_.get();
    at_.uc_stack.ss_size = stack_bytes;
    makecontext(&at_, entry, 0);
#endif
  }

  /// From the stack that all fibers are entered from; returns when the fiber leaves.
  void enter() {
#if defined(SRLM_FIBERS_UNDER_ASAN)
    void* saved = nullptr;
    __sanitizer_start_switch_fiber(&saved, stack_.get(), stack_bytes);
#endif
#if defined(__x86_64__)
    srlm_switch_stack(&home, at_);
#else
    swapcontext(&home, &at_);
#endif
#if defined(SRLM_FIBERS_UNDER_ASAN)
    __sanitizer_finish_switch_fiber(saved, nullptr, nullptr);
#endif
  }

  /// Back to whoever entered; returns at the next entry.
  void leave() {
#if defined(SRLM_FIBERS_UNDER_ASAN)
    void* saved = nullptr;
    __sanitizer_start_switch_fiber(&saved, home_bottom, home_bytes);
#endif
#if defined(__x86_64__)
    srlm_switch_stack(&at_, home);
#else
    swapcontext(&at_, &home);
#endif
#if defined(SRLM_FIBERS_UNDER_ASAN)
    arrive(saved);
#endif
  }

  /// What a fiber does first after every entry.
  static void arrive([[maybe_unused]] void* saved = nullptr) {
#if defined(SRLM_FIBERS_UNDER_ASAN)
    __sanitizer_finish_switch_fiber(saved, &home_bottom, &home_bytes);
#endif
  }

 private:
#if defined(__x86_64__)
  using Place = void*;
#else
  using Place = ucontext_t;
#endif
  inline static Place home{};
  inline static std::size_t made = 0;
#if defined(SRLM_FIBERS_UNDER_ASAN)
  inline static void const* home_bottom = nullptr;
  inline static std::size_t home_bytes = 0;
#endif
  std::unique_ptr<unsigned char[]> stack_;
  Place at_{};
};

} // namespace cuda_on_host
