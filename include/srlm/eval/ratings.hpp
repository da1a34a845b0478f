/// Ratings of several models from their matches (Bradley and Terry 1952; Elo), with intervals over prompts.
#pragma once
#include <srlm/eval/bootstrap.hpp>
#include <srlm/judge/elo.hpp>

namespace srlm {

/// One comparison of two models on one prompt: points of a against b, from 0 to 1.
struct Game {
  std::size_t prompt, a, b;
  double points;
};

/// A difference of 400 is odds of 10 to 1.
inline constexpr double elo_unit = 173.71779276130073; // 400 / log 10

/// One rating a model, in Elo's units, with mean 0: the maximum-likelihood ratings, where a tie is half a win each way.
/// The small ridge keeps that of a model which never lost finite, and large. Throws: Error for a game with a model or
/// prompt that is not there, against itself, or with points out of their range, and for models that no chain of games
/// joins, whose ratings nothing compares.
inline std::vector<Estimate> model_ratings(std::span<Game const> games, std::size_t models, std::size_t prompts,
                                           BootstrapOptions const& options = {}, double ridge = 1e-6) {
  std::vector<std::vector<std::size_t>> of_prompt(prompts);
  std::vector<std::size_t> group(models); // models joined by games share a number
  for (std::size_t m = 0; m < models; ++m) {
    group[m] = m;
  }
  for (std::size_t i = 0; i < games.size(); ++i) {
    Game const& g = games[i];
    bool const known = g.a < models && g.b < models && g.a != g.b && g.prompt < prompts;
    if (!known || !(g.points >= 0 && g.points <= 1)) {
      throw Error(
          "model_ratings: game " + std::to_string(i + 1),
          known ? "points out of their range" : "a model or a prompt that is not there, or a model against itself",
          "two models below " + std::to_string(models) + ", a prompt below " + std::to_string(prompts) +
              " and points from 0 to 1");
    }
    of_prompt[g.prompt].push_back(i);
    std::size_t const from = group[g.b], to = group[g.a];
    for (std::size_t& number : group) {
      number = number == from ? to : number;
    }
  }
  for (std::size_t number : group) {
    require(number == group.front(), "model_ratings", "models that no chain of games joins", "games that join all");
  }
  auto const rate = [&](std::span<std::size_t const> chosen) {
    BattleMatrix wins(models, std::vector<double>(models, 0.0));
    for (std::size_t p : chosen) {
      for (std::size_t i : of_prompt[p]) {
        wins[games[i].a][games[i].b] += games[i].points;
        wins[games[i].b][games[i].a] += 1 - games[i].points;
      }
    }
    return elo_ratings(wins, ridge);
  };
  std::vector<double> const ratings = rate(every_prompt(prompts));
  std::vector<std::vector<double>> resampled(models);
  for_each_resample(prompts, options, [&](std::span<std::size_t const> chosen) {
    std::vector<double> const again = rate(chosen);
    for (std::size_t m = 0; m < models; ++m) {
      resampled[m].push_back(elo_unit * again[m]);
    }
  });
  std::vector<Estimate> estimates;
  for (std::size_t m = 0; m < models; ++m) {
    estimates.push_back(percentile_interval(elo_unit * ratings[m], std::move(resampled[m]), options.level));
  }
  return estimates;
}

} // namespace srlm
