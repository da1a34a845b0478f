/// The data of a report as JSON for its page, within a number of bytes: of many steps means are kept, long texts are
/// cut, and of too many pairs an even share is left; the page says so.
#pragma once
#include <srlm/observe/report_data.hpp>
#include <cmath>   // isfinite
#include <cstdlib> // strtod
#include <map>

namespace srlm::observe {

/// Text that may stand in an HTML script element of type application/json, whatever is in it: no markup can begin or
/// end there. Bytes that are not UTF-8 become U+FFFD.
inline std::string embedded_json(OrderedJson const& json) {
  std::string const text = json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string_view const rest = std::string_view(text).substr(i);
    if (text[i] == '<' || text[i] == '>' || text[i] == '&') {
      safe += text[i] == '<' ? "\\u003c" : text[i] == '>' ? "\\u003e" : "\\u0026";
    } else if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9")) { // U+2028 and U+2029
      safe += rest[2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      safe += text[i];
    }
  }
  return safe;
}

namespace detail {

/// Six digits are enough to look at; null where there is no number.
inline OrderedJson number_json(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", x);
  return std::isfinite(x) ? OrderedJson(std::strtod(text, nullptr)) : OrderedJson(nullptr);
}
inline OrderedJson number_json(std::optional<double> x) { return x ? number_json(*x) : OrderedJson(nullptr); }

/// [value, low, high], or null.
inline OrderedJson estimate_json(std::optional<Estimate> const& e) {
  return e ? OrderedJson{number_json(e->value), number_json(e->low), number_json(e->high)} : OrderedJson(nullptr);
}

/// The beginning of a text, up to about so many bytes and never inside a character, and how much is left out.
inline std::string cut(std::string const& text, std::size_t most) {
  if (text.size() <= most + 40) { // the note is no shorter
    return text;
  }
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) {
    --end;
  }
  return text.substr(0, end) + "\u2026 [" + std::to_string(text.size() - end) + " more bytes]";
}

inline OrderedJson model_json(ModelReport const& m) {
  ModelSummary const& s = m.summary;
  OrderedJson json{{"index", m.index},
                   {"held_out", s.held_out},
                   {"score", estimate_json(m.score)},
                   {"length", estimate_json(m.length)},
                   {"usable", estimate_json(m.usable)},
                   {"finished", estimate_json(m.finished)},
                   {"gap", estimate_json(m.gap)},
                   {"training_loss", number_json(s.training_loss)},
                   {"first_loss", number_json(s.first_preference_loss)},
                   {"margin", number_json(s.margin)},
                   {"accuracy", number_json(s.accuracy)},
                   {"kl", number_json(s.divergence)},
                   {"judge_accuracy", number_json(s.judge_accuracy)}};
  if (s.judged) {
    json["prompts"] = s.judged->groups;
    json["answers"] = s.judged->responses;
    json["verdicts"] = s.judged->verdicts;
    json["unusable"] = counts_text(s.judged->unusable);
    if (!s.held_out) {
      json["pairs"] = s.judged->pairs;
    }
  }
  return json;
}

/// The scores of all models in the same bins, whose centres are the ends of the scale and even steps between them: 0 to
/// 5 where all scores lie there, else from the lowest to the highest.
inline OrderedJson histograms_json(std::vector<ModelReport> const& models) {
  std::size_t constexpr bins = 11;
  float low = 0, high = 5;
  for (ModelReport const& m : models) {
    for (float score : m.summary.judged ? m.summary.judged->scores : std::vector<float>()) {
      low = std::min(low, score);
      high = std::max(high, score);
    }
  }
  OrderedJson json{{"low", number_json(static_cast<double>(low))}, {"high", number_json(static_cast<double>(high))}};
  json["models"] = OrderedJson::array();
  for (ModelReport const& m : models) {
    if (m.summary.judged && !m.summary.judged->scores.empty()) {
      std::vector<std::size_t> counts(bins);
      for (float score : m.summary.judged->scores) {
        ++counts[static_cast<std::size_t>(std::lround((score - low) / (high - low) * static_cast<float>(bins - 1)))];
      }
      json["models"].push_back({{"index", m.index}, {"counts", counts}});
    }
  }
  return json;
}

