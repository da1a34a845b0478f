/// Head to head: both orders, win rates with and without the length's part, and ratings of several models.
#include "eval/fixture.hpp"
#include <srlm/eval/head_to_head.hpp>
#include <srlm/eval/length_controlled.hpp>
#include <srlm/eval/prompt_difficulty.hpp>
#include <srlm/eval/ratings.hpp>
#include <srlm/judge/both_orders.hpp>

using namespace srlm;
using namespace eval_fixture;

TEST_CASE("a win needs both orders to agree") {
  using B = Better;
  CHECK(in_both_orders(B::first, B::second) == Score(1.0f));
  CHECK(in_both_orders(B::second, B::first) == Score(0.0f));
  CHECK(in_both_orders(B::first, B::first) == Score(0.5f)); // whichever is first
  CHECK(in_both_orders(B::second, B::second) == Score(0.5f));
  CHECK(in_both_orders(B::tie, B::tie) == Score(0.5f));
  CHECK(in_both_orders(B::first, B::tie) == Score(0.5f));
  CHECK(in_both_orders(std::nullopt, B::second) == Score());
  CHECK(in_both_orders(B::first, std::nullopt) == Score());
}

TEST_CASE("matches are counted, a tie is half a win, and what was unusable counts nowhere") {
  std::vector<Match> const matches{{1.0f}, {1.0f}, {0.75f}, {0.5f}, {0.0f}, {Score()}};
  HeadToHead const result = head_to_head(matches, {.resamples = 200});
  CHECK(result.wins == 3);
  CHECK(result.ties == 1);
  CHECK(result.losses == 1);
  CHECK(result.unusable == 1);
  REQUIRE(result.win_rate);
  CHECK(result.win_rate->value == Catch::Approx(3.25 / 5));
  CHECK(result.sign_test_p == Catch::Approx(0.625)); // 3 of 4
  HeadToHead const nothing = head_to_head(std::vector<Match>{{Score()}});
  CHECK_FALSE(nothing.win_rate);
  CHECK(nothing.sign_test_p == 1);
  CHECK_THROWS(head_to_head({}));
  CHECK_THROWS(head_to_head(std::vector<Match>{{1.5f}}));
  CHECK_THROWS(head_to_head(std::vector<Match>{{NAN}}));
  CHECK_THROWS(head_to_head(std::vector<Match>{{1.0f, -1, 2}}));
}

TEST_CASE("at matched length stay the matches whose lengths differ little") {
  std::vector<Match> const matches{{1.0f, 100, 91}, {1.0f, 91, 100}, {0.0f, 100, 89}, {0.5f, 0, 0}};
  CHECK(at_matched_length(matches, 0.1).size() == 3);
  CHECK(at_matched_length(matches, 0).size() == 1);
  CHECK(at_matched_length(matches, 1).size() == 4);
  CHECK_THROWS(at_matched_length(matches, 1.1));
}

TEST_CASE("the length-controlled fit is scikit-learn's, with and without difficulties") {
  Json const& e = eval_json().at("length_controlled");
  std::vector<Match> matches;
  for (std::size_t i = 0; i < e.at("points").size(); ++i) {
    matches.push_back({e.at("points")[i].get<float>(), e.at("length_a")[i], e.at("length_b")[i]});
  }
  auto const check = [&](std::vector<double> const& difficulty, Json const& expected) {
    auto const fit = length_controlled(matches, difficulty, every_prompt(matches.size()), e.at("ridge"));
    REQUIRE(fit);
    check_close(fit->ability, expected.at("ability"), 1e-6);
    check_close(fit->length, expected.at("length"), 1e-6);
    check_close(fit->difficulty, expected.at("difficulty"), 1e-6);
    check_close(fit->win_rate, expected.at("win_rate"), 1e-6);
  };
  check(numbers(e.at("difficulty")), e.at("with_difficulty"));
  check({}, e.at("without_difficulty"));
}

