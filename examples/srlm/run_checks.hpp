/// What a run looks at before any work: whether everything fits into the model, whose folder it is, and what it depends
/// on.
#pragma once
#include "run_options.hpp"
#include <srlm/core/version.hpp>
#include <srlm/data/prompt_file.hpp>
#include <srlm/io/fingerprint.hpp>
#include <srlm/observe/run_folder.hpp>
#include <fstream>

namespace srlm::cli {

/// Throws: Error where models lie in a folder without a journal: they are of a run that nothing is known of, and
/// would be taken for this one's.
inline observe::RunFolder const& without_leftovers(observe::RunFolder const& folder) {
  std::error_code ignored;
  std::string first_line;
  std::ifstream journal(folder.path() / "journal.jsonl");
  bool const has_journal = std::getline(journal, first_line) && !journal.eof();
  for (char const* name : {"M1", "M1.gguf", "checkpoints"}) {
    if (!has_journal && std::filesystem::exists(folder.path() / name, ignored)) {
      throw Error(folder.path().string(), std::string(name) + " without the journal of the run that made it",
                  "an empty folder, or that of a run with its journal.jsonl");
    }
  }
  return folder;
}

/// What the results depend on: the options, and the contents of the files that they name.
inline io::OrderedJson identity(io::OrderedJson const& record) {
  io::OrderedJson known{{"srlm", version}};
  for (auto const& [name, value] : record.items()) {
    bool const changes_nothing = name == "threads" || name == "out" || name == "judge-timeout" ||
                                 name == "judge-retries" || name == "judge-concurrency" || name == "judge-key-env" ||
                                 name == "judge-ca-file" || name == "divergence-prompts" || name == "memory" ||
                                 only_warns(name);
    bool const is_path = name == "MODEL" || name == "seeds" || name == "prompts-file" || name == "judge-model";
    if (is_path && !value.get<std::string>().empty()) {
      known[name + " (contents)"] = io::fingerprint(value.get<std::string>());
    } else if (!changes_nothing) {
      known[name] = value;
    }
  }
  return known;
}

/// Before any work: what cannot be learned or answered because it is too long for the model. Where bad rows are
/// skipped, the seeds' answers that are too long are left out, with their seeds where none is left, and counted.
inline void keep_what_fits(RunOptions const& o, std::vector<SeedExample>& seeds, Model const& model) {
  text::Tokenizer const& tokenizer = model.tokenizer();
  std::size_t const context = model.context_length();
  DataReport report;
  auto const check = [&](std::string const& file, std::string const& text, std::size_t length) {
    if (length > context) {
      throw BadRow(RowFault::too_long, file + ": " + io::excerpt(text), std::to_string(length) + " tokens",
                   "at most the model's context of " + std::to_string(context));
    }
  };
  for (SeedExample& seed : seeds) {
    std::size_t const prompt = tokenizer.encode_prompt(seed.prompt).size();
    std::erase_if(seed.answers, [&](RankedAnswer const& answer) {
      bool fits = false;
      with_row({.skip_bad = o.data.skip_bad}, report, [&] {
        check(o.seeds, seed.prompt, prompt + tokenizer.encode_response(answer.text).size());
        fits = true;
      });
      return !fits;
    });
  }
  report.left_out["seeds_without_answers"] =
      std::erase_if(seeds, [](auto const& seed) { return seed.answers.empty(); });
  say_left_out(report);
  if (seeds.empty()) {
    throw Error(o.seeds, "no seed that fits into the model", "at least one");
  }
  if (!o.prompts_file.empty()) {
    FixedPrompts const prompts = read_prompts(o.prompts_file);
    for (std::string const& prompt : prompts.texts()) {
      check(o.prompts_file, prompt, tokenizer.encode_prompt(prompt).size() + 1); // one to answer
    }
  }
}

} // namespace srlm::cli
