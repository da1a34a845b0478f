/// The tokenizer that models read from files come with: text to ids and back, chat template included. It is made from a
/// Vocabulary and decides by its kind how text is merged; see byte_level_bpe.hpp and sentencepiece_bpe.hpp.
#pragma once
#include <srlm/concepts/tokenizer.hpp>
#include <srlm/core/error.hpp>
#include <srlm/core/token.hpp>
#include <srlm/text/byte_level_bpe.hpp>
#include <srlm/text/chat_families.hpp>
#include <srlm/text/chat_template.hpp>
#include <srlm/text/sentencepiece_bpe.hpp>
#include <srlm/text/special_tokens.hpp>
#include <srlm/text/vocabulary.hpp>
#include <srlm/text/vocabulary_check.hpp>
#include <algorithm> // binary_search, sort
#include <memory>    // shared_ptr
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility> // move
#include <variant>
#include <vector>

namespace srlm::text {

/// What decode does with control tokens.
enum class ControlTokens { omit, keep };

/// Models srlm::Tokenizer and srlm::EndAwareTokenizer. A regular value: copies share one immutable state, and may be
/// used from several threads at once.
///
/// Semantics: decode(encode(x)) == x for every sequence of bytes, valid UTF-8 or not, when encodes_every_byte(). A
/// model with add_space_prefix begins each stretch of plain text (at the start, and after a special token) with an
/// artificial space, as llama.cpp does; decode takes it away again.
class Tokenizer {
 public:
  /// Recognises the chat template of the vocabulary. Where it has none, or one of an unknown family, plain text can be
  /// encoded all the same; encode_prompt and encode_chat then throw an Error that says how to give one.
  /// Throws Error for an inconsistent vocabulary.
  explicit Tokenizer(Vocabulary vocabulary) : state_(std::make_shared<State const>(std::move(vocabulary))) {}

  /// The same with the template given; nullopt: none. Throws Error for an inconsistent vocabulary.
  Tokenizer(Vocabulary vocabulary, std::optional<ChatTemplate> chat_template)
      : state_(std::make_shared<State const>(std::move(vocabulary), std::move(chat_template))) {}

  /// The ids of a text, without BOS. See Specials for the spellings of control tokens in it.
  Tokens encode(std::string_view text, Specials specials = Specials::as_text) const {
    Encoding encoding;
    append(encoding, {Piece{std::string(text), specials == Specials::parse}});
    return std::move(encoding.tokens);
  }

  /// The ids of a conversation: the chat template's own text is parsed for control tokens, contents never are. BOS
  /// stands where the template writes it, and at the beginning where it writes none and the model wants one. Ids are
  /// those of the conversation's text as a whole, except that no token reaches across the beginning of an answer.
  Tokens encode_chat(std::span<Message const> messages, bool add_generation_prompt) const {
    Encoding encoding;
    append(encoding, require_template().render(messages, add_generation_prompt));
    Vocabulary const& v = vocabulary();
    if (v.add_bos && v.bos && (encoding.tokens.empty() || encoding.tokens.front() != *v.bos)) {
      encoding.tokens.insert(encoding.tokens.begin(), *v.bos);
    }
    return std::move(encoding.tokens);
  }

  /// One user turn up to the point where the model answers; the template's default system turn included.
  Tokens encode_prompt(std::string_view user_turn) const {
    Message const message{"user", std::string(user_turn)};
    return encode_chat({&message, 1}, true);
  }

  /// An answer with what the template puts around it after encode_prompt, up to and with the end of the turn. Without a
  /// template: the answer and eos. Throws Error when nothing ends a turn.
  Tokens encode_response(std::string_view answer) const {
    Encoding encoding;
    if (state_->chat_template) {
      std::optional<std::vector<Piece>> const pieces = state_->chat_template->answer_pieces(answer);
      if (!pieces) {
        throw Error("text::Tokenizer", "a chat template whose prompts are no beginning of its chats",
                    "encode_chat for such a template, or a template that only appends");
      }
      encoding.plain_begins = state_->prompt_ends_special;
      append(encoding, *pieces);
    } else {
      append(encoding, {Piece{std::string(answer), false}});
    }
    if (encoding.end) {
      encoding.tokens.resize(*encoding.end);
    } else if (vocabulary().eos) {
      encoding.tokens.push_back(*vocabulary().eos);
    } else {
      throw Error("text::Tokenizer", "a vocabulary without eos, and no end of turn in the chat template",
                  "one of them, to end an answer");
    }
    return std::move(encoding.tokens);
  }

