/// So many sentences, or fewer.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/sentences.hpp>

namespace srlm {

struct NumberOfSentences {
  static constexpr std::string_view name = "length_constraints:number_sentences";
  std::int64_t sentences = 0;
  Relation relation = Relation::at_least;
  static constexpr auto arguments = std::tuple(argument("num_sentences", &NumberOfSentences::sentences),
                                               argument("relation", &NumberOfSentences::relation));

  bool is_kept_by(std::string_view response) const {
    return holds(text::count_sentences(response), relation, sentences);
  }
};

} // namespace srlm
