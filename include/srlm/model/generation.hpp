/// Writing many answers at once. Requests with equal prompts read them once; prompts with a common beginning share it;
/// finished answers make room for waiting ones. None of this changes an answer: it depends on parameters, prompt and
/// seed.
#pragma once
#include <srlm/core/events.hpp>
#include <srlm/model/decoding_window.hpp>
#include <srlm/model/generation_limits.hpp>
#include <srlm/model/key_cache.hpp>
#include <srlm/model/prompt_queue.hpp>
#include <functional>
#include <utility> // exchange

namespace srlm::model {

template <TensorBackend B>
class Generation {
 public:
  using Weights = AdaptedViews<B>;

  Generation(B& backend, io::ModelConfig const& config, Transformer<B>& body, Head<B>& head, Weights const& weights,
             std::function<bool(Token)> is_end, GenerationLimits const& limits,
             std::function<void(GenerationAdvanced const&)> const& advanced)
      : b_(&backend),
        c_(config),
        body_(&body),
        head_(&head),
        w_(weights),
        is_end_(std::move(is_end)),
        limits_(limits),
        advanced_(advanced) {}

  std::vector<Tokens> run(std::span<GenerationRequest const> requests, Sampling const& sampling) {
    requests_ = requests;
    sampling_ = sampling;
    answers_.assign(requests.size(), {});
    if (requests.empty() || sampling.max_new_tokens <= 0) {
      return std::move(answers_);
    }
    waiting_ = PromptQueue(requests);
    reserve_cache();
    if constexpr (DecodingBackend<B>) {
      if (limits_.window > 0) {
        decoder_ = decoder();
      }
    }
    for (std::size_t r = 0; r < requests.size(); ++r) {
      at_most_ += limit(r) - requests[r].prompt.size();
    }
    while (waiting_.size() > 0 || !active_.empty()) {
      while (waiting_.size() > 0 && worth_admitting() && admit()) {
      }
      step();
      tell();
    }
    release(anchor_pages_);
    return std::move(answers_);
  }

 private:
  /// An answer that is being written: its last token is not yet in the cache.
  struct Writing {
    std::size_t request, length; // length: positions in the cache
    std::vector<std::int32_t> pages;
  };
  std::size_t limit(std::size_t request) const { // positions that the request may reach
    return std::min(c_.context, requests_[request].prompt.size() + static_cast<std::size_t>(sampling_.max_new_tokens));
  }
  static std::size_t pages_for(std::size_t positions) { return (positions + page_length - 1) / page_length; }

  void reserve_cache() {
    std::size_t longest = 0, all = 0;
    for (std::size_t r = 0; r < requests_.size(); ++r) {
      longest = std::max(longest, pages_for(limit(r)) + 2);
      all += pages_for(limit(r)) + 2;
    }
    std::size_t const page_bytes = page_floats(*b_, body_->shape()) * c_.layers * sizeof(float);
    std::size_t const affordable = std::max(limits_.cache_bytes / page_bytes, 2 * longest);
    cache_.emplace(*b_, body_->shape(), c_.layers,
                   std::min({affordable, all, (limits_.answers + 2) * longest}) + longest);
  }

  /// Pages that the answers being written may still take.
  std::size_t promised() const {
    std::size_t sum = 0;
    for (Writing const& a : active_) {
      sum += pages_for(limit(a.request)) - a.pages.size();
    }
    return sum;
  }

  /// A pass over prompts is worth it for a quarter of the places, or for all that wait.
  bool worth_admitting() const {
    return limits_.answers - active_.size() >= std::min(std::max(limits_.answers / 4, std::size_t{1}), waiting_.size());
  }

  /// Reads some of the prompts that wait. False where there is no room for one now.
  bool admit() {
    std::size_t needed = promised();
    bool alone = active_.empty(); // then there is room for one
    std::vector<Question> const questions = waiting_.take(
        limits_.answers - active_.size(), limits_.prompt_rows, anchor_, [&](std::size_t request, bool is_new) {
          needed += pages_for(limit(request)) + 1;
          needed += is_new ? pages_for(requests_[request].prompt.size()) : 0;
          return std::exchange(alone, false) || needed <= cache_->free_pages();
        });
    if (questions.empty()) {
      return false;
    }
    read(questions);
    return true;
  }

  /// Whole pages at the beginning of all questions that the last prompt left in the cache. At least one token of each
  /// question remains to be read.
  std::size_t cached_by_anchor(std::vector<Question> const& questions) const {
    std::size_t shared = anchor_.size();
    for (Question const& q : questions) {
      shared = std::min({shared, common_beginning(anchor_, q.prompt), q.prompt.size() - 1});
    }
    return shared / page_length * page_length;
  }