TEST_CASE("a known length-controlled win rate comes back to a tenth of a point") {
  // 805 prompts, as AlpacaEval has; b is twice as long, and the judge likes what is long. Preferences are the model's
  // own probabilities, as AlpacaEval's are a judge's, so the answer is known.
  double constexpr ability = 0.3, length = 1.2, slope = 0.5;
  std::vector<Match> matches;
  std::vector<double> difficulty, difference;
  double truth = 0;
  for (std::size_t i = 0; i < 805; ++i) {
    Seed const seed = Seed{805}.fork(i);
    double const a = static_cast<double>(500 + seed.below(1000, 0)),
                 b = static_cast<double>(1000 + seed.below(2000, 1));
    matches.push_back({0.5f, a, b});
    difference.push_back(a - b);
    difficulty.push_back(3 * seed.uniform(2) - 1.5);
    truth += loss::sigmoid(ability + slope * difficulty.back()) / 805;
  }
  double mean = 0, squares = 0, raw = 0;
  for (double d : difference) {
    mean += d / 805;
  }
  for (double d : difference) {
    squares += (d - mean) * (d - mean) / 804;
  }
  for (std::size_t i = 0; i < 805; ++i) {
    double const p =
        loss::sigmoid(ability + length * std::tanh(difference[i] / std::sqrt(squares)) + slope * difficulty[i]);
    matches[i].points = static_cast<float>(p);
    raw += p / 805;
  }
  auto const estimate = length_controlled(matches, difficulty, {.resamples = 50});
  REQUIRE(estimate);
  CHECK(std::abs(truth - raw) > 0.1); // the length decides much
  CHECK(std::abs(estimate->win_rate.value - truth) < 0.0005);
  CHECK(estimate->fit.ability == Catch::Approx(ability).margin(1e-3));
  CHECK(estimate->fit.length == Catch::Approx(length).margin(1e-3));
  CHECK(estimate->fit.difficulty == Catch::Approx(slope).margin(1e-3));
  CHECK(estimate->win_rate.low < truth);
  CHECK(truth < estimate->win_rate.high);
}

TEST_CASE(
    "without a difference of lengths the length-controlled rate is the plain one, and swapping sides turns it round") {
  std::vector<Match> same{{1.0f, 7, 7}, {1.0f, 9, 9}, {0.0f, 3, 3}, {0.5f, 4, 4}, {Score(), 1, 90}};
  auto const fit = length_controlled(same, {}, BootstrapOptions{.resamples = 20});
  REQUIRE(fit);
  CHECK(fit->win_rate.value == Catch::Approx(2.5 / 4).margin(1e-5));
  CHECK(fit->fit.length == 0);
  std::vector<Match> longer; // by two each: the mean of the differences is not exact
  for (int i = 0; i < 11; ++i) {
    longer.push_back({i == 0 ? 1.0f : 0.0f, 5, 3});
  }
  CHECK(length_controlled(longer, {}, every_prompt(11))->win_rate == Catch::Approx(1.0 / 11).margin(1e-5));
  std::vector<Match> matches, swapped;
  for (std::size_t i = 0; i < 40; ++i) {
    Seed const seed = Seed{3}.fork(i);
    Match const m{seed.uniform(0) < 0.6 ? 1.0f : 0.0f, 100 * seed.uniform(1), 100 * seed.uniform(2)};
    matches.push_back(m);
    swapped.push_back({1 - *m.points, m.length_b, m.length_a});
  }
  auto const one = length_controlled(matches, {}, every_prompt(40)),
             other = length_controlled(swapped, {}, every_prompt(40));
  CHECK(one->win_rate == Catch::Approx(1 - other->win_rate));
  CHECK_FALSE(length_controlled(std::vector<Match>{{Score(), 1, 2}}, {}, BootstrapOptions{.resamples = 5}));
  CHECK_THROWS(length_controlled(matches, std::vector<double>{1}));
}

TEST_CASE("difficulties that several models share, and the rates with them, are scipy's and scikit-learn's") {
  Json const& e = eval_json().at("joint");
  std::vector<std::vector<Match>> models;
  for (std::size_t m = 0; m < e.at("points").size(); ++m) {
    models.emplace_back();
    std::vector<Score> const points = scores(e.at("points")[m]);
    for (std::size_t x = 0; x < points.size(); ++x) {
      models.back().push_back({points[x], e.at("length")[m][x], e.at("baseline_length")[x]});
    }
  }
  std::vector<double> const difficulty = prompt_difficulties(models, e.at("ridge").get<double>());
  for (std::size_t x = 0; x < difficulty.size(); ++x) {
    INFO(x);
    CHECK(std::abs(difficulty[x] - e.at("difficulty")[x].get<double>()) < 1e-5);
  }
  for (std::size_t m = 0; m < models.size(); ++m) {
    auto const fit = length_controlled(models[m], difficulty, every_prompt(difficulty.size()), e.at("ridge_of_rates"));
    REQUIRE(fit);
    check_close(fit->ability, e.at("rates")[m].at("ability"), 1e-4);
    check_close(fit->length, e.at("rates")[m].at("length"), 1e-4);
    check_close(fit->difficulty, e.at("rates")[m].at("difficulty"), 1e-4);
    check_close(fit->win_rate, e.at("rates")[m].at("win_rate"), 1e-5);
  }
}