  /// The text that a person reads: control tokens are left out. Throws Error for an id outside the vocabulary.
  std::string decode(std::span<Token const> tokens) const { return decode(tokens, ControlTokens::omit); }

  /// The same; ControlTokens::keep writes control tokens as they are spelled.
  std::string decode(std::span<Token const> tokens, ControlTokens control) const {
    State const& s = *state_;
    std::string text;
    bool plain_begins = true;
    for (Token const token : tokens) {
      if (token < 0 || static_cast<std::size_t>(token) >= size()) {
        throw Error(
            "text::Tokenizer::decode", "id " + std::to_string(token),
            "0 to " + std::to_string(size() - 1) + " (the vocabulary has " + std::to_string(size()) + " tokens)");
      }
      std::size_t const id = static_cast<std::size_t>(token);
      std::string_view piece = s.pieces[id];
      if (s.special.is_special(token)) {
        text += s.special.is_control(token) && control == ControlTokens::omit ? std::string_view{} : piece;
        plain_begins = true;
        continue;
      }
      if (plain_begins && s.vocabulary.add_space_prefix && s.is_sentencepiece() && piece.starts_with(' ')) {
        piece.remove_prefix(1);
      }
      text += piece;
      plain_begins = false;
    }
    return text;
  }

  /// True for every token that ends an answer: the vocabulary's, and the chat template's end of turn.
  bool is_end(Token token) const { return std::binary_search(state_->ends.begin(), state_->ends.end(), token); }

  Vocabulary const& vocabulary() const { return state_->vocabulary; }
  std::optional<ChatTemplate> chat_template() const { return state_->chat_template; }
  std::size_t size() const { return state_->vocabulary.tokens.size(); }

  /// True when the vocabulary can spell each of the 256 bytes (SmolLM2's lacks 21 that occur in no common text; such
  /// bytes are left out, as transformers and llama.cpp do).
  bool encodes_every_byte() const {
    return std::visit([](auto const& merger) { return merger.encodes_every_byte(); }, state_->merger);
  }

 private:
  using Merger = std::variant<ByteLevelBpe, SentencePieceBpe>;

  struct Encoding {
    Tokens tokens;
    bool plain_begins = true;       // the next plain text begins a stretch
    std::optional<std::size_t> end; // behind the first token of the template that ends an answer
  };

  struct State {
    explicit State(Vocabulary given)
        : vocabulary(checked(std::move(given))),
          special(with_control_roles(vocabulary)),
          merger(merger_of(vocabulary)) {
      try {
        chat_template = recognise(vocabulary.chat_template, {spelling(vocabulary.bos), spelling(vocabulary.eos)});
      } catch (Error const& unknown_family) {
        no_template = unknown_family.what();
      }
      finish();
    }

    State(Vocabulary given, std::optional<ChatTemplate> chosen)
        : vocabulary(checked(std::move(given))),
          special(with_control_roles(vocabulary)),
          merger(merger_of(vocabulary)),
          chat_template(std::move(chosen)) {
      finish();
    }

    static Merger merger_of(Vocabulary const& vocabulary) {
      Vocabulary const acted_on = with_control_roles(vocabulary);
      if (acted_on.kind == TokenizerKind::sentencepiece_bpe) {
        return Merger(std::in_place_type<SentencePieceBpe>, acted_on);
      }
      return Merger(std::in_place_type<ByteLevelBpe>, acted_on);
    }

    std::string spelling(std::optional<Token> token) const {
      return token ? vocabulary.tokens[static_cast<std::size_t>(*token)] : std::string{};
    }

    bool is_sentencepiece() const { return vocabulary.kind == TokenizerKind::sentencepiece_bpe; }

