/// loss: values and derivatives of a preference loss, without a model.
#include "any_loss.hpp"
#include "command.hpp"
#include <cmath> // isfinite

namespace srlm::cli {

namespace {

struct LossCommandOptions : Lines, LossOptions {};

double finite_number(InputLine const& line, char const* key) {
  double const value = io::required_number(line.json, key, line.where);
  if (!std::isfinite(value)) {
    throw Error(line.where + ": " + key, io::excerpt(line.json.at(key)), "a finite number");
  }
  return value;
}

double length(InputLine const& line, char const* key) {
  double const value = finite_number(line, key);
  if (!(value >= 1)) {
    throw Error(line.where + ": " + key, short_number(value), "a length of at least 1 token");
  }
  return value;
}

/// A log-probability as the loss weighs the tokens behind the length of the shorter answer. Those of a loss that gives
/// them another weight need "<key>_head", of as many tokens as the shorter answer has.
double weighed(InputLine const& line, char const* key, bool is_longer, double tail_weight) {
  double const whole = finite_number(line, key);
  if (tail_weight == 1 || !is_longer) {
    return whole;
  }
  double const head = finite_number(line, (std::string(key) + "_head").c_str());
  return tail_weight * whole + (1 - tail_weight) * head;
}

PairLogProbs pair_of(InputLine const& line, double tail_weight) {
  double const w = length(line, "chosen_length"), l = length(line, "rejected_length");
  auto const consistency = io::optional_number(line.json, "consistency", line.where).value_or(1);
  if (!(consistency >= 0 && consistency <= 1)) {
    throw Error(line.where + ": consistency", short_number(consistency), "a number from 0 to 1");
  }
  return {weighed(line, "chosen", w > l, tail_weight),
          weighed(line, "rejected", l > w, tail_weight),
          weighed(line, "reference_chosen", w > l, tail_weight),
          weighed(line, "reference_rejected", l > w, tail_weight),
          w,
          l,
          consistency};
}

} // namespace

Action add_loss(CLI::App& app) {
  auto const o = std::make_shared<LossCommandOptions>();
  app.add_option("NAME", o->text, "one of " + joined(names_of(Losses{})) + "; several with commas: their sum")
      ->required();
  o->Lines::add(app);
  o->add_parameters(app);
  app.footer(
      "A line in: {\"chosen\", \"rejected\", \"reference_chosen\", \"reference_rejected\": log-probabilities in "
      "nats,\nsummed over the response; \"chosen_length\", \"rejected_length\": tokens}. A line out: {\"value\", "
      "\"d_chosen\",\n\"d_rejected\"}. All lines together are the batch of a loss that looks at batches.");
  return [o] {
    AnyLoss const loss = o->make();
    auto const lines = read_lines(o->in);
    std::vector<PairLogProbs> pairs;
    for (InputLine const& line : lines) {
      pairs.push_back(pair_of(line, loss.tail_weight()));
    }
    std::vector<PairLoss> losses(pairs.size());
    loss(pairs, losses);
    io::JsonlWriter out(o->out, io::JsonlWriter::Mode::replace);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      PairLoss const& l = losses[i];
      if (!std::isfinite(l.value) || !std::isfinite(l.d_chosen) || !std::isfinite(l.d_rejected)) {
        throw Error(lines[i].where, "a loss that is not finite", "log-probabilities for which " + o->text + " is");
      }
      out.append(io::OrderedJson{{"value", l.value}, {"d_chosen", l.d_chosen}, {"d_rejected", l.d_rejected}});
    }
    out.close();
    return 0;
  };
}

} // namespace srlm::cli
