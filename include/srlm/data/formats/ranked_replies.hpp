/// First turns with the replies that people ranked, as extracts of Open Assistant are published: some replies without a
/// rank, and marks of prompts that belong to evaluations. Read only: seeds hold the same.
#pragma once
#include <srlm/data/formats/seeds.hpp>
#include <srlm/data/left_out.hpp>
#include <array>
#include <optional>

namespace srlm {

struct RankedRepliesFormat {
  static constexpr std::string_view name = "ranked_replies";
  static constexpr std::string_view form = R"({"prompt", "replies": [{"text", "rank"}, ...]})";
  static constexpr std::array<std::string_view, 5> fields = {"prompt", "replies", "in_alpaca_eval", "in_oasst1_val",
                                                             "dup_rank"};
  static constexpr std::array<std::string_view, 2> inner_fields = {"text", "rank"}; ///< of each reply
  using Row = SeedExample;

  static bool recognises(io::Json const& object) { return object.contains("prompt") && object.contains("replies"); }

  /// Replies whose rank is null are left out ("unranked"), and so are rows without any other
  /// ("prompt_without_ranked_replies") and rows marked "dup_rank", whose ranks contradict each other. A prompt that is
  /// marked as part of an evaluation ("in_alpaca_eval", "in_oasst1_val") is held out.
  /// Throws: Error at where for a missing, blank or mistyped field, and for equal replies.
  static std::optional<SeedExample> read(io::Json const& object, std::string const& where, LeftOut& left_out) {
    SeedExample seed;
    seed.prompt = required_text(object, "prompt", RowFault::no_prompt, where);
    std::size_t number = 0, unranked = 0;
    for (io::Json const& reply : io::required_array(object, "replies", where)) {
      std::string const place = where + ": reply " + std::to_string(++number);
      if (io::optional_field(reply, "rank", place) == nullptr) {
        ++unranked;
        continue;
      }
      add_answer(seed, reply, place);
    }
    auto const marked = [&](char const* mark) { return io::optional_bool(object, mark, where).value_or(false); };
    seed.held_out = marked("in_alpaca_eval") || marked("in_oasst1_val");
    left_out["unranked"] += unranked;
    if (seed.answers.empty() || marked("dup_rank")) {
      ++left_out[seed.answers.empty() ? "prompt_without_ranked_replies" : "dup_rank"];
      return std::nullopt;
    }
    return seed;
  }
};

} // namespace srlm
