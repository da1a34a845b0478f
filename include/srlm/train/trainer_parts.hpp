/// The optional parts of a trainer (a fixed reference, replay, a held-out measurement), given in any order.
#pragma once
#include <srlm/core/events.hpp>
#include <cstddef>
#include <tuple>
#include <utility> // move

namespace srlm {

template <class T>
inline constexpr bool is_reference = requires {
  requires T::is_reference;
};
template <class T>
inline constexpr bool is_replay = requires {
  requires T::is_replay;
};
template <class T>
inline constexpr bool is_held_out = requires {
  requires T::is_held_out;
};

/// A trainer without a held-out measurement.
struct NoHeldOut {
  static constexpr bool is_held_out = true;
  template <class Turn, class P>
  void begin(Turn const&, Stage, std::size_t, P&) {}
  template <class P>
  bool after(StepTaken&, P&) {
    return false;
  }
  template <class P>
  void finish(P&) {}
  void forget() const {}
};

template <class... Parts>
class TrainerParts {
  static_assert(((is_reference<Parts> || is_replay<Parts> || is_held_out<Parts>)&&...),
                "srlm: the parts of a trainer are FixedReference, Replay and BestOnHeldOut, in any order");

 public:
  static constexpr bool has_reference = (is_reference<Parts> || ...);
  static constexpr bool has_replay = (is_replay<Parts> || ...);

  explicit TrainerParts(Parts... parts) : parts_(std::move(parts)...) {}

  auto& reference() { return std::get<place(Flags{{is_reference<Parts>...}})>(parts_); }
  auto& replay() { return std::get<place(Flags{{is_replay<Parts>...}})>(parts_); }
  auto& held_out() {
    if constexpr ((is_held_out<Parts> || ...)) {
      return std::get<place(Flags{{is_held_out<Parts>...}})>(parts_);
    } else {
      return not_held_out_;
    }
  }

 private:
  struct Flags {
    bool values[sizeof...(Parts) + 1];
  };
  static constexpr std::size_t place(Flags const& flags) {
    std::size_t i = 0;
    while (i < sizeof...(Parts) && !flags.values[i]) {
      ++i;
    }
    return i;
  }

  std::tuple<Parts...> parts_;
  NoHeldOut not_held_out_;
};

} // namespace srlm
