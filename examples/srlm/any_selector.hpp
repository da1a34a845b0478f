/// A pair rule chosen at run time.
#pragma once
#include "settings.hpp"
#include <srlm/concepts/pair_selector.hpp>
#include <srlm/data/pair_selectors.hpp>
#include <srlm/data/positive_only.hpp>
#include <functional>

namespace srlm::cli {

/// An ordinary model of PairSelector for all of the list.
class AnySelector {
 public:
  template <PairSelector S>
  explicit AnySelector(S const& select)
      : select_([select](JudgedGroup const& group, Seed seed) { return select(group, seed); }),
        reason_([select](JudgedGroup const& group) { return select.reason(group); }),
        at_([select](int t) {
          if constexpr (requires { select.at(t); }) {
            return AnySelector(select.at(t));
          } else {
            return AnySelector(select);
          }
        }) {}

  std::vector<WinnerLoser> operator()(JudgedGroup const& group, Seed seed) const { return select_(group, seed); }
  NoPair reason(JudgedGroup const& group) const { return reason_(group); }
  AnySelector at(int t) const { return at_(t); }

 private:
  std::function<std::vector<WinnerLoser>(JudgedGroup const&, Seed)> select_;
  std::function<NoPair(JudgedGroup const&)> reason_;
  std::function<AnySelector(int)> at_;
};
static_assert(PairSelector<AnySelector>);

/// --pairs with the parameters of all rules.
struct SelectorOptions {
  std::string name{BestVersusWorst::name}, schedule;
  bool drop_unfinished = false;
  Settings settings;

  void add(CLI::App& app) {
    app.add_option("--pairs", name,
                   "rule that makes pairs: " + joined(names_of(PairSelectors{})) + "; or " +
                       std::string(PositiveOnly::name) + ": no pairs, perfect answers are learned as they are")
        ->capture_default_str();
    app.add_option("--rho-schedule", schedule, "widths of rho_band for turns 1, 2, ..., with commas")
        ->capture_default_str();
    app.add_flag("--drop-unfinished", drop_unfinished, "answers cut off by the limit are not even rejected");
    settings.add_options(app, PairSelectors{});
    settings.add_options(app, TypeList<PositiveOnly>{});
  }

  bool is_positive_only() const { return name == PositiveOnly::name; }

  PositiveOnly make_positive_only() {
    auto const select = settings.make<PositiveOnly>();
    settings.refuse_unused(name);
    return select;
  }

  /// Throws: CLI::ValidationError for an unknown rule, or a parameter out of its range or of no use.
  AnySelector make() {
    std::optional<AnySelector> made;
    with_part(PairSelectors{}, "--pairs", name, [&]<class S>(std::type_identity<S>) {
      S select = settings.make<S>();
      select.unfinished = drop_unfinished ? UnfinishedAnswers::dropped : UnfinishedAnswers::may_be_rejected;
      if constexpr (requires { select.schedule; }) {
        for (std::string const& width : split(schedule)) {
          S one = select;
          one.rho = number_of("--rho-schedule", width);
          try {
            check_parameters(one);
          } catch (Error const& error) {
            throw CLI::ValidationError("--rho-schedule", error.what());
          }
          select.schedule.push_back(one.rho);
        }
      } else if (!schedule.empty()) {
        throw CLI::ValidationError("--rho-schedule", "would change nothing: " + name + " has no schedule");
      }
      made.emplace(select);
    });
    settings.refuse_unused(name);
    return *made;
  }
};

} // namespace srlm::cli
