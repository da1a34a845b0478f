/// Human ranks as an array for NumPy and back: [prompts, answers] of whole numbers, 0 for the best, -1 for none.
#pragma once
#include <srlm/data/seed_examples.hpp>
#include <srlm/io/npy.hpp>
#include <algorithm> // max
#include <cstdint>
#include <span>
#include <string>
#include <utility> // move

namespace srlm {

using RankCube = xt::xtensor<std::int32_t, 2>; ///< [prompts, answers]

/// The ranks of all seeds; -1 where a seed has fewer answers than others.
inline RankCube rank_cube(std::span<SeedExample const> seeds) {
  std::size_t answers = 0;
  for (SeedExample const& seed : seeds) {
    answers = std::max(answers, seed.answers.size());
  }
  RankCube cube({seeds.size(), answers}, -1);
  for (std::size_t p = 0; p < seeds.size(); ++p) {
    for (std::size_t a = 0; a < seeds[p].answers.size(); ++a) {
      cube(p, a) = seeds[p].answers[a].rank;
    }
  }
  return cube;
}

/// Gives the seeds' answers these ranks. Answers of rank -1 are taken out; returns how many. Nothing is changed when it
/// throws. Throws: Error for a cube that has not one row a seed and a column for each answer, ranks below -1, ranks for
/// answers that a seed does not have, and a seed of which no answer is ranked.
inline std::size_t set_ranks(std::span<SeedExample> seeds, RankCube const& cube) {
  std::string const shape = "ranks of shape " + io::npy_shape_text(cube.shape());
  if (cube.shape(0) != seeds.size()) {
    throw Error("rank cube", shape, "one row for each of " + std::to_string(seeds.size()) + " prompts");
  }
  for (std::size_t p = 0; p < seeds.size(); ++p) {
    std::size_t const answers = seeds[p].answers.size();
    std::string const prompt = "rank cube: prompt " + std::to_string(p);
    if (answers > cube.shape(1)) {
      throw Error(prompt, shape, std::to_string(answers) + " answers at least");
    }
    bool ranked = false;
    for (std::size_t a = 0; a < cube.shape(1); ++a) {
      bool const there = a < answers;
      if (cube(p, a) < -1 || (!there && cube(p, a) != -1)) {
        throw Error(prompt + ", answer " + std::to_string(a), std::to_string(cube(p, a)),
                    there ? "0 for the best, 1, ...; -1 for none" : "-1, because the prompt has fewer answers");
      }
      ranked = ranked || cube(p, a) >= 0;
    }
    if (!ranked) {
      throw Error(prompt, "no answer with a rank", "one at least");
    }
  }
  std::size_t without = 0;
  for (std::size_t p = 0; p < seeds.size(); ++p) {
    std::vector<RankedAnswer> ranked;
    for (std::size_t a = 0; a < seeds[p].answers.size(); ++a) {
      if (cube(p, a) < 0) {
        ++without;
        continue;
      }
      ranked.push_back(std::move(seeds[p].answers[a]));
      ranked.back().rank = cube(p, a);
    }
    seeds[p].answers = std::move(ranked);
  }
  return without;
}

} // namespace srlm
