/// Which family a Jinja chat template belongs to, and its exact strings, both taken from the template's text. Nothing
/// is run: a template of another family is refused with a message rather than rendered wrongly. Sources of the forms:
/// the tokenizer_config.json files of the models named with each family.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/text/chat_forms.hpp>
#include <srlm/text/chat_template.hpp>
#include <srlm/text/jinja_check.hpp>
#include <srlm/text/jinja_output.hpp>
#include <algorithm> // any_of
#include <optional>
#include <string>
#include <string_view>
#include <utility> // move
#include <vector>

namespace srlm::text {

/// What the variables bos_token and eos_token stand for; empty: the family's own.
struct TemplateTokens {
  std::string bos;
  std::string eos;
};

namespace detail {

/// The spelling of a family's bos when the template writes one, as variable or as text.
inline std::string written_bos(std::string_view jinja, TemplateTokens const& tokens, std::string_view usual) {
  std::string const bos = tokens.bos.empty() ? std::string(usual) : tokens.bos;
  return holds(jinja, "bos_token") ? bos : holds(jinja, usual) ? std::string(usual) : std::string{};
}

/// An expression with one content variable as a turn: the literals before it and after it, bos_token left out.
struct TurnExpression {
  TurnForm form;
  bool has_bos = false;
  bool has_eos = false;
};

inline std::optional<TurnExpression> read_turn(JinjaExpression const& expression, std::string const& eos) {
  TurnExpression turn;
  bool seen = false;
  for (JinjaOperand const& operand : expression) {
    std::string& side = seen ? turn.form.after : turn.form.before;
    if (operand.literal) {
      turn.has_eos = turn.has_eos || holds(operand.text, eos);
      side += operand.text;
    } else if (operand.text == "bos_token" && turn.form.before.empty() && !seen) {
      turn.has_bos = true;
    } else if (operand.text == "eos_token") {
      turn.has_eos = true;
      side += eos;
    } else if (holds(operand.text, "content") && !seen) {
      seen = true;
      turn.form.stripped = holds(operand.text, "strip()") || holds(operand.text, "trim");
    } else {
      return std::nullopt;
    }
  }
  return seen ? std::optional<TurnExpression>(std::move(turn)) : std::nullopt;
}

/// The content of the literal that holds a whole turn (header, content, end), as in templates that bring a system text
/// of their own; nullopt: there is none.
inline std::optional<std::string> text_of_whole_turn(std::string_view jinja, TurnForm const& turn) {
  for (std::string const& literal : jinja_literals(jinja)) {
    std::size_t const begin = literal.find(turn.before);
    std::size_t const text = begin == std::string::npos ? begin : begin + turn.before.size();
    std::size_t const end =
        begin == std::string::npos ? begin : literal.find(turn.after.substr(0, turn.after.find('\n')), text);
    if (end != std::string::npos && end > text) {
      return literal.substr(text, end - text);
    }
  }
  return std::nullopt;
}

/// ChatML (Qwen2, Qwen2.5, many fine-tunes) and SmolLM2. The default system text is the content of the literal that
/// holds a whole system turn, as in Qwen2 and SmolLM2, or the text that the variable system_message is set to.
inline std::optional<ChatForm> read_chatml(std::string_view jinja, TemplateTokens const& tokens) {
  if (!holds(jinja, "<|im_start|>") || !holds(jinja, "<|im_end|>") || holds(jinja, "think>") ||
      holds(jinja, "reasoning_content") || holds(jinja, "<|im_sep|>")) {
    return std::nullopt; // the last three: templates that edit answers (Qwen3), or Phi-4's
  }
  ChatForm form;
  std::string const open = "<|im_start|>", end = "<|im_end|>";
  std::string const system = open + "system\n";
  if (auto text = text_of_whole_turn(jinja, {system, end})) {
    form.default_system = *std::move(text);
    form.always_system = true;
  }
  if (std::size_t at = jinja.find("set system_message = '"); !form.always_system && at != std::string_view::npos) {
    at = jinja.find('\'', at);
    form.default_system = read_jinja_literal(jinja, at);
    form.always_system = true;
  }
  form.family = holds(form.default_system, "SmolLM") ? ChatFamily::smollm2 : ChatFamily::chatml;
  bool const stripped = holds(jinja, "trim") || holds(jinja, "strip()");
  form.system = {system, end + "\n", stripped};
  form.user = {open + "user\n", end + "\n", stripped};
  form.assistant = {open + "assistant\n", end + "\n", stripped};
  form.generation = form.assistant.before;
  form.bos = holds(jinja, "bos_token") ? tokens.bos : "";
  bool const known =
      prints_only(jinja, {open, "\n", end + "\n", {"system", "user", "assistant", "tool"}, {form.default_system}});
  return known ? std::optional<ChatForm>(std::move(form)) : std::nullopt;
}

/// Llama-3, and 3.1/3.2 whose system turn always exists and tells dates. Today's date is the one that the template
/// names (transformers puts the clock's in for Llama-3.2), so that a seed gives the same bytes on every day.
inline std::optional<ChatForm> read_llama3(std::string_view jinja, TemplateTokens const& tokens) {
  if (!holds(jinja, "<|start_header_id|>") || !holds(jinja, "<|eot_id|>")) {
    return std::nullopt;
  }
  ChatForm form;
  form.family = ChatFamily::llama3;
  form.bos = written_bos(jinja, tokens, "<|begin_of_text|>");
  bool const stripped = holds(jinja, "trim") || holds(jinja, "strip()");
  auto const turn = [&](std::string const& role) {
    return TurnForm{"<|start_header_id|>" + role + "<|end_header_id|>\n\n", "<|eot_id|>", stripped};
  };
  form.system = turn("system");
  form.user = turn("user");
  form.assistant = turn("assistant");
  form.generation = form.assistant.before;
  if (std::string_view const cutting = "Cutting Knowledge Date: December 2023\\n"; holds(jinja, cutting)) {
    std::string date = "26 Jul 2024";
    if (std::size_t at = jinja.find("set date_string = \""); at != std::string_view::npos) {
      at = jinja.find('"', at);
      date = read_jinja_literal(jinja, at);
    }
    form.system_preamble = "Cutting Knowledge Date: December 2023\nToday Date: " + date + "\n\n";
    form.always_system = true;
  } else if (auto text = text_of_whole_turn(jinja, form.system)) {
    form.default_system = *std::move(text);
    form.always_system = true;
  }
  bool const known = prints_only(jinja, {"<|start_header_id|>",
                                         "<|end_header_id|>\n\n",
                                         "<|eot_id|>",
                                         {"system", "user", "assistant", "ipython"},
                                         {"<|begin_of_text|>", form.bos, form.default_system,
                                          "Cutting Knowledge Date: December 2023\n", "Today Date: "}});
  return known ? std::optional<ChatForm>(std::move(form)) : std::nullopt;
}

/// Gemma 1 and 2 (no system turn) and Gemma 3 (system text before the first user's).
inline std::optional<ChatForm> read_gemma(std::string_view jinja, TemplateTokens const& tokens) {
  if (!holds(jinja, "<start_of_turn>") || !holds(jinja, "<end_of_turn>")) {
    return std::nullopt;
  }
  ChatForm form;
  form.family = ChatFamily::gemma;
  form.alternates = true;
  form.bos = written_bos(jinja, tokens, "<bos>");
  bool const stripped = holds(jinja, "trim");
  form.user = {"<start_of_turn>user\n", "<end_of_turn>\n", stripped};
  form.assistant = {"<start_of_turn>model\n", "<end_of_turn>\n", stripped};
  form.generation = form.assistant.before;
  form.system = {"", "\n\n", false};
  form.system_place = holds(jinja, "first_user_prefix") ? ChatForm::System::first_user : ChatForm::System::refused;
  bool const known = prints_only(
      jinja, {"<start_of_turn>", "\n", "<end_of_turn>\n", {"user", "model"}, {"<bos>", form.bos, "<start_of_image>"}});
  return known ? std::optional<ChatForm>(std::move(form)) : std::nullopt;
}

/// Zephyr, TinyLlama-Chat, StableLM-Zephyr: <|role|> and a line end, the content, eos_token.
inline std::optional<ChatForm> read_zephyr(std::string_view jinja, TemplateTokens const& tokens) {
  if (!holds(jinja, "<|user|>") || !holds(jinja, "<|assistant|>")) {
    return std::nullopt;
  }
  ChatForm form;
  form.family = ChatFamily::zephyr;
  form.bos = holds(jinja, "bos_token") ? tokens.bos : "";
  std::string const written = holds(jinja, "</s>") ? "</s>" : "<|endoftext|>";
  std::string const eos = !holds(jinja, "eos_token") ? written : tokens.eos.empty() ? "</s>" : tokens.eos;
  bool user = false, assistant = false;
  for (JinjaExpression const& expression : jinja_expressions(jinja)) {
    if (expression.empty() || !expression.front().literal) {
      continue;
    }
    std::string const& first = expression.front().text;
    auto const turn = read_turn(expression, eos);
    if (turn && turn->has_eos) {
      if (first.starts_with("<|user|>")) {
        form.user = turn->form;
        user = true;
      } else if (first.starts_with("<|system|>")) {
        form.system = turn->form;
      } else if (first.starts_with("<|assistant|>")) {
        form.assistant = turn->form;
        assistant = true;
      }
    } else if (!turn && first.starts_with("<|assistant|>")) {
      form.generation.clear();
      for (JinjaOperand const& operand : expression) {
        form.generation += operand.text;
      }
    }
  }
  bool const whole = user && assistant && form.generation == form.assistant.before;
  if (form.system.before.empty()) {
    form.system_place = ChatForm::System::refused;
    form.alternates = true;
  }
  return whole ? std::optional<ChatForm>(std::move(form)) : std::nullopt;
}

/// Llama-2 (<<SYS>> inside the first user turn) and Mistral-Instruct (system text and a blank line inside the first or,
/// in the later templates, the last user turn; none in the earliest).
inline std::optional<ChatForm> read_bracketed(std::string_view jinja, TemplateTokens const& tokens) {
  if (!holds(jinja, "[INST]") || holds(jinja, "[SYSTEM_PROMPT]")) {
    return std::nullopt;
  }
  ChatForm form;
  form.family = holds(jinja, "<<SYS>>") ? ChatFamily::llama2 : ChatFamily::mistral;
  std::string const eos = tokens.eos.empty() || !holds(jinja, "eos_token") ? "</s>" : tokens.eos;
  bool user = false, assistant = false, joined_system = false;
  for (JinjaExpression const& expression : jinja_expressions(jinja)) {
    bool const opens = std::any_of(expression.begin(), expression.end(), [](JinjaOperand const& operand) {
      return operand.literal && holds(operand.text, "[INST]");
    });
    auto const turn = read_turn(expression, eos);
    if (turn && opens && holds(turn->form.after, "[/INST]")) {
      form.user = turn->form;
      form.bos_every_turn = turn->has_bos;
      user = true;
    } else if (turn && !opens && turn->has_eos) {
      form.assistant = turn->form;
      assistant = true;
    } else if (opens && std::any_of(expression.begin(), expression.end(), [](JinjaOperand const& operand) {
                 return !operand.literal && holds(operand.text, "system");
               })) {
      joined_system = true;
    }
  }
  form.bos = written_bos(jinja, tokens, "<s>");
  if (form.family == ChatFamily::llama2) {
    form.system = {"<<SYS>>\n", "\n<</SYS>>\n\n", false};
    form.system_place = ChatForm::System::first_user;
    form.strip_joined = form.user.stripped;
  } else {
    form.system = {"", "\n\n", false};
    form.system_place = !joined_system                                 ? ChatForm::System::refused
                        : holds(jinja, "loop.last and system_message") ? ChatForm::System::last_user
                                                                       : ChatForm::System::first_user;
  }
  return user && assistant ? std::optional<ChatForm>(std::move(form)) : std::nullopt;
}

} // namespace detail

/// The template of a Jinja text as stored in tokenizer_config.json or GGUF. nullopt: the text is empty.
/// Throws Error for a text of no known family; the message quotes its beginning and says what to do.
inline std::optional<ChatTemplate> recognise(std::string_view jinja, TemplateTokens const& tokens = {}) {
  if (strip(jinja).empty()) {
    return std::nullopt;
  }
  std::optional<ChatForm> form = detail::read_chatml(jinja, tokens);
  form = form ? std::move(form) : detail::read_llama3(jinja, tokens);
  form = form ? std::move(form) : detail::read_gemma(jinja, tokens);
  form = form ? std::move(form) : detail::read_bracketed(jinja, tokens);
  form = form ? std::move(form) : detail::read_zephyr(jinja, tokens);
  if (!form) {
    std::string const beginning(jinja.substr(0, 160));
    throw Error(
        "text::recognise",
        "a chat template of a family that is not built in: \"" + beginning + (jinja.size() > 160 ? "…\"" : "\""),
        "ChatML, SmolLM2, Llama-3, Llama-2, Mistral, Gemma or Zephyr; for another one give the tokenizer a "
        "function: Tokenizer(vocabulary, ChatTemplate(render)), see srlm/text/chat_template.hpp");
  }
  return chat_template_of(std::move(*form));
}

} // namespace srlm::text
