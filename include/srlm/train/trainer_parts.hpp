/// The optional parts of a trainer (a fixed reference, replay, a held-out measurement), given in any order.
#pragma once
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

template <class... Parts>
class TrainerParts {
  static_assert(((is_reference<Parts> || is_replay<Parts> || is_held_out<Parts>)&&...),
                "srlm: the parts of a trainer are FixedReference, Replay and BestOnHeldOut, in any order");

 public:
  static constexpr bool has_reference = (is_reference<Parts> || ...);
  static constexpr bool has_replay = (is_replay<Parts> || ...);
  static constexpr bool has_held_out = (is_held_out<Parts> || ...);

  explicit TrainerParts(Parts... parts) : parts_(std::move(parts)...) {}

  auto& reference() { return std::get<place(Flags{{is_reference<Parts>...}})>(parts_); }
  auto& replay() { return std::get<place(Flags{{is_replay<Parts>...}})>(parts_); }
  auto& held_out() { return std::get<place(Flags{{is_held_out<Parts>...}})>(parts_); }

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
};

} // namespace srlm
