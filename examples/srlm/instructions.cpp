/// instructions: how well answers keep verifiable instructions, without a model.
#include "answers.hpp"
#include <srlm/eval/instruction_accuracy.hpp>
#include <map>

namespace srlm::cli {

namespace {

struct InstructionOptions : Lines {
  std::string answers;
};

/// The rows of the data, nullopt for those with an instruction that is not decided.
struct InstructionData {
  std::vector<std::optional<InstructionRow>> rows;
  std::map<std::string, std::size_t, std::less<>> place_of; ///< by prompt

  explicit InstructionData(std::string const& path) {
    for (InputLine const& line : read_lines(path)) {
      place_of.emplace(io::required_string(line.json, "prompt", line.where), rows.size());
      rows.push_back(read_instruction_row(line.json, line.where));
    }
    require(!rows.empty(), "instructions", "data without a row", "at least one row");
  }

  /// The row of the answers at a place of their file. Throws: Error where there is none.
  std::size_t row_of(AnswerLine const& line, std::size_t place) const {
    if (line.prompt) {
      auto const found = place_of.find(*line.prompt);
      if (found == place_of.end()) {
        throw Error(line.where + ": prompt", io::excerpt(*line.prompt), "a prompt of the data");
      }
      return found->second;
    }
    if (place >= rows.size()) {
      throw Error(line.where, "more answers without a prompt than the data has rows",
                  "at most " + std::to_string(rows.size()));
    }
    return place;
  }
};

io::OrderedJson report_json(InstructionReport const& report) {
  io::OrderedJson kinds = io::OrderedJson::object();
  for (auto const& [id, kept] : report.strict.kinds) {
    kinds[id] = {{"count", kept.all}, {"strict", kept.share()}, {"loose", report.loose.kinds.at(id).share()}};
  }
  return {{"prompt_strict", report.strict.prompts.share()},
          {"prompt_loose", report.loose.prompts.share()},
          {"instruction_strict", report.strict.instructions.share()},
          {"instruction_loose", report.loose.instructions.share()},
          {"kinds", std::move(kinds)}};
}

} // namespace

Action add_instructions(CLI::App& app) {
  auto const o = std::make_shared<InstructionOptions>();
  o->add(app);
  app.add_option("--answers", o->answers, "JSON lines with the answers")->required();
  app.footer(
      "A line in: {\"prompt\", \"instruction_id_list\", \"kwargs\"}, IFEval's format. A line of answers: "
      "{\"response\"} "
      "or\n{\"candidates\": [{\"text\"}, ...]}, with the \"prompt\" that it answers, or in the order of the data. Out: "
      "one JSON object\nwith the four accuracies and those of each kind. Rows left out have an instruction about the "
      "language of an answer.");
  return [o] {
    InstructionData const data(o->in);
    InstructionReport report;
    std::vector<bool> answered(data.rows.size(), false);
    std::size_t place = 0, answers = 0;
    for (AnswerLine const& line : read_answers(o->answers)) {
      std::size_t const row = data.row_of(line, place++);
      answered[row] = true;
      for (Response const& response : line.responses) {
        if (data.rows[row]) {
          add_answer(report, *data.rows[row], response.text);
          ++answers;
        }
      }
    }
    std::size_t left_out = 0, unanswered = 0;
    for (std::size_t i = 0; i < data.rows.size(); ++i) {
      left_out += data.rows[i] ? 0 : 1;
      unanswered += data.rows[i] && !answered[i] ? 1 : 0;
    }
    require(answers > 0, "instructions", "no answer to a prompt whose instructions are decided", "at least one");
    io::OrderedJson json{
        {"rows", data.rows.size()}, {"left_out", left_out}, {"unanswered", unanswered}, {"answers", answers}};
    json.update(report_json(report));
    io::JsonlWriter out(o->out, io::JsonlWriter::Mode::replace);
    out.append(json);
    out.close();
    return 0;
  };
}

} // namespace srlm::cli
