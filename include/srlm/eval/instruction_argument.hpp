/// What a kind of verifiable instruction is made of: the arguments that its rows bring, and the contract of a kind.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>

namespace srlm {

/// How a count is compared with the one that an instruction names.
enum class Relation { less_than, at_least };

constexpr bool holds(std::size_t count, Relation relation, std::int64_t limit) {
  bool const fewer = static_cast<std::int64_t>(count) < limit;
  return relation == Relation::less_than ? fewer : !fewer;
}

/// One argument of a kind: its name in the data, and the member that takes it. Value: std::int64_t, std::string,
/// std::vector<std::string> or Relation.
template <class Kind, class Value>
struct InstructionArgument {
  std::string_view name;
  Value Kind::*member;
};

template <class Kind, class Value>
constexpr InstructionArgument<Kind, Value> argument(std::string_view name, Value Kind::*member) {
  return {name, member};
}

/// A kind of instruction whose keeping a program can decide. `name` is its id in the data, `arguments` a tuple of
/// InstructionArgument. Semantics: is_kept_by(response) depends on the response and the arguments alone.
template <class K>
concept InstructionKind = std::default_initializable<K> && requires(K const& kind, std::string_view response) {
  std::string_view(K::name);
  std::tuple_size<std::remove_cvref_t<decltype(K::arguments)>>::value;
  { kind.is_kept_by(response) } -> std::same_as<bool>;
};

} // namespace srlm
