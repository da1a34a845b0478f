/// What EigenBackend says, for comparison. Compiled apart (reference.cpp): Eigen under sanitizers takes a minute.
#pragma once
#include <srlm/model/row_plan.hpp>
#include <srlm/testing/placed.hpp>

/// out, log_sum, d_q, d_k and d_v of random numbers, the same for every backend.
template <class B>
std::vector<srlm::testing::Wide> attention_results(B& b, srlm::model::RowPlan const& plan,
                                                   srlm::AttentionShape const& shape) {
  using Numbers = srlm::testing::Placed<B>;
  std::size_t const rows = plan.tokens.size(), width = shape.heads * shape.head_dim,
                    kv_width = shape.kv_heads * shape.head_dim;
  Numbers const q(b, rows, width, 1, 2), k(b, rows, kv_width, 2), v(b, rows, kv_width, 3, 1), out(b, rows, width, 4),
      sums(b, rows, shape.heads, 5), d_out(b, rows, width, 6, 3), d_q(b, rows, width, 7), d_k(b, rows, kv_width, 8),
      d_v(b, rows, kv_width, 9);
  auto const pages = b.template allocate<float>(plan.layout.pages * shape.page_floats());
  auto const layout = b.plan(plan.layout);
  b.write_keys(k.view(), v.view(), layout, shape, pages.span());
  b.attention(q.view(), pages.span(), layout, shape, out.view(), sums.view());
  b.attention_backward(q.view(), k.view(), v.view(), out.view(), sums.view(), d_out.view(), layout, shape, d_q.view(),
                       d_k.view(), d_v.view());
  return {out.after(), sums.after(), d_q.after(), d_k.after(), d_v.after()};
}

/// A token for each seed, from `vocabulary` logits each.
template <class B>
std::vector<srlm::Token> drawn(B b, std::vector<float> const& logits, std::size_t vocabulary,
                               std::vector<srlm::Seed> const& seeds, srlm::Sampling const& sampling) {
  srlm::testing::Placed<B> const x(b, seeds.size(), vocabulary, logits);
  return b.sample(x.view(), std::span<srlm::Seed const>(seeds), sampling);
}

std::vector<srlm::testing::Wide> attention_by_eigen(srlm::model::RowPlan const& plan,
                                                    srlm::AttentionShape const& shape);
std::vector<srlm::Token> drawn_by_eigen(std::vector<float> const& logits, std::size_t vocabulary,
                                        std::vector<srlm::Seed> const& seeds, srlm::Sampling const& sampling);
/// Of decode_model.hpp.
std::vector<srlm::Tokens> answers_by_eigen(std::size_t end_tokens);
