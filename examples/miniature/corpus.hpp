/// What the models read: the text that M0 is made of, and the seeds that people wrote.
#pragma once
#include "judgements.hpp"
#include "settings.hpp"
#include <srlm/data/seed_examples.hpp>
#include <srlm/data/supervised_example.hpp>

namespace miniature {

/// The instructions, divided once and for all: 200 for tuning, 200 to report, 200 for the end; then those of the seeds;
/// the rest are the prompts of the loop. M0's text has no instruction of the first 600.
struct Division {
  std::vector<Instruction> all = all_instructions();

  std::span<Instruction const> test(Test which) const {
    return std::span(all).subspan(200 * static_cast<std::size_t>(which), 200);
  }
  std::span<Instruction const> ift(Settings const& s) const { return std::span(all).subspan(600, s.ift_seeds); }
  std::span<Instruction const> eft(Settings const& s) const {
    return std::span(all).subspan(600 + s.ift_seeds, s.eft_seeds);
  }
  std::span<Instruction const> prompts(Settings const& s) const {
    return std::span(all).subspan(600 + s.ift_seeds + s.eft_seeds);
  }
};

inline srlm::SupervisedExample row(WordTokenizer const& words, std::string const& prompt, std::string const& response) {
  return {{prompt, words.encode_prompt(prompt)}, {response, words.encode_response(response)}};
}

/// A task that nothing in the loop speaks of: "repeat finch gold oak" is answered by "finch gold oak". What its loss
/// does over the turns is the price of alignment.
inline srlm::SupervisedExample old_task(WordTokenizer const& words, srlm::Seed seed) {
  std::string names;
  for (std::size_t i = 0; i < 3 + seed.below(3, 0); ++i) {
    names += (i > 0 ? " " : "") +
             std::string(world[seed.fork(1).below(kinds, i)].names[seed.fork(2).below(names_a_kind, i)]);
  }
  return row(words, "repeat " + names, names);
}

/// Answers of graded quality, for judging to be learned and measured.
inline constexpr std::array<double, 4> grades = {0.4, 0.6, 0.8, 1};

/// M0's text: of ten rows four and a half are answers, as many judgements of answers, and one the old task.
inline std::vector<srlm::SupervisedExample> base_text(WordTokenizer const& words, std::span<Instruction const> allowed,
                                                      std::size_t rows, Settings const& s, Care const& care,
                                                      srlm::Seed seed) {
  std::vector<srlm::SupervisedExample> text;
  for (std::size_t i = 0; i < rows; ++i) {
    srlm::Seed const own = seed.fork(i);
    Instruction const& x = allowed[own.below(allowed.size(), 0)];
    double const task = own.uniform(1);
    if (task < 0.45) {
      double const author = own.uniform(3) < s.careful_authors ? s.careful : s.careless;
      std::string const y = written_answer(author, s.rambling, x, own.fork(2));
      text.push_back(row(words, x.text(), y));
    } else if (task < 0.9) {
      std::string const y = answer_of(grades[own.below(grades.size(), 3)], x, own.fork(4));
      text.push_back(row(words, CheckRubric{}.question({x.text(), {}}, {y, {}}),
                         careless_judgement(check(x, y), care, own.fork(5))));
    } else {
      text.push_back(old_task(words, own.fork(6)));
    }
  }
  return text;
}

/// What people wrote: one answer a seed for IFT; for EFT four answers of graded quality, ranked by their true quality
/// from rank 1 on, so that none of them is an answer to imitate (section 3.1.1).
inline std::vector<srlm::SeedExample> seeds(Division const& division, Settings const& s, srlm::Seed seed) {
  std::vector<srlm::SeedExample> all;
  for (Instruction const& x : division.ift(s)) {
    all.push_back({x.text(), {{written_answer(s.ift_quality, s.ift_rambling, x, seed.fork(0).fork(all.size())), 0}}});
  }
  for (Instruction const& x : division.eft(s)) {
    srlm::SeedExample example{x.text(), {}};
    for (std::size_t g = 0; g < grades.size(); ++g) {
      std::string const y = answer_of(grades[g], x, seed.fork(1).fork(all.size()).fork(g));
      example.answers.push_back({y, 6 - quality(x, y)});
    }
    all.push_back(std::move(example));
  }
  return all;
}

} // namespace miniature
