/// Plain sentences for what stands around a run lacks: explain_journal, explain_observer, explain_communicator.
#pragma once
#include <srlm/concepts/communicator.hpp>
#include <srlm/concepts/journal.hpp>
#include <srlm/concepts/observer.hpp>

namespace srlm {

namespace detail {

template <class J, class T>
consteval bool check_memory_of() {
  static_assert(
      requires(J & j, UnitKey const& key, T& value) {
        { j.recall(key, value) } -> std::same_as<bool>;
      },
      "srlm: your journal has no member bool recall(srlm::UnitKey const&, T&) for every T of "
      "std::vector<srlm::Prompt>, "
      "std::vector<srlm::JudgedGroup>, std::vector<srlm::PreferencePair> and srlm::StepTaken: it must return whether "
      "the unit was recorded, and put what was recorded into the value");
  static_assert(
      requires(J & j, UnitKey const& key, T& value) { j.record(key, value); },
      "srlm: your journal has no member record(srlm::UnitKey const&, T const&) for every T of "
      "std::vector<srlm::Prompt>, std::vector<srlm::JudgedGroup>, std::vector<srlm::PreferencePair> and "
      "srlm::StepTaken: it must remember the value as a whole or throw");
  return true;
}

} // namespace detail

template <class J>
consteval bool explain_journal() {
  detail::check_memory_of<J, std::vector<Prompt>>();
  detail::check_memory_of<J, std::vector<JudgedGroup>>();
  detail::check_memory_of<J, std::vector<PreferencePair>>();
  detail::check_memory_of<J, StepTaken>();
  static_assert(
      requires(J & j, UnitKey const& key) {
        { j.checkpoint_path(key) } -> std::same_as<std::optional<std::filesystem::path>>;
      },
      "srlm: your journal has no member checkpoint_path(srlm::UnitKey const&): it must return "
      "std::optional<std::filesystem::path>, the folder for the checkpoint after this step, nullopt for none");
  static_assert(
      requires(J & j, UnitKey const& key) { j.commit_checkpoint(key); },
      "srlm: your journal has no member commit_checkpoint(srlm::UnitKey const&): from now on the checkpoint of this "
      "key "
      "replaces all earlier ones");
  static_assert(
      requires(J & j) {
        { j.latest_checkpoint() } -> std::same_as<std::optional<UnitKey>>;
      },
      "srlm: your journal has no member latest_checkpoint(): it must return std::optional<srlm::UnitKey>, the last "
      "checkpoint of the run, nullopt for none");
  return true;
}

template <class O>
consteval bool explain_observer() {
  static_assert(Observer<O>,
                "srlm: your observer takes none of the events of srlm/core/events.hpp: it must be callable with at "
                "least one of them, as in [](srlm::StepTaken const& e) { ... }");
  return true;
}

/// B: the tensor policy whose memory is summed.
template <class C, class B>
consteval bool explain_communicator() {
  static_assert(
      requires(C & c) {
        { c.rank() } -> std::same_as<int>;
      },
      "srlm: your communicator has no member rank(): it must return int, this rank, from 0");
  static_assert(
      requires(C & c) {
        { c.size() } -> std::same_as<int>;
      },
      "srlm: your communicator has no member size(): it must return int, the number of ranks");
  static_assert(
      requires(C & c, typename B::template span<float> values) { c.all_reduce_sum(values); },
      "srlm: your communicator has no member all_reduce_sum(Backend::span<float>): it must put the sum over all ranks "
      "in place of the values");
  static_assert(
      requires(C & c, std::span<std::byte const> bytes) {
        { c.all_gather(bytes) } -> std::same_as<std::vector<std::vector<std::byte>>>;
      },
      "srlm: your communicator has no member all_gather(std::span<std::byte const>): it must return "
      "std::vector<std::vector<std::byte>>, the bytes of every rank, by rank");
  return true;
}

} // namespace srlm
