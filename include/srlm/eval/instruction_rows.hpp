/// Reads prompts with verifiable instructions from IFEval's file format, JSON Lines:
/// {"key": 1, "prompt": "...", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
#pragma once
#include <srlm/eval/instructions.hpp>
#include <srlm/io/jsonl.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace srlm {

/// A prompt, and what an answer to it has to keep.
struct InstructionRow {
  std::string key; ///< as the file has it, for reports
  std::string prompt;
  std::vector<Instruction> instructions;
};

struct InstructionRows {
  std::vector<InstructionRow> rows;
  std::size_t left_out = 0; ///< rows with an instruction that no program here decides
};

/// The kind of IFEval that is not here: rows that have it are left out and counted.
inline constexpr std::string_view undecided_instruction = "language:response_language";

namespace detail {

inline void read_argument(io::Json const& arguments, std::string const& key, std::string const& where,
                          std::int64_t& value) {
  value = io::required_integer(arguments, key, where);
  if (value < 0) {
    throw Error(where + ": the field \"" + key + "\"", std::to_string(value), "a count");
  }
}

inline void read_argument(io::Json const& arguments, std::string const& key, std::string const& where,
                          std::string& value) {
  value = io::required_string(arguments, key, where);
  if (value.empty()) {
    throw Error(where + ": the field \"" + key + "\"", "an empty text", "one that is not empty");
  }
}

inline void read_argument(io::Json const& arguments, std::string const& key, std::string const& where,
                          std::vector<std::string>& values) {
  for (io::Json const& value : io::required_array(arguments, key, where)) {
    if (!value.is_string() || value.get_ref<std::string const&>().empty()) {
      throw Error(where + ": the field \"" + key + "\"", io::excerpt(value), "words");
    }
    values.push_back(value.get<std::string>());
  }
  if (values.empty()) {
    throw Error(where + ": the field \"" + key + "\"", "no words", "at least one");
  }
}

inline void read_argument(io::Json const& arguments, std::string const& key, std::string const& where,
                          Relation& value) {
  std::string const text = io::required_string(arguments, key, where);
  if (text != "less than" && text != "at least") {
    throw Error(where + ": the field \"" + key + "\"", "\"" + text + "\"", "\"less than\" or \"at least\"");
  }
  value = text == "less than" ? Relation::less_than : Relation::at_least;
}

/// An instruction of one kind. Arguments that are null count as absent; one that the kind does not have is refused.
template <InstructionKind Kind>
Kind read_kind(io::Json const& arguments, std::string const& where) {
  if (!arguments.is_object()) {
    throw Error(where, io::excerpt(arguments), "a JSON object of arguments");
  }
  Kind kind;
  std::apply(
      [&](auto const&... argument) {
        (read_argument(arguments, std::string(argument.name), where, kind.*(argument.member)), ...);
      },
      Kind::arguments);
  for (auto const& [key, value] : arguments.items()) {
    bool const belongs = std::apply(
        [&key = key](auto const&... argument) { return (false || ... || (argument.name == key)); }, Kind::arguments);
    if (!belongs && !value.is_null()) {
      throw Error(where, "the argument \"" + key + "\"", "one that " + std::string(Kind::name) + " has");
    }
  }
  return kind;
}

} // namespace detail

/// The instruction of an id with its arguments. Throws: Error at where for an id that no kind has, an argument that is
/// missing, of another type or not the kind's.
inline Instruction read_instruction(std::string const& id, io::Json const& arguments, std::string const& where) {
  std::optional<Instruction> instruction;
  for_each_type(Instructions{}, [&]<class Kind>(std::type_identity<Kind>) {
    if (id == Kind::name) {
      instruction = detail::read_kind<Kind>(arguments, where + ": " + id);
    }
  });
  if (!instruction) {
    throw Error(where, "the instruction \"" + id + "\"", "one of the kinds in srlm/eval/instructions.hpp");
  }
  return *std::move(instruction);
}

/// One row, or nullopt where it has an instruction that is not decided. "kwargs" may be null or absent where no
/// instruction has arguments.
inline std::optional<InstructionRow> read_instruction_row(io::Json const& object, std::string const& where) {
  InstructionRow row;
  if (io::Json const* const key = io::optional_field(object, "key", where)) {
    row.key = key->is_string() ? key->get<std::string>() : key->dump();
  }
  row.prompt = io::required_string(object, "prompt", where);
  io::Json const& ids = io::required_array(object, "instruction_id_list", where);
  io::Json const none = io::Json::array();
  io::Json const& arguments =
      io::optional_field(object, "kwargs", where) == nullptr ? none : io::required_array(object, "kwargs", where);
  if (ids.empty()) {
    throw Error(where + ": the field \"instruction_id_list\"", "no instruction", "at least one");
  }
  if (!arguments.empty() && arguments.size() != ids.size()) {
    throw Error(where + ": the field \"kwargs\"", std::to_string(arguments.size()) + " objects",
                std::to_string(ids.size()) + ", one an instruction");
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!ids[i].is_string()) {
      throw Error(where + ": the field \"instruction_id_list\"", io::excerpt(ids[i]), "ids of instructions");
    }
    if (ids[i].get_ref<std::string const&>() == undecided_instruction) {
      return std::nullopt;
    }
    row.instructions.push_back(
        read_instruction(ids[i].get<std::string>(), arguments.empty() ? io::Json::object() : arguments[i], where));
  }
  return row;
}

/// All rows of a file. Throws: Error "file:line: ..." for a row that is wrong, and Error for a file without a row.
inline InstructionRows read_instruction_rows(std::string const& path) {
  InstructionRows all;
  io::with_input(path, [&](std::istream& in, std::string const& name) {
    io::read_jsonl(in, name, [&](io::Json const& object, std::size_t line) {
      if (auto row = read_instruction_row(object, name + ":" + std::to_string(line))) {
        all.rows.push_back(*std::move(row));
      } else {
        ++all.left_out;
      }
    });
    if (all.rows.empty()) {
      throw Error(name, "no rows", "at least one {\"prompt\", \"instruction_id_list\", \"kwargs\"}");
    }
  });
  return all;
}

} // namespace srlm
