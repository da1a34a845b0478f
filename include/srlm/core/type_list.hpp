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

namespace detail {

template <class List, class T>
struct Appended;
template <class... Ts, class T>
struct Appended<TypeList<Ts...>, T> {
  using type = TypeList<Ts..., T>;
};

} // namespace detail

/// The list with one more type at its end.
template <class List, class T>
using Append = typename detail::Appended<List, T>::type;

} // namespace srlm