  /// Reads prompts, draws the first token of each of their answers.
  void read(std::vector<Question> const& questions) {
    std::size_t const cached = cached_by_anchor(questions);
    std::vector<SequenceView> views;
    for (Question const& q : questions) {
      views.push_back({q.prompt, {}});
    }
    RowPlan plan = plan_rows(views, cached);
    std::vector<std::int32_t> const real =
        cache_->place(plan.layout, std::span(anchor_pages_).first(cached / page_length));
    auto const x = forward(plan.tokens, plan.positions, plan.layout, plan.last_rows);

    std::vector<std::int32_t> rows;
    std::vector<Writing> begun;
    std::vector<std::int32_t> last_pages;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      last_pages.clear();
      for (std::int32_t page : plan.pages[i]) {
        last_pages.push_back(real[static_cast<std::size_t>(page)]);
      }
      std::size_t const length = questions[i].prompt.size();
      for (std::size_t request : questions[i].requests) {
        rows.push_back(static_cast<std::int32_t>(i));
        begun.push_back({request, length, cache_->fork(last_pages, length)});
      }
    }
    std::size_t const whole = questions.back().prompt.size() / page_length;
    last_pages.resize(whole);
    for (std::int32_t page : last_pages) {
      cache_->share(page);
    }
    for (std::size_t p = cached / page_length; p < real.size(); ++p) {
      cache_->release(real[p]);
    }
    release(anchor_pages_);
    anchor_pages_ = last_pages;
    anchor_ = questions.back().prompt.first(whole * page_length);
    draw(x, questions.size(), rows, begun);
    for (Writing& a : begun) {
      if (!finished(a)) {
        active_.push_back(std::move(a));
      }
    }
  }

  /// One more token for every answer, or a window of them.
  void step() {
    if (active_.empty()) {
      return;
    }
    if constexpr (DecodingBackend<B>) {
      if (decoder_) {
        window();
        return;
      }
    }
    Tokens tokens;
    std::vector<std::int32_t> positions, rows;
    AttentionLayout layout;
    for (std::size_t i = 0; i < active_.size(); ++i) {
      Writing& a = active_[i];
      if (a.length / page_length == a.pages.size()) {
        a.pages.push_back(cache_->take());
      }
      tokens.push_back(answers_[a.request].back());
      positions.push_back(static_cast<std::int32_t>(a.length));
      rows.push_back(static_cast<std::int32_t>(i));
      layout.segments.push_back({i, 1, a.length, layout.page_table.size()});
      layout.page_table.insert(layout.page_table.end(), a.pages.begin(), a.pages.end());
      layout.writes.push_back({static_cast<std::int32_t>(i), a.pages.back() * static_cast<std::int32_t>(page_length) +
                                                                 static_cast<std::int32_t>(a.length % page_length)});
      ++a.length;
    }
    layout.rows = tokens.size();
    layout.pages = cache_->pages();
    auto const x = forward(tokens, positions, layout);
    draw(x, tokens.size(), rows, active_);
    std::erase_if(active_, [&](Writing& a) { return finished(a); });
  }

  auto decoder() requires DecodingBackend<B> {
    Tokens ends;
    for (std::size_t t = 0; t < c_.vocabulary; ++t) {
      if (is_end_(static_cast<Token>(t))) {
        ends.push_back(static_cast<Token>(t));
      }
    }
    return b_->decoder(body_->shape(), sampling_, std::span<Token const>(ends));
  }

  /// The backend writes up to limits_.window tokens of every answer; their pages are taken before.
  void window() requires DecodingBackend<B> {
    std::vector<DecodingRow> rows;
    std::size_t steps = 0;
    for (Writing const& a : active_) {
      rows.push_back(row_of(a));
      steps = std::max(steps, static_cast<std::size_t>(rows.back().at_most));
    }
    steps = std::min(steps, limits_.window);
    AttentionLayout layout;
    for (std::size_t i = 0; i < active_.size(); ++i) {
      Writing& a = active_[i];
      std::size_t const end = a.length + std::min(steps, static_cast<std::size_t>(rows[i].at_most));
      while (a.pages.size() < pages_for(end)) {
        a.pages.push_back(cache_->take());
      }
      layout.segments.push_back({i, 1, end - 1, layout.page_table.size()});
      layout.page_table.insert(layout.page_table.end(), a.pages.begin(), a.pages.end());
    }
    layout.rows = rows.size();
    layout.pages = cache_->pages();
    auto const written = decode_window<B>(*decoder_, rows, layout, steps, *body_, *head_, w_,
                                          [&](std::size_t l) { return cache_->layer(l); });
    for (std::size_t i = 0; i < active_.size(); ++i) {
      Tokens& answer = answers_[active_[i].request];
      answer.insert(answer.end(), written[i].begin(), written[i].end());
      active_[i].length += written[i].size();
    }
    std::erase_if(active_, [&](Writing& a) { return finished(a); });
  }

