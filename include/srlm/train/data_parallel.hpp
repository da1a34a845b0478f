/// More than one rank: every rank runs the same loop on the same policy, and does its share of each piece of work.
/// DataParallel is that policy, DataParallelStepper its optimizer; the loop and the trainers do not know of them.
#pragma once
#include <srlm/comm/add_spans.hpp>
#include <srlm/comm/share.hpp>
#include <srlm/comm/tree_sum.hpp>
#include <srlm/concepts/communicator.hpp>
#include <srlm/concepts/observer.hpp>
#include <srlm/concepts/policy.hpp>
#include <srlm/concepts/stepper.hpp>
#include <algorithm> // ranges::equal
#include <optional>
#include <string>
#include <utility> // exchange

namespace srlm {

/// The first sequence of each lane's part, and the end. Sequences of one prompt that follow each other stay together,
/// so that a shared prompt is computed once. It depends on the sequences alone.
inline std::vector<std::size_t> lane_parts(std::span<SequenceView const> sequences, std::size_t lanes) {
  std::vector<std::size_t> prompts;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    auto const same = [&] { return std::ranges::equal(sequences[i - 1].prompt, sequences[i].prompt); };
    if (i == 0 || !same()) {
      prompts.push_back(i);
    }
  }
  std::vector<std::size_t> parts;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    std::size_t const first = part_of(prompts.size(), lane, lanes).first;
    parts.push_back(first < prompts.size() ? prompts[first] : sequences.size());
  }
  parts.push_back(sequences.size());
  return parts;
}

/// What forward() leaves on this rank: its lanes' tapes.
template <class Tape>
struct LaneTapes {
  std::vector<std::size_t> parts;
  std::vector<std::optional<Tape>> own; ///< nothing for a lane without sequences
  std::vector<float> sums;              ///< of all ranks

  std::span<float const> log_probs() const { return sums; }
};

/// The policy of all ranks. Each holds a whole model; answers and log-probabilities are computed in shares and
/// gathered, so every rank has all of them. Every rank must call every member alike. A batch is cut into `lanes` parts,
/// whatever the number of ranks; a rank computes the gradients of its lanes, each by itself, and sum_gradients() adds
/// them up as a tree. Determinism: where lanes and ranks are powers of two, the same bits on any number of ranks. A
/// rank's memory has 1 + lanes / ranks gradients. Throws, in all members: SharedError on every rank where one fails.
template <Policy P, GradientBackend B, Communicator<B> C>
class DataParallel {
  using Floats = BufferOf<B, float>;

 public:
  using Tape = LaneTapes<TapeOf<P>>;

  /// All must outlive it. lanes: a multiple of the number of ranks. Throws: Error for another number.
  DataParallel(P& model, B& backend, C& ranks, std::size_t lanes = 4)
      : model_(&model), backend_(&backend), ranks_(&ranks), lanes_(lanes) {
    std::size_t const size = count();
    if (lanes == 0 || lanes % size != 0) {
      throw SharedError("data-parallel training: lanes", std::to_string(lanes),
                        "a multiple of the " + std::to_string(size) + " ranks");
    }
    sums_.resize(lanes / size);
  }

  /// This rank's own model: what it does with it, the others do not know of.
  P& own() { return *model_; }
  C& ranks() { return *ranks_; }

  // ---- Generator
  decltype(auto) tokenizer() const { return std::as_const(*model_).tokenizer(); }
  std::size_t context_length() const requires ContextAware<P> { return std::as_const(*model_).context_length(); }

  std::vector<Tokens> generate(std::span<GenerationRequest const> requests, Sampling const& sampling) {
    auto const all = share(*ranks_, "generate " + std::to_string(requests.size()) + " responses", [&] {
      Part const part = part_of(requests.size(), rank(), count());
      Bytes bytes;
      if (part.size() > 0) {
        for (Tokens const& tokens : model_->generate(requests.subspan(part.first, part.size()), sampling)) {
          std::size_t const size = tokens.size();
          append_bytes(bytes, std::span<std::size_t const>(&size, 1));
          append_bytes(bytes, std::span<Token const>(tokens));
        }
      }
      return bytes;
    });
    std::vector<Tokens> answers;
    for (std::size_t r = 0; r < all.size(); ++r) {
      ByteReader reader(all[r]);
      for (std::size_t i = part_of(requests.size(), r, all.size()).size(); i > 0; --i) {
        answers.push_back(reader.take<Token>(reader.take<std::size_t>(1).front()));
      }
    }
    return answers;
  }

