/// A policy with one member missing at a time (-DWITHOUT_...), and none without: then it must compile.
#include <srlm/concepts/explain.hpp>

struct Letters {
#ifndef WITHOUT_ENCODE_PROMPT
  srlm::Tokens encode_prompt(std::string_view) const;
#endif
#ifndef WITHOUT_ENCODE_RESPONSE
  srlm::Tokens encode_response(std::string_view) const;
#endif
#ifndef WITHOUT_DECODE
  std::string decode(std::span<srlm::Token const>) const;
#endif
};

struct Tape {
  std::span<float const> log_probs() const;
};

struct Model {
#ifndef WITHOUT_TOKENIZER
  Letters const& tokenizer() const;
#endif
#if defined(WRONG_GENERATE)
  srlm::Tokens generate(std::span<srlm::GenerationRequest const>, srlm::Sampling const&);
#elif !defined(WITHOUT_GENERATE)
  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const>, srlm::Sampling const&);
#endif
#ifndef WITHOUT_LOG_PROBS
  std::vector<float> log_probs(std::span<srlm::SequenceView const>);
#endif
#ifndef WITHOUT_FORWARD
  Tape forward(std::span<srlm::SequenceView const>);
#endif
#ifndef WITHOUT_BACKWARD
  void backward(Tape, std::span<float const>);
#endif
};

static_assert(srlm::explain_policy<Model>());