  DecodingRow row_of(Writing const& a) const {
    Tokens const& answer = answers_[a.request];
    GenerationRequest const& request = requests_[a.request];
    auto const narrow = [](std::size_t n) { return static_cast<std::int32_t>(n); };
    return {answer.back(), narrow(a.length), narrow(answer.size()),
            narrow(limit(a.request) - request.prompt.size() - answer.size()), request.seed};
  }

  /// wanted: rows whose hidden states are returned; none named, all of them.
  BufferOf<B, float> forward(Tokens const& tokens, std::vector<std::int32_t> const& positions,
                             AttentionLayout const& layout, std::vector<std::int32_t> const& wanted = {}) {
    auto const ids = upload(tokens), places = upload(positions), some = upload(wanted);
    auto const plan = b_->plan(layout);
    std::vector<LayerTape<B>> none;
    return body_->forward(
        w_, ids.span(), places.span(), plan, [&](std::size_t l) { return cache_->layer(l); }, Keep::nothing, none,
        some.span());
  }

  /// Appends a token to the answer of writing[i], predicted by hidden row rows[i].
  void draw(BufferOf<B, float> const& x, std::size_t x_rows, std::vector<std::int32_t> const& rows,
            std::vector<Writing> const& writing) {
    for (std::size_t first = 0; first < rows.size(); first += head_rows) {
      std::size_t const count = std::min(head_rows, rows.size() - first);
      auto const picked = upload(std::vector<std::int32_t>(rows.begin() + static_cast<std::ptrdiff_t>(first),
                                                           rows.begin() + static_cast<std::ptrdiff_t>(first + count)));
      auto const logits = head_->logits(w_, matrix<B>(x.span(), x_rows, c_.hidden), picked.span());
      std::vector<Seed> seeds;
      for (std::size_t i = first; i < first + count; ++i) {
        std::size_t const r = writing[i].request;
        seeds.push_back(requests_[r].seed.fork(answers_[r].size()));
      }
      auto const tokens =
          b_->sample(matrix<B>(logits.span(), count, c_.vocabulary), std::span<Seed const>(seeds), sampling_);
      for (std::size_t i = 0; i < count; ++i) {
        answers_[writing[first + i].request].push_back(tokens[i]);
      }
    }
  }

  void tell() const {
    if (advanced_) {
      std::size_t written = 0;
      for (Tokens const& answer : answers_) {
        written += answer.size();
      }
      advanced_({written, at_most_});
    }
  }

  /// Ended by itself, or at its limit; then its pages are free.
  bool finished(Writing& a) {
    Tokens const& answer = answers_[a.request];
    if (is_end_(answer.back()) || answer.size() == static_cast<std::size_t>(sampling_.max_new_tokens) ||
        requests_[a.request].prompt.size() + answer.size() >= limit(a.request)) {
      at_most_ -= limit(a.request) - requests_[a.request].prompt.size() - answer.size();
      release(a.pages);
      return true;
    }
    return false;
  }

  void release(std::vector<std::int32_t>& pages) {
    for (std::int32_t page : pages) {
      cache_->release(page);
    }
    pages.clear();
  }

  template <class Vector>
  auto upload(Vector const& ids) {
    auto buffer = b_->template allocate<std::int32_t>(ids.size());
    b_->upload(std::span<std::int32_t const>(ids), buffer.span());
    return buffer;
  }

  B* b_;
  io::ModelConfig c_;
  Transformer<B>* body_;
  Head<B>* head_;
  Weights w_;
  std::function<bool(Token)> is_end_;
  GenerationLimits limits_;
  std::function<void(GenerationAdvanced const&)> advanced_;

  std::span<GenerationRequest const> requests_;
  Sampling sampling_;
  std::vector<Tokens> answers_;
  std::size_t at_most_ = 0; // tokens, when every answer has ended
  PromptQueue waiting_;
  std::vector<Writing> active_;
  std::optional<KeyCache<B>> cache_;
  std::optional<DecoderOf<B>> decoder_;
  std::span<Token const> anchor_;          // the whole pages of the last prompt that was read ...
  std::vector<std::int32_t> anchor_pages_; // ... stay until the next
};

} // namespace srlm::model