struct StepMeasure {
  char const* name;
  double StepTaken::*value;
  bool of_pairs;
};
inline constexpr StepMeasure step_measures[] = {{"loss", &StepTaken::loss, false},
                                                {"margin", &StepTaken::margin, true},
                                                {"accuracy", &StepTaken::accuracy, true},
                                                {"chosen_reward", &StepTaken::chosen_reward, true},
                                                {"rejected_reward", &StepTaken::rejected_reward, true},
                                                {"chosen_log_prob", &StepTaken::chosen_log_prob, true},
                                                {"rejected_log_prob", &StepTaken::rejected_log_prob, true},
                                                {"gradient_norm", &StepTaken::gradient_norm, false}};

/// A stage of one turn as points: a step each, or the mean of neighbouring ones with its interval.
inline OrderedJson stage_json(std::span<StepTaken const> steps, std::size_t points) {
  std::size_t const width = (steps.size() + points - 1) / points;
  OrderedJson json{{"t", steps.front().t}, {"stage", std::string(srlm::name_of(steps.front().stage))}};
  json["steps"] = steps.front().steps;
  json["at"] = OrderedJson::array();
  for (std::size_t first = 0; first < steps.size(); first += width) {
    auto const bin = steps.subspan(first, std::min(width, steps.size() - first));
    json["at"].push_back(number_json(static_cast<double>(bin.front().step + bin.back().step) / 2 + 1));
    for (StepMeasure const& measure : step_measures) {
      if (measure.of_pairs && bin.front().stage != Stage::preference) {
        continue;
      }
      std::vector<double> values;
      for (StepTaken const& step : bin) {
        values.push_back(step.*(measure.value));
      }
      auto const mean = mean_interval(values);
      json[measure.name].push_back(mean ? estimate_json(mean) : OrderedJson{number_json(values.front())});
    }
  }
  return json;
}

inline OrderedJson steps_json(std::vector<StepTaken> const& steps, std::size_t points) {
  OrderedJson json = OrderedJson::array();
  for (std::size_t first = 0, end = 0; first < steps.size(); first = end) {
    while (end < steps.size() && steps[end].t == steps[first].t && steps[end].stage == steps[first].stage) {
      ++end;
    }
    std::size_t const share = points * (end - first) / steps.size();
    json.push_back(stage_json(std::span(steps).subspan(first, end - first), std::max<std::size_t>(share, 2)));
  }
  return json;
}

inline OrderedJson answer_json(JudgedAnswer const& a, std::size_t most) {
  OrderedJson votes = OrderedJson::array();
  for (Verdict const& v : a.verdicts) {
    votes.push_back({{"score", score_json(v.score)}, {"text", cut(v.text, most)}});
    if (!v.score) {
      votes.back()["cause"] = std::string(srlm::name_of(v.cause));
    }
  }
  return {{"text", cut(a.response.text, most)},
          {"tokens", a.response.tokens.size()},
          {"finished", a.response.finished},
          {"score", a.score ? number_json(static_cast<double>(*a.score)) : OrderedJson(nullptr)},
          {"votes", votes}};
}

/// Every pair that `keep` names, as text for the page.
inline OrderedJson pairs_json(std::vector<ReportPair> const& pairs, std::size_t keep, std::size_t most) {
  OrderedJson json = OrderedJson::array();
  for (std::size_t i = 0; i < keep; ++i) {
    ReportPair const& p = pairs[i * pairs.size() / keep];
    json.push_back({{"t", p.t},
                    {"prompt", cut(p.prompt.text, most)},
                    {"chosen", answer_json(p.chosen, most)},
                    {"rejected", answer_json(p.rejected, most)}});
  }
  return json;
}

/// What the texts of the pairs, cut, take at least: escapes only add to it.
inline std::size_t text_bytes(std::vector<ReportPair> const& pairs, std::size_t most) {
  std::size_t sum = 0;
  for (ReportPair const& p : pairs) {
    sum += std::min(p.prompt.text.size(), most);
    for (JudgedAnswer const* a : {&p.chosen, &p.rejected}) {
      sum += std::min(a->response.text.size(), most);
      for (Verdict const& v : a->verdicts) {
        sum += std::min(v.text.size(), most);
      }
    }
  }
  return sum;
}

