/// A list of types: what the catalogues are made of.
#pragma once
#include <cstddef>
#include <type_traits> // type_identity

namespace srlm {

template <class... Ts>
struct TypeList {
  static constexpr std::size_t size = sizeof...(Ts);
};

/// Calls f(std::type_identity<T>{}) for every type of the list, in order.
template <class... Ts, class F>
constexpr void for_each_type(TypeList<Ts...>, F&& f) {
  (f(std::type_identity<Ts>{}), ...);
}

/// The template filled with the types of a list: Apply<std::tuple, Losses>.
template <template <class...> class To, class List>
struct ApplyList;
template <template <class...> class To, class... Ts>
struct ApplyList<To, TypeList<Ts...>> {
  using type = To<Ts...>;
};

} // namespace srlm
