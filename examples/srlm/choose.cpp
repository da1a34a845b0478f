/// choose: multiple choice by log-probability.
#include "adapter_options.hpp"
#include "evaluation_json.hpp"
#include <srlm/eval/multiple_choice.hpp>
#include <srlm/eval/paired_tests.hpp> // wilson_interval

namespace srlm::cli {

namespace {

struct ChooseOptions : Common, Lines, AdapterOption {
  std::string rows;
  double level = 0.95;
};

/// The rows of a file, each checked against the model's context. Throws: Error "file:line: ...".
std::vector<MultipleChoice> rows_of(std::string const& path, Model const& model) {
  std::vector<MultipleChoice> rows;
  for (InputLine const& line : read_lines(path)) {
    rows.push_back(read_multiple_choice_row(line.json, line.where));
    check_template(line, model, "one with a template, which the prompt needs");
    std::size_t const prompt = model.tokenizer().encode_prompt(rows.back().prompt).size();
    for (std::string const& choice : rows.back().choices) {
      check_length(line, model, prompt + model.tokenizer().encode_response(choice).size(), "prompt and choice");
    }
  }
  require(!rows.empty(), "choose", "no rows", "at least one {\"prompt\", \"choices\", \"answer\"}");
  return rows;
}

} // namespace

Action add_choose(CLI::App& app) {
  auto const o = std::make_shared<ChooseOptions>();
  o->Common::add(app);
  o->Lines::add(app);
  o->add_adapter(app);
  app.add_option("--rows", o->rows, "also a line a row: each choice's log-probability, tokens and bytes");
  app.add_option("--level", o->level, "probability with which an interval holds the true value")
      ->check(CLI::Range(0.01, 0.9999))
      ->capture_default_str();
  app.footer(
      "A line in: {\"prompt\" or \"question\", \"choices\": [...], \"answer\": place from 0}. Out: one JSON object, "
      "the "
      "share of rows\nwhose right choice is the most likely one: by log-probability, by its mean over tokens and by "
      "its "
      "mean over bytes.");
  return [o] {
    AnyBackend backend = make_backend(*o);
    Model model = o->load(backend, o->model);
    std::vector<MultipleChoice> const rows = rows_of(o->in, model);
    io::JsonlWriter out(o->out, io::JsonlWriter::Mode::replace);
    std::optional<io::JsonlWriter> lines;
    if (!o->rows.empty()) {
      lines.emplace(o->rows, io::JsonlWriter::Mode::replace);
    }
    std::vector<ChoiceScores> const scores = score_choices(model, model.tokenizer(), rows);
    ChoiceShares sum{};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      ChoiceShares const shares = choice_shares(scores[i], rows[i].answer);
      sum.by_sum += shares.by_sum;
      sum.by_token_mean += shares.by_token_mean;
      sum.by_byte_mean += shares.by_byte_mean;
      if (lines) {
        lines->append(io::OrderedJson{{"log_probs", scores[i].log_probs},
                                      {"tokens", scores[i].tokens},
                                      {"bytes", scores[i].bytes},
                                      {"answer", rows[i].answer}});
      }
    }
    auto const share = [&](double right) {
      return json_of(wilson_interval(right, static_cast<double>(rows.size()), o->level));
    };
    out.append(io::OrderedJson{{"model", o->model},
                               {"rows", rows.size()},
                               {"level", o->level},
                               {"by_sum", share(sum.by_sum)},
                               {"by_token_mean", share(sum.by_token_mean)},
                               {"by_byte_mean", share(sum.by_byte_mean)}});
    out.close();
    if (lines) {
      lines->close();
    }
    return 0;
  };
}

} // namespace srlm::cli