/// The pairs within so many bytes: with texts as long as can be, but 300 bytes at least, then fewer of them.
inline OrderedJson pairs_within(std::vector<ReportPair> const& pairs, std::size_t bytes) {
  std::size_t keep = pairs.size(), most = 64'000;
  std::size_t constexpr least = 300;
  while (most > least && text_bytes(pairs, most) > bytes) {
    most = std::max(most / 2, least);
  }
  for (;;) {
    OrderedJson json{{"all", pairs.size()}, {"cut_at", most}, {"shown", pairs_json(pairs, keep, most)}};
    std::size_t const size = embedded_json(json).size();
    if (size <= bytes || keep == 0) {
      return json;
    }
    if (most > least) {
      most = std::max(most / 2, least);
    } else { // in proportion, and a little less
      keep = static_cast<std::size_t>(0.95 * static_cast<double>(keep) * static_cast<double>(bytes) /
                                      static_cast<double>(size));
    }
  }
}

inline OrderedJson results_json(std::vector<ResultCell> const& cells) {
  OrderedJson json = OrderedJson::array();
  for (ResultCell const& c : cells) {
    bool const none = c.seeds == 0;
    json.push_back({{"measure", c.measure},
                    {"arm", c.arm},
                    {"model", c.model},
                    {"seeds", c.seeds},
                    {"mean", none ? OrderedJson(nullptr) : number_json(c.mean)},
                    {"interval", estimate_json(c.interval)}});
  }
  return json;
}

inline OrderedJson comparisons_json(Comparisons const& comparisons) {
  OrderedJson compared = OrderedJson::array(), rated = OrderedJson::array();
  for (ComparedSides const& c : comparisons.compared) {
    compared.push_back({{"a", c.a},
                        {"b", c.b},
                        {"prompts", c.prompts},
                        {"win", estimate_json(c.win)},
                        {"tie", estimate_json(c.tie)},
                        {"lose", estimate_json(c.lose)},
                        {"win_rate", estimate_json(c.win_rate)},
                        {"length_controlled", estimate_json(c.length_controlled)}});
  }
  for (RatedSides const& r : comparisons.rated) {
    OrderedJson sides = OrderedJson::array();
    for (RatedSide const& s : r.sides) {
      sides.push_back({{"name", s.name},
                       {"games", s.games},
                       {"rating", estimate_json(s.rating)},
                       {"win_rate", estimate_json(s.win_rate)},
                       {"length_controlled", estimate_json(s.length_controlled)}});
    }
    rated.push_back({{"baseline", r.baseline}, {"sides", std::move(sides)}});
  }
  return {{"compared", std::move(compared)}, {"rated", std::move(rated)}};
}

} // namespace detail

/// Everything that the page shows, in at most so many bytes (as embedded_json) where pairs can make room.
inline OrderedJson report_json(ReportData const& data, std::vector<Warning> const& warnings, std::size_t bytes) {
  using namespace detail;
  OrderedJson json{{"name", data.name}, {"ended", data.ended}};
  json["last"] = data.last_unit ? OrderedJson{{"t", data.last_unit->t},
                                              {"stage", std::string(srlm::name_of(data.last_unit->stage))},
                                              {"index", data.last_unit->index}}
                                : OrderedJson(nullptr);
  json["models"] = OrderedJson::array();
  for (ModelReport const& model : data.models) {
    json["models"].push_back(model_json(model));
  }
  json["histograms"] = histograms_json(data.models);
  json["warnings"] = OrderedJson::array();
  for (Warning const& w : warnings) {
    json["warnings"].push_back(w.text);
  }
  json["stages"] = steps_json(data.steps, 600);
  json["answers"] = OrderedJson::array();
  for (HeldOutAnswers const& a : data.answers) {
    json["answers"].push_back(
        {{"prompt", cut(a.prompt, 20'000)}, {"first", cut(a.first, 20'000)}, {"last", cut(a.last, 20'000)}});
  }
  json["results"] = results_json(data.results);
  json["comparisons"] = comparisons_json(data.comparisons);
  json["identity"] = data.identity;
  json["options"] = data.options;
  json["files"] = data.files;
  std::size_t const rest = embedded_json(json).size();
  json["pairs"] = pairs_within(data.pairs, bytes > rest ? bytes - rest : 0);
  return json;
}

} // namespace srlm::observe
