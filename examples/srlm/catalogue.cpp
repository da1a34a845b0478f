/// catalogue: the library's parts as a page of documentation, from the lists that everything else is made from.
#include "any_judge.hpp"
#include "command.hpp"
#include "settings.hpp"
#include <srlm/data/pair_selectors.hpp>
#include <srlm/data/positive_only.hpp>
#include <srlm/judge/judges.hpp>
#include <srlm/loss/losses.hpp>
#include <cstdio>

namespace srlm::cli {

namespace {

template <class Part>
std::string parameters_of() {
  std::vector<std::string> all;
  if constexpr (Described<Part>) {
    for_each_parameter<Part>([&](auto const& p) {
      all.push_back("`" + std::string(p.name) +
                    "` = " + short_number(static_cast<double>(SettingsOf<Part>{}.*(p.member))) + " (" +
                    std::string(p.what) + "; " + p.range.text() + ")");
    });
  }
  return joined(all);
}

template <class List>
void print_table(char const* title, char const* option, List list) {
  std::printf("\n## %s\n\n`%s`\n\n| name | parameters | source |\n| --- | --- | --- |\n", title, option);
  for_each_type(list, [&]<class Part>(std::type_identity<Part>) {
    std::printf("| `%s` | %s | %s |\n", std::string(Part::name).c_str(), parameters_of<Part>().c_str(),
                std::string(Part::source).c_str());
  });
}

} // namespace

Action add_catalogue(CLI::App&) {
  return [] {
    std::printf(
        "# The catalogue\n\nMade by `srlm catalogue` from the lists in the library; a test compares. A part is one "
        "file and one line\nin its list. Formulas stand in the parts' own headers.\n");
    print_table("Losses", "srlm loss NAME, srlm dpo --loss NAME, srlm run --loss NAME; include/srlm/loss/losses.hpp",
                Losses{});
    print_table("Pair rules", "srlm run --pairs NAME; include/srlm/data/pair_selectors.hpp", PairSelectors{});
    print_table("Answers without opponents", "srlm run --pairs NAME; include/srlm/data/positive_only.hpp",
                TypeList<PositiveOnly>{});
    print_table("Judges",
                "srlm judge --judge NAME, srlm run --judge NAME; include/srlm/judge/judges.hpp, remote_judge.hpp",
                JudgeNames{});
    print_table("Around any judge, and in place of one",
                "srlm run --judge-model MODEL (frozen), --loss cream (consistency); function: in programs only",
                TypeList<FrozenJudge<LlmJudge<AdditiveRubric>, Model>, ConsistencyJudge<LlmJudge<AdditiveRubric>>,
                         FunctionJudge<Score (*)(Prompt const&, Response const&)>>{});
    print_table("Rubrics", "srlm judge --rubric NAME, srlm run --rubric NAME; include/srlm/judge/rubrics.hpp",
                Rubrics{});
    return 0;
  };
}

} // namespace srlm::cli
