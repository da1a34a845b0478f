/// Observer: any callable that takes at least one of our events. A lambda is an observer; one that matches no event is
/// a compile error.
#pragma once
#include <srlm/core/events.hpp>
#include <concepts>
#include <type_traits>

namespace srlm {

template <class O>
concept Observer = std::invocable<O&, IterationBegan const&> || std::invocable<O&, StageBegan const&> ||
    std::invocable<O&, StageAdvanced const&> || std::invocable<O&, PairsSelected const&> ||
    std::invocable<O&, StepTaken const&> || std::invocable<O&, IterationEnded const&> ||
    std::invocable<O&, RestartRepeats const&> || std::invocable<O&, GenerationAdvanced const&>;

/// Tells every observer that takes this event. stop: one of them returned Control::stop.
template <class Event, class... Os>
Control notify(Event const& event, Os&... observers) {
  Control control = Control::proceed;
  [[maybe_unused]] auto const tell = [&](auto& observer) {
    if constexpr (std::invocable<decltype(observer), Event const&>) {
      if constexpr (std::same_as<std::invoke_result_t<decltype(observer), Event const&>, Control>) {
        if (observer(event) == Control::stop) {
          control = Control::stop;
        }
      } else {
        observer(event);
      }
    }
  };
  (tell(observers), ...);
  return control;
}

} // namespace srlm