  // ---- LogProbModel
  std::vector<float> log_probs(std::span<SequenceView const> sequences) {
    std::vector<std::size_t> const parts = lane_parts(sequences, lanes_);
    return gather_log_probs(sequences, "log-probabilities", parts,
                            [&](std::size_t, auto part) { return model_->log_probs(part); });
  }

  // ---- DifferentiableLogProbModel
  Tape forward(std::span<SequenceView const> sequences) {
    Tape tape{lane_parts(sequences, lanes_), {}, {}};
    tape.own.resize(sums_.size());
    tape.sums = gather_log_probs(sequences, "forward pass", tape.parts, [&](std::size_t lane, auto part) {
      tape.own[lane].emplace(model_->forward(part));
      std::span<float const> const sums = std::as_const(*tape.own[lane]).log_probs();
      return std::vector<float>(sums.begin(), sums.end());
    });
    return tape;
  }

  /// Needs no other rank: what fails here is told to all by sum_gradients().
  void backward(Tape tape, std::span<float const> weight) {
    require(weight.size() == tape.sums.size(), "backward", "weights that are not one a sequence",
            "as many as the tape has sequences");
    try {
      for (std::size_t i = 0; i < tape.own.size(); ++i) {
        if (tape.own[i]) {
          std::size_t const lane = first_lane() + i, first = tape.parts[lane];
          model_->backward(std::move(*tape.own[i]), weight.subspan(first, tape.parts[lane + 1] - first));
          tape.own[i].reset();
          add_to_lane(i);
        }
      }
    } catch (std::exception const& problem) {
      failed_ = failed_.value_or(problem.what());
    }
  }

  /// The gradient of all ranks' lanes becomes that of every rank's own model.
  void sum_gradients() {
    share_work(*ranks_, "sum of gradients", [&] {
      if (failed_) {
        throw Error(*std::exchange(failed_, std::nullopt));
      }
      tree_sum(sums_.size(), [&](std::size_t to, std::size_t from) {
        for (std::size_t k = 0; k < sums_[from].size(); ++k) {
          make_room(to);
          add_spans(*backend_, sums_[from][k].span(), sums_[to][k].span());
        }
      });
      std::size_t k = 0;
      for (auto&& p : model_->parameters()) {
        if (k < sums_.front().size()) {
          backend_->fill_zero(p.gradient);
          add_spans(*backend_, sums_.front()[k++].span(), p.gradient);
        }
      }
      for (auto& lane : sums_) {
        for (Floats const& sum : lane) {
          backend_->fill_zero(sum.span());
        }
      }
    });
    if (count() > 1) {
      for (auto&& p : model_->parameters()) {
        ranks_->all_reduce_sum(p.gradient);
      }
    }
  }

  /// For steppers of the user's own; DataParallelStepper asks own() for them.
  decltype(auto) parameters() { return model_->parameters(); }

  // ---- Checkpointed: the first rank writes, all read. The file lies where every rank can see it.
  void save_checkpoint(std::filesystem::path const& file) const requires Checkpointed<P> {
    first_rank_does(*ranks_, "save the policy", [&] { std::as_const(*model_).save_checkpoint(file); });
  }
  void load_checkpoint(std::filesystem::path const& file) requires Checkpointed<P> {
    share_work(*ranks_, "load the policy", [&] { model_->load_checkpoint(file); });
  }

 private:
  std::size_t rank() const { return static_cast<std::size_t>(ranks_->rank()); }
  std::size_t count() const { return static_cast<std::size_t>(ranks_->size()); }
  std::size_t first_lane() const { return rank() * sums_.size(); }

