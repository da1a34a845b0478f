#include "decode_model.hpp"
#include "reference.hpp"
#include <srlm/backend/eigen.hpp>

std::vector<srlm::testing::Wide> attention_by_eigen(srlm::model::RowPlan const& plan,
                                                    srlm::AttentionShape const& shape) {
  srlm::EigenBackend eigen(1);
  return attention_results(eigen, plan, shape);
}

std::vector<srlm::Token> drawn_by_eigen(std::vector<float> const& logits, std::size_t vocabulary,
                                        std::vector<srlm::Seed> const& seeds, srlm::Sampling const& sampling) {
  return drawn(srlm::EigenBackend(1), logits, vocabulary, seeds, sampling);
}

std::vector<srlm::Tokens> answers_by_eigen(std::size_t end_tokens) {
  return decode_model::answers(srlm::EigenBackend(1), end_tokens);
}
