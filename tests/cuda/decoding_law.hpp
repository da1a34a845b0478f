/// Windows of decoding steps against one step at a time, with a model of one layer of attention: rows that cross the
/// edge of a page, share one, end at their limit or with a token in the middle of a window.
#pragma once
#include <srlm/concepts/decoding_backend.hpp>
#include <srlm/testing/placed.hpp>
#include <algorithm> // find
#include <cstring>   // memcmp
#include <limits>

namespace srlm::testing {

/// Tokens to logits: a row of numbers for each token, turned by its position; attention; a head.
template <TensorBackend B>
class OneLayer {
 public:
  static constexpr std::size_t vocabulary = 12, width = 8, kv_width = 4, positions = 100, pages = 7;
  static constexpr AttentionShape shape{2, 1, 4};

  /// known: how many positions of each page hold keys; the others are no numbers, and nobody may look at them.
  OneLayer(B& b, std::vector<std::size_t> const& known)
      : b_(&b),
        q_(b, vocabulary, width, 1),
        k_(b, vocabulary, kv_width, 2),
        v_(b, vocabulary, kv_width, 3),
        head_(b, vocabulary, width, 4),
        cosine_(b, positions, 2, 5),
        sine_(b, positions, 2, 6),
        keys_(b, 1, pages * shape.page_floats(), keys_of(known)) {}

  BufferOf<B, float> logits(typename B::template span<Token> tokens, typename B::template span<Token> places,
                            typename B::AttentionPlan const& plan) {
    std::size_t const rows = tokens.size();
    auto const q = gather(q_, tokens, width), k = gather(k_, tokens, kv_width), v = gather(v_, tokens, kv_width),
               out = b_->template allocate<float>(rows * width),
               sums = b_->template allocate<float>(rows * shape.heads);
    auto logits = b_->template allocate<float>(rows * vocabulary);
    b_->rotate(as(q, width), shape.head_dim, places, cosine_.view(), sine_.view(), 1.0f);
    b_->rotate(as(k, kv_width), shape.head_dim, places, cosine_.view(), sine_.view(), 1.0f);
    b_->write_keys(as(k, kv_width), as(v, kv_width), plan, shape, keys_.numbers());
    b_->attention(as(q, width), keys_.numbers(), plan, shape, as(out, width), as(sums, shape.heads));
    b_->matmul(1.0f, as(out, width), Op::none, head_.view(), Op::transpose, 0.0f, as(logits, vocabulary));
    return logits;
  }
  static MatrixView<B> as(BufferOf<B, float> const& buffer, std::size_t cols) {
    return matrix<B>(buffer.span(), buffer.span().size() / cols, cols);
  }
  std::vector<float> keys() const { return keys_.floats(); }

 private:
  static std::vector<float> keys_of(std::vector<std::size_t> const& known) {
    std::vector<float> all = random_numbers(pages * shape.page_floats(), 7);
    for (std::size_t i = 0; i < all.size(); ++i) { // a page: keys [64, D], values [64, D]
      if (i / shape.head_dim % page_length >= known[i / shape.page_floats()]) {
        all[i] = std::numeric_limits<float>::quiet_NaN();
      }
    }
    return all;
  }
  BufferOf<B, float> gather(Placed<B> const& table, typename B::template span<Token> tokens, std::size_t cols) {
    auto rows = b_->template allocate<float>(tokens.size() * cols);
    b_->gather_rows(table.view(), tokens, as(rows, cols));
    return rows;
  }

  B* b_;
  Placed<B> q_, k_, v_, head_, cosine_, sine_, keys_;
};

/// An answer, and the pages of its positions.
struct Answer {
  DecodingRow row;
  std::vector<std::int32_t> pages;
  Tokens written = {};
  bool ended = false, written_on = false; ///< written_on: behind its end

