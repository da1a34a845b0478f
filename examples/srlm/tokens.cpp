/// tokenize and detokenize: the weights are not read.
#include "command.hpp"

namespace srlm::cli {

namespace {

text::Tokenizer load_tokenizer(std::string const& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    throw Error("model " + path + ": no such file or folder");
  }
  if (std::filesystem::is_directory(path, ignored)) {
    return text::Tokenizer(io::read_hf_tokenizer(path));
  }
  io::GgufFile const file(path);
  return text::Tokenizer(io::vocabulary_from_gguf(file.metadata()));
}

std::vector<text::Message> messages_of(InputLine const& line) {
  io::Json const& list = io::required_field(line.json, "messages", line.where);
  if (!list.is_array()) {
    throw Error(line.where + ": messages", io::excerpt(list), "a list of {\"role\", \"content\"}");
  }
  std::vector<text::Message> messages;
  for (io::Json const& message : list) {
    if (!message.is_object()) {
      throw Error(line.where + ": messages", io::excerpt(message), "an object {\"role\", \"content\"}");
    }
    messages.push_back(
        {io::required_string(message, "role", line.where), io::required_string(message, "content", line.where)});
  }
  return messages;
}

struct TokenOptions : Common, Lines {
  bool as_text = false, add_bos = false, without_header = false, without_control = false;
};

} // namespace

Action add_tokenize(CLI::App& app) {
  auto const o = std::make_shared<TokenOptions>();
  o->Common::add(app);
  o->Lines::add(app);
  app.add_flag("--no-parse-special", o->as_text, "control tokens spelled in a text stay text");
  app.add_flag("--add-bos", o->add_bos, "put the beginning-of-sequence token before a text");
  app.add_flag("--no-generation-prompt", o->without_header, "end chats after the last message");
  return [o] {
    text::Tokenizer const tokenizer = load_tokenizer(o->model);
    auto const lines = read_lines(o->in);
    io::JsonlWriter out(o->out, io::JsonlWriter::Mode::replace);
    for (InputLine const& line : lines) {
      out.append(at_line(line, [&] {
        if (line.json.contains("messages")) {
          return io::OrderedJson{{"ids", tokenizer.encode_chat(messages_of(line), !o->without_header)}};
        }
        Tokens ids = tokenizer.encode(io::required_string(line.json, "text", line.where),
                                      o->as_text ? text::Specials::as_text : text::Specials::parse);
        if (o->add_bos) {
          if (!tokenizer.vocabulary().bos) {
            throw Error("--add-bos", "a model without a beginning-of-sequence token", "one that has it");
          }
          ids.insert(ids.begin(), *tokenizer.vocabulary().bos);
        }
        return io::OrderedJson{{"ids", ids}};
      }));
    }
    out.close();
    return 0;
  };
}

Action add_detokenize(CLI::App& app) {
  auto const o = std::make_shared<TokenOptions>();
  o->Common::add(app);
  o->Lines::add(app);
  app.add_flag("--skip-special", o->without_control, "leave control tokens out of the text");
  return [o] {
    text::Tokenizer const tokenizer = load_tokenizer(o->model);
    auto const lines = read_lines(o->in);
    io::JsonlWriter out(o->out, io::JsonlWriter::Mode::replace);
    for (InputLine const& line : lines) {
      Tokens const ids = required_tokens(line, "ids", tokenizer.size());
      out.append(io::OrderedJson{
          {"text", tokenizer.decode(ids, o->without_control ? text::ControlTokens::omit : text::ControlTokens::keep)}});
    }
    out.close();
    return 0;
  };
}

} // namespace srlm::cli
