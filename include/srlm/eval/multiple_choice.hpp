/// Tasks with given options: the model's answer is the option that it finds most likely. Nothing is generated.
#pragma once
#include <srlm/concepts/log_prob_model.hpp>
#include <srlm/concepts/tokenizer.hpp>
#include <srlm/core/error.hpp>
#include <srlm/io/jsonl.hpp>
#include <algorithm> // count, max, max_element, min
#include <cmath>     // isfinite
#include <cstddef>
#include <string>
#include <vector>

namespace srlm {

struct MultipleChoice {
  std::string prompt;
  std::vector<std::string> choices;
  std::size_t answer = 0; ///< place of the right one, from 0
};

/// Throws: Error at where for a row that cannot be measured.
inline void check_choices(MultipleChoice const& row, std::string const& where) {
  if (row.choices.size() < 2) {
    throw Error(where + ": choices", std::to_string(row.choices.size()), "at least two");
  }
  for (std::string const& choice : row.choices) {
    if (choice.empty()) {
      throw Error(where + ": choices", "an empty text", "texts that are not empty");
    }
  }
  if (row.answer >= row.choices.size()) {
    throw Error(where + ": answer", std::to_string(row.answer),
                "the place of a choice, 0 to " + std::to_string(row.choices.size() - 1));
  }
}

/// log p(choice | prompt), one a choice, and by how much it may be divided.
struct ChoiceScores {
  std::vector<double> log_probs; ///< nats, summed over the choice as the tokenizer encodes a response, its end included
  std::vector<std::size_t> tokens, bytes;
};

/// Shares of rows whose right choice is the most likely one. Where k choices share the first place, the right one among
/// them counts 1/k: a model that finds all alike gets what guessing gets.
struct MultipleChoiceAccuracy {
  std::size_t rows = 0;
  double by_sum = 0;        ///< by log p: favours short choices
  double by_token_mean = 0; ///< by log p / tokens
  double by_byte_mean = 0;  ///< by log p / bytes of text, which no tokenizer changes
};

/// All choices of all rows, `at_once` at a time, so that a model may compute a row's prompt once.
/// Throws: Error for a log-probability that is not finite.
template <LogProbModel M, Tokenizer T>
std::vector<ChoiceScores> score_choices(M& model, T const& tokenizer, std::vector<MultipleChoice> const& rows,
                                        std::size_t at_once = 32) {
  std::vector<ChoiceScores> scores(rows.size());
  std::vector<Tokens> prompts, responses;
  std::vector<std::size_t> row_of; // of each response
  for (std::size_t i = 0; i < rows.size(); ++i) {
    prompts.push_back(tokenizer.encode_prompt(rows[i].prompt));
    for (std::string const& choice : rows[i].choices) {
      responses.push_back(tokenizer.encode_response(choice));
      row_of.push_back(i);
      scores[i].tokens.push_back(responses.back().size());
      scores[i].bytes.push_back(choice.size());
    }
  }
  at_once = std::max<std::size_t>(1, at_once);
  for (std::size_t first = 0; first < responses.size(); first += at_once) {
    std::vector<SequenceView> views;
    for (std::size_t k = first; k < std::min(first + at_once, responses.size()); ++k) {
      views.push_back({prompts[row_of[k]], responses[k]});
    }
    std::vector<float> const log_probs = model.log_probs(std::span<SequenceView const>(views));
    for (std::size_t k = 0; k < views.size(); ++k) {
      require(std::isfinite(log_probs[k]), "multiple choice", "a log-probability that is not finite", "finite weights");
      scores[row_of[first + k]].log_probs.push_back(static_cast<double>(log_probs[k]));
    }
  }
  return scores;
}

/// The right choice's share of the first place.
inline double share_of_first(std::vector<double> const& values, std::size_t answer) {
  double const best = *std::max_element(values.begin(), values.end());
  auto const first = std::count(values.begin(), values.end(), best);
  return values[answer] == best ? 1 / static_cast<double>(first) : 0;
}

/// What one row adds to each accuracy: the right choice's share of the first place.
struct ChoiceShares {
  double by_sum, by_token_mean, by_byte_mean;
};

inline ChoiceShares choice_shares(ChoiceScores const& scores, std::size_t answer) {
  auto const mean = [&](std::vector<std::size_t> const& lengths) {
    std::vector<double> values = scores.log_probs;
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] /= static_cast<double>(std::max<std::size_t>(1, lengths[i]));
    }
    return values;
  };
  return {share_of_first(scores.log_probs, answer), share_of_first(mean(scores.tokens), answer),
          share_of_first(mean(scores.bytes), answer)};
}

/// Throws: Error for no rows, a row with less than two choices or an empty one, and an answer that is none of them.
template <LogProbModel M, Tokenizer T>
MultipleChoiceAccuracy measure_multiple_choice(M& model, T const& tokenizer, std::vector<MultipleChoice> const& rows,
                                               std::size_t at_once = 32) {
  require(!rows.empty(), "multiple choice", "no rows", "at least one");
  for (MultipleChoice const& row : rows) {
    check_choices(row, "multiple choice");
  }
  MultipleChoiceAccuracy accuracy{rows.size()};
  std::vector<ChoiceScores> const scores = score_choices(model, tokenizer, rows, at_once);
  auto const count = static_cast<double>(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ChoiceShares const shares = choice_shares(scores[i], rows[i].answer);
    accuracy.by_sum += shares.by_sum / count;
    accuracy.by_token_mean += shares.by_token_mean / count;
    accuracy.by_byte_mean += shares.by_byte_mean / count;
  }
  return accuracy;
}

/// One row {"prompt": "..." or "question": "...", "choices": ["...", ...], "answer": 0}.
/// Throws: Error at where for a row that is wrong.
inline MultipleChoice read_multiple_choice_row(io::Json const& object, std::string const& where) {
  bool const question = object.is_object() && !object.contains("prompt") && object.contains("question");
  MultipleChoice row{io::required_string(object, question ? "question" : "prompt", where), {}, 0};
  for (io::Json const& choice : io::required_array(object, "choices", where)) {
    if (!choice.is_string()) {
      throw Error(where + ": choices", io::excerpt(choice), "texts");
    }
    row.choices.push_back(choice.get<std::string>());
  }
  std::int64_t const answer = io::required_integer(object, "answer", where);
  if (answer < 0) {
    throw Error(where + ": answer", std::to_string(answer), "the place of a choice, from 0");
  }
  row.answer = static_cast<std::size_t>(answer);
  check_choices(row, where);
  return row;
}

/// Reads JSON Lines of such rows.
/// Throws: Error "file:line: ..." for a row that is wrong, and Error for a file without a row.
inline std::vector<MultipleChoice> read_multiple_choice(std::string const& path) {
  std::vector<MultipleChoice> rows;
  io::read_jsonl(path, [&](io::Json const& object, std::size_t line) {
    rows.push_back(read_multiple_choice_row(object, path + ":" + std::to_string(line)));
  });
  if (rows.empty()) {
    throw Error(path, "no rows", "at least one {\"prompt\", \"choices\", \"answer\"}");
  }
  return rows;
}

} // namespace srlm
