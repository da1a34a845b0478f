/// The model's part of what a backend repeats by itself: from tokens and positions to logits and a draw.
#pragma once
#include <srlm/concepts/decoding_backend.hpp>
#include <srlm/model/head.hpp>
#include <srlm/model/key_cache.hpp>
#include <algorithm> // min
#include <variant>   // monostate

namespace srlm::model {

namespace detail {

template <class B>
struct DecoderType {
  using type = std::monostate;
};
template <DecodingBackend B>
struct DecoderType<B> {
  using type = typename B::Decoder;
};

} // namespace detail

/// B::Decoder, or nothing to speak of for a backend that has none.
template <class B>
using DecoderOf = typename detail::DecoderType<B>::type;

/// Up to `steps` tokens for each row. layout: as DecodingBackend says. pages(l): layer l's key pages, the same in all
/// windows of a decoder.
template <DecodingBackend B, class Pages>
std::vector<Tokens> decode_window(typename B::Decoder& decoder, std::span<DecodingRow const> rows,
                                  AttentionLayout const& layout, std::size_t steps, Transformer<B>& body, Head<B>& head,
                                  AdaptedViews<B> const& w, Pages const& pages) {
  std::size_t const hidden = w.embedding().cols, vocabulary = w.embedding().rows;
  decoder.begin(rows, layout, steps);
  decoder.run([&] {
    std::vector<LayerTape<B>> none;
    auto const ids = decoder.row_numbers();
    auto const x = body.forward(w, decoder.tokens(), decoder.positions(), decoder.plan(), pages, Keep::nothing, none);
    for (std::size_t first = 0; first < ids.size(); first += head_rows) {
      std::size_t const count = std::min(head_rows, ids.size() - first);
      auto const logits = head.logits(w, matrix<B>(x.span(), ids.size(), hidden), ids.subspan(first, count));
      decoder.draw(matrix<B>(logits.span(), count, vocabulary), first);
    }
  });
  return decoder.written();
}

} // namespace srlm::model
