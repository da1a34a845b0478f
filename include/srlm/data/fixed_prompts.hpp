/// A prompt source that gives a person's list, in order.
#pragma once
#include <srlm/concepts/prompt_source.hpp>
#include <srlm/core/error.hpp>
#include <string>
#include <vector>

namespace srlm {

/// Gives the texts one after the other and begins again at the end of the list.
class FixedPrompts {
 public:
  /// Throws: Error for an empty list.
  explicit FixedPrompts(std::vector<std::string> texts) : texts_(std::move(texts)) {
    require(!texts_.empty(), "FixedPrompts", "no prompts", "at least one");
  }

  template <Generator G>
  std::vector<Prompt> next(G& policy, std::size_t n, Seed) {
    std::vector<Prompt> prompts;
    for (; n > 0; --n, at_ = (at_ + 1) % texts_.size()) {
      prompts.push_back({texts_[at_], std::as_const(policy).tokenizer().encode_prompt(texts_[at_])});
    }
    return prompts;
  }

  /// Goes on behind what an interrupted run had already been given.
  void remember(std::span<Prompt const> given) { at_ = (at_ + given.size() % texts_.size()) % texts_.size(); }

  std::vector<std::string> const& texts() const { return texts_; }

 private:
  std::vector<std::string> texts_;
  std::size_t at_ = 0;
};

} // namespace srlm