    /// The bytes that each token stands for, and what ends an answer.
    void finish() {
      pieces.reserve(vocabulary.tokens.size());
      for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
        std::string const& spelled = vocabulary.tokens[i];
        std::optional<unsigned char> const byte =
            vocabulary.roles[i] == TokenRole::byte ? spelled_byte(spelled) : std::nullopt;
        if (byte) {
          pieces.push_back(std::string(1, static_cast<char>(*byte)));
        } else if (special.is_special(static_cast<Token>(i))) {
          pieces.push_back(spelled);
        } else {
          pieces.push_back(is_sentencepiece() ? without_visible_spaces(spelled) : unspell_bytes(spelled));
        }
      }
      ends = vocabulary.end_tokens;
      if (vocabulary.eos) {
        ends.push_back(*vocabulary.eos);
      }
      if (chat_template) {
        Message const question{"user", "?"};
        for (Piece const& piece : chat_template->render({&question, 1}, true)) {
          note_prompt_end(piece);
        }
        if (std::optional<Token> const end = end_of_turn()) {
          ends.push_back(*end);
        }
      }
      std::sort(ends.begin(), ends.end());
    }

    /// Keeps up whether the text so far ends in a special token.
    void note_prompt_end(Piece const& piece) {
      std::size_t at = 0;
      Specials const specials = piece.literal ? Specials::parse : Specials::as_text;
      while (auto const found = special.next(piece.text, at, specials)) {
        at = found->offset + found->length;
        prompt_ends_special = true;
      }
      prompt_ends_special = prompt_ends_special && at == piece.text.size();
    }

    /// The first control token that the template writes behind an answer.
    std::optional<Token> end_of_turn() const {
      for (Piece const& piece : chat_template->answer_pieces("!").value_or(std::vector<Piece>{})) {
        for (std::size_t at = 0; piece.literal;) {
          auto const found = special.next(piece.text, at, Specials::parse);
          if (!found) {
            break;
          }
          if (special.is_control(found->token)) {
            return found->token;
          }
          at = found->offset + found->length;
        }
      }
      return std::nullopt;
    }

    Vocabulary vocabulary;
    SpecialTokens special;
    Merger merger;
    std::optional<ChatTemplate> chat_template;
    std::string no_template;         // why there is none, if it is not simply absent
    std::vector<std::string> pieces; // id -> the bytes it stands for
    std::vector<Token> ends;         // sorted
    bool prompt_ends_special = true;
  };

  ChatTemplate const& require_template() const {
    if (!state_->chat_template) {
      throw Error(!state_->no_template.empty()
                      ? state_->no_template
                      : "text::Tokenizer: got a model without a chat template, expected one, to tell questions from "
                        "answers; give it: Tokenizer(vocabulary, recognise(jinja_text)) for a built-in family, or "
                        "Tokenizer(vocabulary, ChatTemplate(render)) with a function, see srlm/text/chat_template.hpp");
    }
    return *state_->chat_template;
  }

  /// Appends the pieces' ids as those of one text that is cut at special tokens and borders.
  void append(Encoding& encoding, std::vector<Piece> const& pieces) const {
    State const& s = *state_;
    std::string plain;
    auto const merge_plain = [&] {
      if (plain.empty()) {
        return;
      }
      if (auto const* const sentencepiece = std::get_if<SentencePieceBpe>(&s.merger)) {
        sentencepiece->encode(plain, s.vocabulary.add_space_prefix && encoding.plain_begins, encoding.tokens);
      } else {
        std::get<ByteLevelBpe>(s.merger).encode(plain, encoding.tokens);
      }
      encoding.plain_begins = false;
      plain.clear();
    };
    for (Piece const& piece : pieces) {
      if (piece.border) {
        merge_plain();
      }
      std::size_t at = 0;
      while (auto const found = s.special.next(piece.text, at, piece.literal ? Specials::parse : Specials::as_text)) {
        plain.append(piece.text, at, found->offset - at);
        merge_plain();
        encoding.tokens.push_back(found->token);
        encoding.plain_begins = true;
        at = found->offset + found->length;
        if (piece.literal && !encoding.end && is_end(found->token)) {
          encoding.end = encoding.tokens.size();
        }
      }
      plain.append(piece.text, at, std::string::npos);
    }
    merge_plain();
  }

  std::shared_ptr<State const> state_;
};

static_assert(srlm::EndAwareTokenizer<Tokenizer>);

} // namespace srlm::text
