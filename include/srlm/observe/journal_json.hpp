/// The units of work as JSON, exactly: what is read back is what was written, bit for bit.
#pragma once
#include <srlm/core/events.hpp>
#include <srlm/core/preference.hpp>
#include <srlm/io/json.hpp>

namespace srlm::observe {

using io::Json;
using io::OrderedJson;

/// A string, or, for an answer that was cut inside a character, the numbers of its bytes: JSON holds no broken UTF-8.
inline OrderedJson text_json(std::string const& text) {
  try {
    (void)OrderedJson(text).dump();
    return text;
  } catch (OrderedJson::exception const&) {
    OrderedJson bytes = OrderedJson::array();
    for (char c : text) {
      bytes.push_back(static_cast<unsigned char>(c));
    }
    return bytes;
  }
}

inline std::string text_of(Json const& json) {
  if (json.is_string()) {
    return json.get<std::string>();
  }
  std::string text;
  for (Json const& byte : json) {
    text.push_back(static_cast<char>(byte.get<unsigned char>()));
  }
  return text;
}

inline OrderedJson to_json(Prompt const& p) { return {{"text", text_json(p.text)}, {"ids", p.tokens}}; }
inline void from_json(Json const& j, Prompt& p) { p = {text_of(j.at("text")), j.at("ids").get<Tokens>()}; }

inline OrderedJson to_json(Response const& y) {
  return {{"text", text_json(y.text)}, {"ids", y.tokens}, {"finished", y.finished}};
}
inline void from_json(Json const& j, Response& y) {
  y = {text_of(j.at("text")), j.at("ids").get<Tokens>(), j.at("finished").get<bool>()};
}

inline OrderedJson score_json(Score score) { return score ? OrderedJson(*score) : OrderedJson(nullptr); }
inline Score score_of(Json const& j) { return j.is_null() ? Score() : Score(j.get<float>()); }

inline OrderedJson to_json(Verdict const& v) {
  OrderedJson json{
      {"score", score_json(v.score)}, {"cause", std::string(name_of(v.cause))}, {"text", text_json(v.text)}};
  if (!v.tokens.empty()) {
    json["ids"] = v.tokens;
  }
  return json;
}
inline void from_json(Json const& j, Verdict& v) {
  v.score = score_of(j.at("score"));
  v.text = text_of(j.at("text"));
  v.tokens = j.contains("ids") ? j.at("ids").get<Tokens>() : Tokens{};
  auto const name = j.at("cause").get<std::string>();
  for (VerdictCause cause : verdict_causes) {
    if (name_of(cause) == name) {
      v.cause = cause;
      return;
    }
  }
  throw Error("verdict", "the cause \"" + name + "\"", "one that srlm writes");
}

OrderedJson to_json(JudgedGroup const&);
OrderedJson to_json(PreferencePair const&);
void from_json(Json const&, JudgedGroup&);
void from_json(Json const&, PreferencePair&);

template <class T>
OrderedJson to_json(std::vector<T> const& items) {
  OrderedJson array = OrderedJson::array();
  for (T const& item : items) {
    array.push_back(to_json(item));
  }
  return array;
}
template <class T>
void from_json(Json const& j, std::vector<T>& items) {
  if (!j.is_array()) {
    throw Error("a unit of the journal", io::excerpt(j), "an array");
  }
  items.clear();
  for (Json const& item : j) {
    from_json(item, items.emplace_back());
  }
}

/// Written where somebody asked for it.
inline void add_consistency(OrderedJson& json, float consistency) {
  if (consistency != 1) {
    json["consistency"] = consistency;
  }
}

inline OrderedJson to_json(JudgedGroup const& g) {
  OrderedJson scores = OrderedJson::array();
  for (Score score : g.scores) {
    scores.push_back(score_json(score));
  }
  OrderedJson json{{"prompt", to_json(g.prompt)},
                   {"responses", to_json(g.responses)},
                   {"scores", scores},
                   {"verdicts", to_json(g.verdicts)}};
  add_consistency(json, g.consistency);
  return json;
}
inline void from_json(Json const& j, JudgedGroup& g) {
  from_json(j.at("prompt"), g.prompt);
  from_json(j.at("responses"), g.responses);
  g.scores.clear();
  for (Json const& score : j.at("scores")) {
    g.scores.push_back(score_of(score));
  }
  from_json(j.at("verdicts"), g.verdicts);
  g.consistency = j.value("consistency", 1.0f);
}

inline OrderedJson to_json(PreferencePair const& p) {
  OrderedJson json{{"prompt", to_json(p.prompt)},
                   {"chosen", to_json(p.chosen)},
                   {"rejected", to_json(p.rejected)},
                   {"chosen_score", score_json(p.chosen_score)},
                   {"rejected_score", score_json(p.rejected_score)},
                   {"reference_chosen", p.reference_chosen},
                   {"reference_rejected", p.reference_rejected}};
  add_consistency(json, p.consistency);
  return json;
}
inline void from_json(Json const& j, PreferencePair& p) {
  from_json(j.at("prompt"), p.prompt);
  from_json(j.at("chosen"), p.chosen);
  from_json(j.at("rejected"), p.rejected);
  p.chosen_score = score_of(j.at("chosen_score"));
  p.rejected_score = score_of(j.at("rejected_score"));
  p.reference_chosen = j.at("reference_chosen").get<float>();
  p.reference_rejected = j.at("reference_rejected").get<float>();
  p.consistency = j.value("consistency", 1.0f);
}

inline OrderedJson to_json(StepTaken const& s) {
  OrderedJson json{{"step", s.step},
                   {"steps", s.steps},
                   {"loss", s.loss},
                   {"chosen_reward", s.chosen_reward},
                   {"rejected_reward", s.rejected_reward},
                   {"margin", s.margin},
                   {"accuracy", s.accuracy},
                   {"chosen_log_prob", s.chosen_log_prob},
                   {"rejected_log_prob", s.rejected_log_prob},
                   {"rate", s.rate},
                   {"gradient_norm", s.gradient_norm},
                   {"tokens", s.tokens}};
  if (s.replay_loss != 0) {
    json["replay_loss"] = s.replay_loss;
  }
  if (s.held_out) {
    json["held_out"] = *s.held_out;
  }
  return json;
}
inline void from_json(Json const& j, StepTaken& s) {
  s.step = j.at("step").get<std::size_t>();
  s.steps = j.at("steps").get<std::size_t>();
  s.loss = j.at("loss").get<double>();
  s.chosen_reward = j.at("chosen_reward").get<double>();
  s.rejected_reward = j.at("rejected_reward").get<double>();
  s.margin = j.at("margin").get<double>();
  s.accuracy = j.at("accuracy").get<double>();
  s.chosen_log_prob = j.at("chosen_log_prob").get<double>();
  s.rejected_log_prob = j.at("rejected_log_prob").get<double>();
  s.rate = j.at("rate").get<double>();
  s.gradient_norm = j.at("gradient_norm").get<double>();
  s.tokens = j.at("tokens").get<std::size_t>();
  s.replay_loss = j.value("replay_loss", 0.0);
  s.held_out = j.contains("held_out") ? std::optional(j.at("held_out").get<double>()) : std::nullopt;
}

} // namespace srlm::observe