  void take(Tokens const& tokens, Token end) {
    for (Token token : tokens) {
      if (ended) {
        written_on = true;
        return;
      }
      written.push_back(token);
      row.token = token;
      ++row.position;
      ++row.number;
      --row.at_most;
      ended = ended || token == end || row.at_most == 0;
    }
  }
};

struct Decoded {
  std::vector<Tokens> answers;
  std::vector<float> keys;
  bool written_on = false;
};

/// Answers written `window` tokens at a time; 0: one by one, by the ordinary operations.
template <DecodingBackend B>
Decoded decoded(B& b, std::size_t window) {
  constexpr Token end = 3;
  Sampling const sampling{1.5f, 1.0f, 0};
  OneLayer<B> model(b, {64, 62, 0, 3, 6, 1, 0});
  std::vector<Answer> answers = {{{1, 62, 4, 9, {11}}, {1, 2}},
                                 {{2, 3, 1, 2, {12}}, {3}},
                                 {{5, 70, 1, 14, {13}}, {0, 4}},
                                 {{6, 65, 2, 4, {14}}, {0, 5}},
                                 {{7, 0, 1, 9, {15}}, {6}}};
  auto decoder = b.decoder(model.shape, sampling, std::span<Token const>(&end, 1));
  for (;;) {
    std::vector<Answer*> active;
    std::vector<DecodingRow> rows;
    AttentionLayout layout;
    for (Answer& a : answers) {
      if (a.ended) {
        continue;
      }
      std::size_t const first = static_cast<std::size_t>(a.row.position), i = active.size(),
                        last = first +
                               std::min(std::max<std::size_t>(window, 1), static_cast<std::size_t>(a.row.at_most)) - 1;
      layout.segments.push_back({i, 1, last, layout.page_table.size()});
      layout.writes.push_back(
          {static_cast<std::int32_t>(i), a.pages[first / page_length] * static_cast<std::int32_t>(page_length) +
                                             static_cast<std::int32_t>(first % page_length)});
      layout.page_table.insert(layout.page_table.end(), a.pages.begin(),
                               a.pages.begin() + static_cast<std::ptrdiff_t>(last / page_length + 1));
      active.push_back(&a);
      rows.push_back(a.row);
    }
    layout.rows = active.size();
    layout.pages = model.pages;
    if (active.empty()) {
      break;
    }
    std::vector<Tokens> written;
    if (window > 0) {
      decoder->begin(rows, layout, window);
      decoder->run([&] {
        auto const logits = model.logits(decoder->tokens(), decoder->positions(), decoder->plan());
        decoder->draw(model.as(logits, model.vocabulary), 0);
      });
      written = decoder->written();
    } else {
      std::vector<std::int32_t> tokens, positions;
      std::vector<Seed> seeds;
      for (DecodingRow const& row : rows) {
        tokens.push_back(row.token);
        positions.push_back(row.position);
        seeds.push_back(row.seed.fork(static_cast<std::uint64_t>(row.number)));
      }
      auto const logits = model.logits(placed_ids(b, tokens).span(), placed_ids(b, positions).span(), b.plan(layout));
      for (Token token : b.sample(model.as(logits, model.vocabulary), std::span<Seed const>(seeds), sampling)) {
        written.push_back({token});
      }
    }
    for (std::size_t i = 0; i < active.size(); ++i) {
      active[i]->take(written[i], end);
    }
  }
  Decoded out{{}, model.keys()};
  for (Answer const& a : answers) {
    out.answers.push_back(a.written);
    out.written_on = out.written_on || a.written_on;
  }
  return out;
}

/// Whatever the window: the same tokens, and the same keys in all pages, to the bit where nobody wrote.
template <DecodingBackend B>
void decoding_window_law(B& b, Findings& findings) {
  Decoded const one_by_one = decoded(b, 0);
  for (std::size_t window : {1u, 6u, 20u}) {
    Decoded const at_once = decoded(b, window);
    findings.expect_true("decoding: windows write the tokens of one step at a time",
                         at_once.answers == one_by_one.answers);
    findings.expect_true("decoding: an answer that has ended is not written on", !at_once.written_on);
    findings.expect_true(
        "decoding: an answer's keys, and nothing behind its end, are in its pages",
        at_once.keys.size() == one_by_one.keys.size() &&
            std::memcmp(at_once.keys.data(), one_by_one.keys.data(), one_by_one.keys.size() * sizeof(float)) == 0);
  }
}

} // namespace srlm::testing
