/// The tables of docs/real_model.md, from the items that were measured:
///   real_model_table ITEMS.jsonl
/// Intervals hold the true value with 95%: the items of a measure (prompts, pairs) are drawn anew 2,000 times.
#include "items.hpp"
#include <cstdio>

namespace real_model {
namespace {

struct Column {
  char const* measure;
  char const* title;
  double factor; ///< 100 for shares
  int digits;
};

class Tables {
 public:
  explicit Tables(std::vector<Measured> all) : all_(std::move(all)) {}

  /// A row a model that has any of the columns; how(column, model) gives the cell.
  template <class Cell>
  void print(char const* first, std::span<Column const> columns, Cell&& cell) const {
    std::printf("| %s |", first);
    for (Column const& c : columns) {
      std::printf(" %s |", c.title);
    }
    std::printf("\n| --- |");
    for (std::size_t i = 0; i < columns.size(); ++i) {
      std::printf(" --- |");
    }
    std::printf("\n");
    for (auto const& [arm, model] : models(columns)) {
      std::string row;
      bool any = false;
      for (Column const& c : columns) {
        std::string const text = cell(c, arm, model);
        any = any || !text.empty();
        row += " " + (text.empty() ? "-" : text) + " |";
      }
      if (any) {
        std::printf("| %s%s |%s\n", model.c_str(), arm == "start" ? "" : (" " + arm).c_str(), row.c_str());
      }
    }
    std::printf("\n");
  }

  std::vector<srlm::Ratio> const* items(std::string const& arm, std::string const& model,
                                        std::string const& measure) const {
    for (Measured const& m : all_) {
      if (m.arm == arm && m.model == model && m.measure == measure) {
        return &m.items;
      }
    }
    return nullptr;
  }

 private:
  /// In the order of the file.
  std::vector<std::pair<std::string, std::string>> models(std::span<Column const> columns) const {
    std::vector<std::pair<std::string, std::string>> found;
    for (Measured const& m : all_) {
      bool const is_column =
          std::any_of(columns.begin(), columns.end(), [&](Column const& c) { return m.measure == c.measure; });
      std::pair const name{m.arm, m.model};
      if (is_column && std::find(found.begin(), found.end(), name) == found.end()) {
        found.push_back(name);
      }
    }
    return found;
  }

  std::vector<Measured> all_;
};

std::string text_of(std::optional<srlm::Estimate> const& e, Column const& c, bool sign) {
  if (!e) {
    return "";
  }
  char text[96];
  std::snprintf(text, sizeof text, sign ? "%+.*f (%+.*f to %+.*f)" : "%.*f (%.*f to %.*f)", c.digits,
                c.factor * e->value, c.digits, c.factor * e->low, c.digits, c.factor * e->high);
  return text;
}

void print_all(Tables const& tables) {
  constexpr Column accuracies[] = {{"prompt_strict", "prompts, strict, %", 100, 1},
                                   {"prompt_loose", "prompts, loose, %", 100, 1},
                                   {"instruction_strict", "instructions, strict, %", 100, 1},
                                   {"instruction_loose", "instructions, loose, %", 100, 1}};
  constexpr Column texts[] = {{"tokens", "tokens", 1, 1},
                              {"ended", "ended, %", 100, 1},
                              {"repetition", "repeated runs of 4 words, %", 100, 1},
                              {"other_loss", "loss on other text, nats a token", 1, 3},
                              {"kl_to_m0", "KL to M0, nats an answer", 1, 2}};
  constexpr Column judges[] = {{"judge_usable", "answers with a score, %", 100, 1},
                               {"judge_accuracy_ties_half", "accuracy, ties half, %", 100, 1},
                               {"judge_accuracy_ties_left_out", "accuracy, ties left out, %", 100, 1},
                               {"judge_kendall", "Kendall's tau-b", 1, 2}};
  constexpr Column turns[] = {{"turn_kept", "instructions kept by the answers, %", 100, 1},
                              {"turn_ended", "answers ended, %", 100, 1},
                              {"turn_usable", "verdicts usable, %", 100, 1},
                              {"turn_accuracy_ties_half", "order agrees with the instructions, ties half, %", 100, 1}};
  constexpr Column pairs[] = {{"pairs_right", "right, %", 100, 0},
                              {"pairs_wrong", "wrong, %", 100, 0},
                              {"pairs_tied", "neither, %", 100, 0},
                              {"pairs_length_gap", "chosen longer by, tokens", 1, 1}};
  auto const value = [&](Column const& c, std::string const& arm, std::string const& model) {
    auto const* items = tables.items(arm, model, c.measure);
    return items ? text_of(srlm::bootstrap_ratio(*items), c, false) : std::string();
  };
  auto const less = [&](std::vector<srlm::Ratio> const* before, Column const& c, std::string const& arm,
                        std::string const& model) {
    auto const* after = tables.items(arm, model, c.measure);
    bool const both = before && after && before != after;
    return both ? text_of(srlm::bootstrap_difference(*before, *after), c, true) : std::string();
  };
  auto const less_m1 = [&](Column const& c, std::string const& arm, std::string const& model) {
    return less(tables.items("start", "M1", c.measure), c, arm, model);
  };
  auto const less_random = [&](Column const& c, std::string const& arm, std::string const& model) {
    return less(tables.items("random", model, c.measure), c, arm, model);
  };
  auto const with_count = [&](Column const& c, std::string const& arm, std::string const& model) {
    auto const* items = tables.items(arm, model, c.measure);
    if (!items || std::string_view(c.measure) != "pairs_right") {
      return value(c, arm, model);
    }
    return value(c, arm, model) + " of " + std::to_string(items->size());
  };
  tables.print("model", accuracies, value);
  tables.print("less M1", accuracies, less_m1);
  tables.print("less the random arm's", accuracies, less_random);
  tables.print("model", texts, value);
  tables.print("less M1", std::span(texts).first(4), less_m1);
  tables.print("who judges", judges, value);
  tables.print("who answers", turns, value);
  tables.print("pairs of", pairs, with_count);
}

} // namespace
} // namespace real_model

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: real_model_table ITEMS.jsonl\n");
    return 2;
  }
  try {
    real_model::print_all(real_model::Tables(real_model::read_measured(argv[1])));
  } catch (std::exception const& problem) {
    std::fprintf(stderr, "real_model_table: %s\n", problem.what());
    return 1;
  }
  return 0;
}
