/// Requests that wait for their prompt to be read: equal prompts as one question, prompts with a common beginning one
/// after the other.
#pragma once
#include <srlm/core/sequence.hpp>
#include <algorithm> // equal, lexicographical_compare, mismatch, stable_sort
#include <numeric>   // iota
#include <span>
#include <vector>

namespace srlm::model {

/// A prompt, and the requests that ask it.
struct Question {
  std::span<Token const> prompt;
  std::vector<std::size_t> requests;
};

/// How many tokens a and b begin with alike.
inline std::size_t common_beginning(std::span<Token const> a, std::span<Token const> b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

class PromptQueue {
 public:
  PromptQueue() = default;
  explicit PromptQueue(std::span<GenerationRequest const> requests) : requests_(requests), order_(requests.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      auto const &x = requests_[a].prompt, &y = requests_[b].prompt;
      return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
    });
  }

  /// Requests that wait.
  std::size_t size() const { return order_.size() - next_; }

  /// Takes the next requests, up to `places`, as long as fits(request, whether its prompt is a new one) says so, and
  /// their prompts have at most `rows` tokens that neither the prompt before has, nor, for the first one, `known`; one
  /// prompt may have more.
  template <class Fits>
  std::vector<Question> take(std::size_t places, std::size_t rows, std::span<Token const> known, Fits const& fits) {
    std::vector<Question> questions;
    for (std::size_t unread = 0; size() > 0 && places > 0; --places, ++next_) {
      std::size_t const request = order_[next_];
      std::span<Token const> const prompt = requests_[request].prompt;
      bool const is_new = questions.empty() || !std::ranges::equal(questions.back().prompt, prompt);
      if (!fits(request, is_new)) {
        break;
      }
      if (is_new) {
        unread += prompt.size() - common_beginning(questions.empty() ? known : questions.back().prompt, prompt);
        if (!questions.empty() && unread > rows) {
          break;
        }
        questions.push_back({prompt, {}});
      }
      questions.back().requests.push_back(request);
    }
    return questions;
  }

 private:
  std::span<GenerationRequest const> requests_;
  std::vector<std::size_t> order_;
  std::size_t next_ = 0;
};

} // namespace srlm::model
