/// Which rows a forward pass computes for a batch of sequences. Equal prefixes become one run of rows: a prompt shared
/// by candidates, a judge's question shared by votes, the prompt of chosen and rejected. Sharing changes no result,
/// only the work.
#pragma once
#include <srlm/core/attention_layout.hpp>
#include <srlm/core/error.hpp>
#include <srlm/core/sequence.hpp>
#include <algorithm> // sort, lexicographical_compare
#include <numeric>   // iota
#include <vector>

namespace srlm::model {

/// Rows, the tree they form, and what each row has to predict.
struct RowPlan {
  Tokens tokens;                       ///< [T] what each row reads
  std::vector<std::int32_t> positions; ///< [T] its position in its sequence
  AttentionLayout layout;
  std::vector<std::int32_t> target_rows; ///< [R] the rows whose prediction matters ...
  Tokens targets;                        ///< [R] ... and what each predicts; a row at a fork predicts several tokens
  /// for each sequence, which of the R predictions make up its log p(y | x), in order
  std::vector<std::vector<std::int32_t>> predictions;
  std::vector<std::vector<std::int32_t>> pages; ///< for each sequence, the pages that hold its keys
  std::vector<std::int32_t> last_rows;          ///< for each sequence, the row of its last input; -1: it was cached
};

/// Builds the prefix tree of a batch. Sequences are the inputs prompt + response without its last token.
/// cached: all sequences agree in this many first tokens (whole pages), whose keys are in pages 0, 1, ... already.
class RowPlanner {
 public:
  explicit RowPlanner(std::span<SequenceView const> sequences, std::size_t cached = 0) : sequences_(sequences) {
    plan_.predictions.resize(sequences.size());
    plan_.pages.resize(sequences.size());
    plan_.last_rows.assign(sequences.size(), -1);
    std::vector<std::int32_t> known(cached / page_length);
    std::iota(known.begin(), known.end(), 0);
    plan_.layout.pages = known.size();
    std::vector<std::size_t> order(sequences.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return less(a, b); });
    std::size_t begin = 0;
    while (begin < order.size()) { // sequences that do not even share their first token are trees of their own
      std::size_t end = begin + 1;
      while (end < order.size() && (cached > 0 || token(order[begin], 0) == token(order[end], 0))) {
        ++end;
      }
      path_rows_.assign(cached, -1);
      plan_.layout.trees.push_back({plan_.layout.segments.size(), plan_.layout.pages, plan_.layout.writes.size()});
      add_branch(std::span(order).subspan(begin, end - begin), cached, known, false);
      begin = end;
    }
    plan_.layout.rows = plan_.tokens.size();
  }

  RowPlan take() && { return std::move(plan_); }

 private:
  std::size_t input_length(std::size_t s) const {
    return sequences_[s].prompt.size() + std::max<std::size_t>(sequences_[s].response.size(), 1) - 1;
  }
  Token token(std::size_t s, std::size_t i) const {
    auto const& [prompt, response] = sequences_[s];
    return i < prompt.size() ? prompt[i] : response[i - prompt.size()];
  }
  bool less(std::size_t a, std::size_t b) const {
    std::size_t const n = std::min(input_length(a), input_length(b));
    for (std::size_t i = 0; i < n; ++i) {
      if (token(a, i) != token(b, i)) {
        return token(a, i) < token(b, i);
      }
    }
    return input_length(a) < input_length(b);
  }

