/// health: what a set of answers looks like, without a model.
#include "answers.hpp"
#include <srlm/eval/text_health.hpp>

namespace srlm::cli {

namespace {

io::OrderedJson spread_json(Spread const& spread) {
  return {{"mean", spread.mean}, {"median", spread.median}, {"least", spread.least}, {"most", spread.most}};
}

io::OrderedJson health_json(TextHealth const& health, bool ends_known) {
  io::OrderedJson json{{"responses", health.responses},
                       {"ended", nullptr},
                       {"blank", health.blank},
                       {"characters", spread_json(health.characters)},
                       {"words", spread_json(health.words)},
                       {"tokens", nullptr},
                       {"repetition", health.repetition},
                       {"longest_run", spread_json(health.longest_run)},
                       {"distinct", health.distinct},
                       {"self_bleu", nullptr}};
  if (ends_known) {
    json["ended"] = health.ended;
  }
  if (health.tokens) {
    json["tokens"] = spread_json(*health.tokens);
  }
  if (health.self_bleu) {
    json["self_bleu"] = *health.self_bleu;
  }
  return json;
}

} // namespace

Action add_health(CLI::App& app) {
  auto const o = std::make_shared<Lines>();
  o->add(app);
  app.footer(
      "A line in: {\"response\"} or {\"candidates\": [{\"text\"}, ...]}, as `srlm generate` writes them. Out: one JSON "
      "object\nabout all of them: lengths, the share that ended (null: the lines do not say), repetition of runs of 1 "
      "to 4 words,\ndistinct runs of 1 to 3 words, self-BLEU.");
  return [o] {
    std::vector<Response> responses;
    bool ends_known = true;
    for (AnswerLine& line : read_answers(o->in)) {
      ends_known = ends_known && line.ends_known;
      responses.insert(responses.end(), line.responses.begin(), line.responses.end());
    }
    io::JsonlWriter out(o->out, io::JsonlWriter::Mode::replace);
    out.append(health_json(text_health(responses), ends_known));
    out.close();
    return 0;
  };
}

} // namespace srlm::cli
