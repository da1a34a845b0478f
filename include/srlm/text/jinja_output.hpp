/// What a Jinja chat template prints, read without running it: its {{ … }} expressions as sequences of string literals
/// and variables. Enough to recognise a template's family and to take its exact strings (blanks, line ends) from the
/// text.
#pragma once
#include <algorithm> // min
#include <cstddef>   // size_t
#include <string>
#include <string_view>
#include <utility> // move
#include <vector>

namespace srlm::text {

/// One operand of `a + b + c` in an expression: a string literal (escapes resolved) or anything else, as written.
struct JinjaOperand {
  bool literal = false;
  std::string text;
};

using JinjaExpression = std::vector<JinjaOperand>;

/// The string literal that begins with a quote at `at`; sets `at` behind it. An unfinished one ends with the text.
inline std::string read_jinja_literal(std::string_view text, std::size_t& at) {
  char const quote = text[at++];
  std::string value;
  while (at < text.size() && text[at] != quote) {
    if (text[at] == '\\' && at + 1 < text.size()) {
      ++at;
      value.push_back(text[at] == 'n' ? '\n' : text[at] == 't' ? '\t' : text[at] == 'r' ? '\r' : text[at]);
    } else {
      value.push_back(text[at]);
    }
    ++at;
  }
  at = at < text.size() ? at + 1 : at;
  return value;
}

/// All string literals of the template, in order.
inline std::vector<std::string> jinja_literals(std::string_view text) {
  std::vector<std::string> literals;
  int depth = 0; // inside {{ }} or {% %}
  for (std::size_t at = 0; at < text.size();) {
    std::string_view const two = text.substr(at, 2);
    if (two == "{{" || two == "{%") {
      depth = 1;
      at += 2;
    } else if (two == "}}" || two == "%}") {
      depth = 0;
      at += 2;
    } else if (depth == 1 && (text[at] == '\'' || text[at] == '"')) {
      literals.push_back(read_jinja_literal(text, at));
    } else {
      ++at;
    }
  }
  return literals;
}

/// The operands of an expression that `+` or `~` join, from `at` up to `}}`; sets `at` behind the expression.
inline JinjaExpression read_jinja_expression(std::string_view text, std::size_t& at) {
  JinjaExpression operands;
  std::string variable;
  int depth = 0; // of brackets, where + joins nothing of ours
  auto const end_operand = [&] {
    std::size_t const first = variable.find_first_not_of(" \t\r\n-");
    if (first != std::string::npos) {
      std::size_t const last = variable.find_last_not_of(" \t\r\n-");
      operands.push_back({false, variable.substr(first, last - first + 1)});
    }
    variable.clear();
  };
  while (at < text.size() && text.substr(at, 2) != "}}") {
    char const c = text[at];
    if (depth == 0 && (c == '+' || c == '~')) {
      end_operand();
      ++at;
    } else if (c == '\'' || c == '"') {
      std::size_t const begin = at;
      std::string literal = read_jinja_literal(text, at);
      if (depth == 0 && variable.find_first_not_of(" \t\r\n-") == std::string::npos) {
        variable.clear();
        operands.push_back({true, std::move(literal)});
      } else {
        variable.append(text.substr(begin, at - begin));
      }
    } else {
      depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
      variable.push_back(c);
      ++at;
    }
  }
  end_operand();
  at = at < text.size() ? at + 2 : at;
  return operands;
}

/// All {{ … }} expressions in order. Plain text that follows an expression and would be printed (a line end, say) is
/// its last operand; as transformers does, white space before a block on its own line is not printed.
inline std::vector<JinjaExpression> jinja_expressions(std::string_view text) {
  std::vector<JinjaExpression> expressions;
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    at += 2;
    JinjaExpression expression = read_jinja_expression(text, at);
    bool const trimmed = at >= 3 && text[at - 3] == '-'; // -}}
    std::size_t const end = std::min(text.find("{%", at), text.find("{{", at));
    std::string_view plain = text.substr(at, end == std::string_view::npos ? end : end - at);
    bool const trims = end != std::string_view::npos && end + 2 < text.size() && text[end + 2] == '-'; // {%- or {{-
    if (trimmed || trims) {
      plain = {};
    } else if (std::size_t const line = plain.rfind('\n'); line != std::string_view::npos) {
      plain = plain.substr(0, line + 1);
    }
    if (!plain.empty()) {
      expression.push_back({true, std::string(plain)});
    }
    expressions.push_back(std::move(expression));
  }
  return expressions;
}

} // namespace srlm::text
