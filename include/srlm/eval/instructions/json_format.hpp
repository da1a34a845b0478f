/// The whole answer is JSON, bare or in a Markdown fence.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>
#include <srlm/io/json.hpp>

namespace srlm {

/// The response is one JSON value, alone or in a fence of three ticks.
struct JsonFormat {
  static constexpr std::string_view name = "detectable_format:json_format";
  static constexpr auto arguments = std::tuple();

  bool is_kept_by(std::string_view response) const {
    std::string_view value = text::strip(response);
    for (std::string_view const fence : {"```json", "```Json", "```JSON", "```"}) {
      value.remove_prefix(value.starts_with(fence) ? fence.size() : 0);
    }
    value.remove_suffix(value.ends_with("```") ? 3 : 0);
    value = text::strip(value);
    return io::Json::accept(value.begin(), value.end());
  }
};

} // namespace srlm