  /// compute(own lane, its sequences) for this rank's lanes. Lanes lie together, so by rank is in the sequences' order.
  template <class Compute>
  std::vector<float> gather_log_probs(std::span<SequenceView const> sequences, char const* what,
                                      std::vector<std::size_t> const& parts, Compute&& compute) {
    auto const all = share(*ranks_, std::string(what) + " of " + std::to_string(sequences.size()) + " sequences", [&] {
      Bytes bytes;
      for (std::size_t i = 0; i < sums_.size(); ++i) {
        std::size_t const first = parts[first_lane() + i], n = parts[first_lane() + i + 1] - first;
        if (n > 0) {
          append_bytes(bytes, std::span<float const>(compute(i, sequences.subspan(first, n))));
        }
      }
      return bytes;
    });
    std::vector<float> values;
    for (Bytes const& bytes : all) {
      auto const part = ByteReader(bytes).template rest<float>();
      values.insert(values.end(), part.begin(), part.end());
    }
    return values;
  }

  void make_room(std::size_t lane) {
    if (sums_[lane].empty()) {
      for (auto&& p : model_->parameters()) {
        sums_[lane].push_back(backend_->template allocate<float>(p.gradient.size()));
        backend_->fill_zero(sums_[lane].back().span());
      }
    }
  }

  /// The model's gradient goes over to a lane's.
  void add_to_lane(std::size_t lane) {
    make_room(lane);
    std::size_t k = 0;
    for (auto&& p : model_->parameters()) {
      require(k < sums_[lane].size() && sums_[lane][k].span().size() == p.gradient.size(), "data-parallel training",
              "a model whose parameters have changed", "the same parameters in every step");
      add_spans(*backend_, p.gradient, sums_[lane][k++].span());
      backend_->fill_zero(p.gradient);
    }
  }

  P* model_;
  B* backend_;
  C* ranks_;
  std::size_t lanes_;
  std::vector<std::vector<Floats>> sums_; ///< this rank's lanes, one sum a parameter
  std::optional<std::string> failed_;     ///< what backward() met
};

/// The step of every rank's own model, from the gradient of all. S: a stepper of the model. Throws: SharedError where
/// the ranks' steps differ: their models are no longer the same.
template <class S, class C>
class DataParallelStepper {
 public:
  DataParallelStepper(S stepper, C& ranks) : stepper_(std::move(stepper)), ranks_(&ranks) {}

  void begin(std::size_t steps) { stepper_.begin(steps); }

  template <class M>
  StepReport step(M& model) {
    model.sum_gradients();
    StepReport report;
    auto const all = share(*ranks_, "step", [&] {
      report = stepper_.step(model.own());
      Bytes bytes;
      append_bytes(bytes, std::span<double const>(&report.gradient_norm, 1));
      return bytes;
    });
    for (Bytes const& bytes : all) {
      if (bytes != all.front()) {
        throw SharedError("a step of several ranks", "gradients of different norms", "the same on every rank");
      }
    }
    return report;
  }

  void save_checkpoint(std::filesystem::path const& file) const requires Checkpointed<S> {
    first_rank_does(*ranks_, "save the stepper", [&] { stepper_.save_checkpoint(file); });
  }
  void load_checkpoint(std::filesystem::path const& file) requires Checkpointed<S> {
    share_work(*ranks_, "load the stepper", [&] { stepper_.load_checkpoint(file); });
  }

 private:
  S stepper_;
  C* ranks_;
};

/// An observer that only the first rank has: one that prints, say. When it wants the run to end, all ranks end.
/// O: a callable; Event: those that it takes.
template <class O, class C>
class FirstRankObserver {
 public:
  FirstRankObserver(O observer, C& ranks) : observer_(std::move(observer)), ranks_(&ranks) {}

  template <class Event>
  requires std::invocable<O&, Event const&> Control operator()(Event const& event) {
    auto const all = share(*ranks_, "tell an observer", [&] {
      bool const stops = ranks_->rank() == 0 && notify(event, observer_) == Control::stop;
      return Bytes(1, static_cast<std::byte>(stops ? 1 : 0));
    });
    return all.front().front() != std::byte{0} ? Control::stop : Control::proceed;
  }

 private:
  O observer_;
  C* ranks_;
};

} // namespace srlm