  /// Sorted sequences that agree up to `start`: one segment for what they share from there, then a branch for each way
  /// to go on. `pages` hold the positions before `start`; the last one may be written on only by the first branch.
  void add_branch(std::span<std::size_t const> members, std::size_t start, std::vector<std::int32_t> pages,
                  bool may_extend) {
    std::size_t const first = members.front(), last = members.back(); // in sorted order these differ earliest
    std::size_t end = start;
    while (end < std::min(input_length(first), input_length(last)) && token(first, end) == token(last, end)) {
      ++end;
    }
    if (end > start) {
      open_page(start, pages, may_extend);
      add_segment(first, start, end, pages);
    }
    for (std::size_t s : members) {
      add_predictions(s, start, end);
    }
    std::size_t begin = 0;
    while (begin < members.size() && input_length(members[begin]) == end) {
      plan_.pages[members[begin]] = pages;
      plan_.last_rows[members[begin]] = path_rows_.empty() ? -1 : path_rows_[end - 1];
      ++begin;
    }
    bool extend = end > start || may_extend;
    while (begin < members.size()) {
      std::size_t stop = begin + 1;
      while (stop < members.size() && token(members[begin], end) == token(members[stop], end)) {
        ++stop;
      }
      path_rows_.resize(end);
      add_branch(members.subspan(begin, stop - begin), end, pages, extend);
      extend = false;
      begin = stop;
    }
  }

  /// A branch that begins inside a page which another branch continues gets a copy of that page.
  void open_page(std::size_t start, std::vector<std::int32_t>& pages, bool may_extend) {
    std::size_t const inside = start % page_length;
    if (inside == 0 || may_extend) {
      return;
    }
    pages.back() = static_cast<std::int32_t>(plan_.layout.pages++);
    for (std::size_t i = 0; i < inside; ++i) {
      plan_.layout.writes.push_back({path_rows_[start - inside + i], slot(pages, start - inside + i)});
    }
  }

  void add_segment(std::size_t s, std::size_t start, std::size_t end, std::vector<std::int32_t>& pages) {
    AttentionLayout& layout = plan_.layout;
    std::size_t const row = plan_.tokens.size();
    for (std::size_t i = start; i < end; ++i) {
      if (i / page_length == pages.size()) {
        pages.push_back(static_cast<std::int32_t>(layout.pages++));
      }
      layout.writes.push_back({static_cast<std::int32_t>(plan_.tokens.size()), slot(pages, i)});
      path_rows_.push_back(static_cast<std::int32_t>(plan_.tokens.size()));
      plan_.tokens.push_back(token(s, i));
      plan_.positions.push_back(static_cast<std::int32_t>(i));
    }
    layout.segments.push_back({row, end - start, start, layout.page_table.size()});
    layout.page_table.insert(layout.page_table.end(), pages.begin(), pages.end());
  }

  /// The predictions of sequence s that rows start .. end - 1 make. Members that agree share them.
  void add_predictions(std::size_t s, std::size_t start, std::size_t end) {
    auto const& [prompt, response] = sequences_[s];
    if (response.empty()) {
      return;
    }
    for (std::size_t i = std::max(start, prompt.size() - 1); i < end; ++i) {
      Token const target = response[i + 1 - prompt.size()];
      std::int32_t const row = path_rows_[i];
      auto& known = predictions_of_row(static_cast<std::size_t>(row));
      auto const same = std::find_if(known.begin(), known.end(), [&](std::int32_t p) {
        return plan_.targets[static_cast<std::size_t>(p)] == target;
      });
      if (same != known.end()) {
        plan_.predictions[s].push_back(*same);
        continue;
      }
      auto const index = static_cast<std::int32_t>(plan_.targets.size());
      known.push_back(index);
      plan_.predictions[s].push_back(index);
      plan_.target_rows.push_back(row);
      plan_.targets.push_back(target);
    }
  }

  std::vector<std::int32_t>& predictions_of_row(std::size_t row) {
    if (by_row_.size() <= row) {
      by_row_.resize(std::max(row + 1, plan_.tokens.size()));
    }
    return by_row_[row];
  }

  static std::int32_t slot(std::vector<std::int32_t> const& pages, std::size_t position) {
    return pages[position / page_length] * static_cast<std::int32_t>(page_length) +
           static_cast<std::int32_t>(position % page_length);
  }

  std::span<SequenceView const> sequences_;
  RowPlan plan_;
  std::vector<std::int32_t> path_rows_;           // the row of each position on the current path
  std::vector<std::vector<std::int32_t>> by_row_; // predictions already made by a row
};

inline RowPlan plan_rows(std::span<SequenceView const> sequences, std::size_t cached = 0) {
  return RowPlanner(sequences, cached).take();
}

} // namespace srlm::model
