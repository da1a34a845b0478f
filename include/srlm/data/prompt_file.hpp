/// Reads a prompt source from JSON Lines: {"prompt": "..."} a line.
#pragma once
#include <srlm/data/ascii.hpp>
#include <srlm/data/fixed_prompts.hpp>
#include <srlm/io/jsonl.hpp>

namespace srlm {

/// Other fields are ignored. Throws: Error "file:line: ..." for a prompt that is missing, blank or no string, and Error
/// for a file without one.
inline FixedPrompts read_prompts(std::string const& path) {
  std::vector<std::string> texts;
  io::read_jsonl(path, [&](io::Json const& object, std::size_t line) {
    std::string const where = path + ":" + std::to_string(line);
    texts.push_back(io::required_string(object, "prompt", where));
    if (ascii::trimmed(texts.back()).empty()) {
      throw Error(where + ": the field \"prompt\"", "a blank text", "one that is not blank");
    }
  });
  if (texts.empty()) {
    throw Error(path, "no prompts", "at least one line {\"prompt\": ...}");
  }
  return FixedPrompts(std::move(texts));
}

} // namespace srlm
