/// Rows of any data format as what a model learns from: encoded by its tokenizer and chat template, and no longer than
/// its context.
#pragma once
#include "command.hpp"
#include "data_input.hpp"
#include <srlm/data/data_file.hpp>

namespace srlm::cli {

/// Runs work for a row; what the model's template or context has no room for is the row's fault.
template <class Work>
void encode_row(DataOptions const& options, DataReport& report, std::string const& where, Model const& model,
                char const* instead, Work&& work) {
  InputLine const line{{}, where};
  check_template(line, model, instead);
  with_row(options, report, [&] {
    try {
      at_line(line, [&] { work(line); });
    } catch (BadRow const&) {
      throw;
    } catch (Error const& error) {
      throw BadRow(RowFault::no_place, error.what());
    }
  });
}

/// Prompts and responses. Throws: Error that names the line, the standard input's too; Error for none.
inline std::vector<SupervisedExample> read_examples(std::string const& in, DataChoice const& choice,
                                                    Model const& model) {
  DataOptions options = choice.options(PromptResponseFormat::name);
  DataReport report;
  std::vector<SupervisedExample> examples;
  auto const add = [&](InputLine const& line, SupervisedExample example) {
    check_length(line, model, example.prompt.tokens.size() + example.response.tokens.size(), "prompt and response");
    examples.push_back(std::move(example));
  };
  auto objects = read_objects(in, options, report);
  options.format = format_of(objects, in, options);
  std::vector<Located<io::Json>> texts; // without those that are given as ids
  for (auto& located : objects) {
    if (options.format != PromptResponseFormat::name || !located.row.contains("prompt_ids")) {
      texts.push_back(std::move(located));
      continue;
    }
    io::Json const& object = located.row;
    std::string const& where = located.where;
    InputLine const line{object, where};
    with_row(options, report, [&] {
      Prompt prompt = prompt_of(line, model);
      require(!prompt.tokens.empty(), where.c_str(), "a prompt without tokens", "at least one");
      std::string text = io::required_string(object, "response", where);
      Tokens tokens = model.tokenizer().encode_response(text);
      add(line, {std::move(prompt), {std::move(text), std::move(tokens)}});
    });
  }
  with_part(Formats{}, "--format", options.format, [&]<class Format>(std::type_identity<Format>) {
    DataRows const rows = read_rows<Format>(texts, options, report);
    for (auto const& located : rows_as<Conversation>(rows, options, report)) {
      encode_row(options, report, located.where, model,
                 "\"prompt_ids\" (token ids) in place of \"prompt\", or a model with a template",
                 [&](InputLine const& line) { add(line, encode_conversation(model.tokenizer(), located.row)); });
    }
  });
  say_left_out(report);
  if (examples.empty()) {
    throw Error(in == "-" ? "standard input" : in, "no examples", "at least one line");
  }
  return examples;
}

/// Pairs. Throws: as read_examples.
inline std::vector<PreferencePair> read_preferences(std::string const& in, DataChoice const& choice,
                                                    Model const& model) {
  DataOptions const options = choice.options(PreferenceFormat::name);
  DataReport report;
  std::vector<PreferencePair> pairs;
  for (auto const& located : rows_as<PreferenceRow>(read_data(in, options, report), options, report)) {
    encode_row(options, report, located.where, model, "one with a template", [&](InputLine const& line) {
      PreferencePair pair = encode_preference(model.tokenizer(), located.row);
      for (Response const* response : {&pair.chosen, &pair.rejected}) {
        check_length(line, model, pair.prompt.tokens.size() + response->tokens.size(), "prompt and response");
      }
      pairs.push_back(std::move(pair));
    });
  }
  say_left_out(report);
  if (pairs.empty()) {
    throw Error(in == "-" ? "standard input" : in, "no pairs", "at least one line");
  }
  return pairs;
}

} // namespace srlm::cli