TEST_CASE("known length-controlled win rates of several models come back to a tenth of a point, difficulties unknown") {
  std::size_t constexpr models = 12, prompts = 200;
  std::vector<std::vector<Match>> matches(models);
  std::vector<double> gamma, truth;
  for (std::size_t x = 0; x < prompts; ++x) {
    gamma.push_back(3 * Seed{1}.uniform(x) - 1.5);
  }
  for (std::size_t m = 0; m < models; ++m) {
    Seed const seed = Seed{2}.fork(m);
    double const ability = 2 * seed.uniform(0) - 1, length = 2 * seed.uniform(1);
    for (std::size_t x = 0; x < prompts; ++x) {
      double const a = (1 + seed.uniform(2)) * (500 + 1500 * seed.uniform(3 + x)), b = 500 + 1500 * Seed{3}.uniform(x);
      matches[m].push_back({0.5f, a, b});
    }
    std::vector<double> const terms = length_terms(matches[m], every_prompt(prompts));
    truth.push_back(0);
    for (std::size_t x = 0; x < prompts; ++x) {
      matches[m][x].points = static_cast<float>(loss::sigmoid(ability + length * terms[x] + gamma[x]));
      truth[m] += loss::sigmoid(ability + gamma[x]) / prompts;
    }
  }
  // Probabilities are exact, so the difficulties need no ridge to speak of.
  auto const fit = jointly_length_controlled(matches, {.resamples = 20}, 1e-3);
  double without = 0;
  for (std::size_t m = 0; m < models; ++m) {
    INFO(m);
    REQUIRE(fit.models[m]);
    CHECK(std::abs(fit.models[m]->win_rate.value - truth[m]) < 0.001);
    CHECK(fit.models[m]->win_rate.low <= fit.models[m]->win_rate.value);
    auto const plain = length_controlled(matches[m], {}, every_prompt(prompts));
    without = std::max(without, std::abs(plain->win_rate - truth[m]));
  }
  CHECK(without > 0.002); // without difficulties the rates are not these
  CHECK(fit.difficulty.size() == prompts);
}

TEST_CASE("difficulties need models over the same prompts; what nobody played on has none, and nobody is no model") {
  std::vector<std::vector<Match>> matches{{{1.0f}, {0.0f}, {Score()}}, {{1.0f}, {0.5f}, {Score()}}};
  auto const fit = jointly_length_controlled(matches, {.resamples = 5});
  CHECK(fit.difficulty[0] > fit.difficulty[2]);
  CHECK(fit.difficulty[2] > fit.difficulty[1]);
  CHECK(fit.difficulty[0] + fit.difficulty[1] + fit.difficulty[2] == Catch::Approx(0).margin(1e-9));
  matches.push_back(std::vector<Match>(3));
  CHECK_FALSE(jointly_length_controlled(matches, {.resamples = 5}).models[2]);
  matches.push_back({{1.0f}});
  CHECK_THROWS(prompt_difficulties(matches));
  CHECK_THROWS(prompt_difficulties({}));
  matches.pop_back();
  CHECK_THROWS(prompt_difficulties(matches, 0));
}

TEST_CASE("ratings are scikit-learn's, centred, with intervals over prompts") {
  Json const& e = eval_json().at("ratings");
  std::vector<Game> games;
  for (Json const& g : e.at("games")) {
    games.push_back({g[0], g[1], g[2], g[3]});
  }
  auto const ratings = model_ratings(games, e.at("models"), e.at("prompts"), {.resamples = 100}, e.at("ridge"));
  REQUIRE(ratings.size() == e.at("ratings").size());
  double sum = 0;
  for (std::size_t m = 0; m < ratings.size(); ++m) {
    check_close(ratings[m].value, e.at("ratings")[m], 1e-6);
    CHECK(ratings[m].low < ratings[m].value);
    CHECK(ratings[m].value < ratings[m].high);
    sum += ratings[m].value;
  }
  CHECK(std::abs(sum) < 1e-6);
}

TEST_CASE("odds of ten to one are 400 points, and models that nothing compares are refused") {
  std::vector<Game> games;
  for (std::size_t i = 0; i < 11; ++i) {
    games.push_back({i, 0, 1, i == 0 ? 0.0 : 1.0});
  }
  auto const ratings = model_ratings(games, 2, 11, {.resamples = 5});
  CHECK(ratings[0].value - ratings[1].value == Catch::Approx(400).epsilon(1e-4));
  CHECK_THROWS(model_ratings(games, 3, 11));
  CHECK_THROWS(model_ratings(games, 2, 10));
  CHECK_THROWS(model_ratings(std::vector<Game>{{0, 1, 1, 1}}, 2, 1));
  CHECK_THROWS(model_ratings(std::vector<Game>{{0, 0, 1, NAN}}, 2, 1));
}
