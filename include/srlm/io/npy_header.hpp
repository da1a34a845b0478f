/// The header of NumPy's .npy files (numpy.lib.format, version 1.0 and 2.0): a magic string, a length, and a Python
/// dictionary with the type, the order and the shape. Any order of its keys and any length are read, as NumPy does.
#pragma once
#include <srlm/core/error.hpp>
#include <algorithm> // min, replace_if
#include <charconv>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error> // errc
#include <vector>

namespace srlm::io {

/// What a .npy file says of itself.
struct NpyHeader {
  std::string dtype; ///< as NumPy writes it: "<f4", "<i4", ...
  bool fortran_order = false;
  std::vector<std::size_t> shape;
  std::size_t data_offset = 0; ///< where the numbers begin, in bytes
};

/// A shape as NumPy prints it: "(3, 4)", "(3,)", "()".
template <class Shape>
std::string npy_shape_text(Shape const& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

/// A piece of a file for a message: bytes that are not printable ASCII as '?'.
inline std::string npy_printable(std::string_view bytes) {
  std::string text(bytes);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

/// Reads the header at the beginning of a file's bytes. path: for messages. Throws: Error that names the file, what it
/// holds and what was expected, for whatever is no .npy file of numbers or ends before its header does.
inline NpyHeader parse_npy_header(std::span<std::byte const> bytes, std::string const& path);

namespace detail {

/// The Python literal of a header, one token at a time: a dictionary of a string, a bool and a tuple of whole numbers.
class NpyLiteral {
 public:
  NpyLiteral(std::string_view text, std::string const& path) : rest_(text), path_(path) {}

  bool take(char c) {
    skip();
    bool const there = !rest_.empty() && rest_.front() == c;
    rest_.remove_prefix(there ? 1 : 0);
    return there;
  }
  void expect(char c) {
    if (!take(c)) {
      fail(std::string("'") + c + "'");
    }
  }
  std::string string() {
    skip();
    char const quote = !rest_.empty() && rest_.front() == '"' ? '"' : '\'';
    expect(quote);
    std::size_t const end = rest_.find(quote);
    if (end == std::string_view::npos) {
      fail("the end of a string");
    }
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }
  bool boolean() {
    skip();
    for (bool value : {false, true}) {
      std::string_view const name = value ? "True" : "False";
      if (rest_.starts_with(name)) {
        rest_.remove_prefix(name.size());
        return value;
      }
    }
    fail("True or False");
  }
  std::vector<std::size_t> tuple() {
    std::vector<std::size_t> numbers;
    expect('(');
    while (!take(')')) {
      skip();
      std::size_t number = 0;
      auto const [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
      if (error != std::errc()) {
        fail("a whole number that fits into 64 bits");
      }
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      numbers.push_back(number);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return numbers;
  }
  void end() {
    skip();
    if (!rest_.empty()) {
      fail("the end of the header");
    }
  }
  [[noreturn]] void fail(std::string const& expected) const {
    std::string const given = rest_.empty() ? std::string("its end") : npy_printable(rest_.substr(0, 24));
    throw Error(path_ + ": header of an .npy file", given, expected);
  }

 private:
  void skip() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n\t"), rest_.size())); }

  std::string_view rest_;
  std::string const& path_;
};

} // namespace detail

inline NpyHeader parse_npy_header(std::span<std::byte const> bytes, std::string const& path) {
  std::string_view const text(reinterpret_cast<char const*>(bytes.data()), bytes.size());
  if (!text.starts_with("\x93NUMPY") || text.size() < 10) {
    throw Error(path, "something that is no .npy file, or only its first bytes", "an array as numpy.save writes it");
  }
  auto const byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(text[i])); };
  std::size_t const version = byte(6), prefix = version == 1 ? 10 : 12;
  if ((version != 1 && version != 2) || byte(7) != 0) {
    throw Error(path, "an .npy file of version " + std::to_string(version) + "." + std::to_string(byte(7)),
                "version 1.0 or 2.0");
  }
  if (text.size() < prefix) {
    throw Error(path, "an .npy file that ends in its header", "a whole one");
  }
  std::size_t length = 0;
  for (std::size_t i = prefix; i-- > 8;) {
    length = length * 256 + byte(i);
  }
  if (length > text.size() - prefix) {
    throw Error(path, "an .npy file that ends in its header", "a whole one");
  }
  NpyHeader header;
  header.data_offset = prefix + length;
  detail::NpyLiteral literal(text.substr(prefix, length), path);
  bool dtype = false, order = false, shape = false;
  literal.expect('{');
  while (!literal.take('}')) {
    std::string const key = literal.string();
    literal.expect(':');
    if (key == "descr" && !dtype) {
      dtype = true;
      if (literal.take('[')) {
        throw Error(path, "records with named fields", "plain numbers");
      }
      header.dtype = npy_printable(literal.string());
    } else if (key == "fortran_order" && !order) {
      order = true;
      header.fortran_order = literal.boolean();
    } else if (key == "shape" && !shape) {
      shape = true;
      header.shape = literal.tuple();
    } else {
      literal.fail("descr, fortran_order and shape, once each (found '" + npy_printable(key) + "')");
    }
    if (!literal.take(',')) {
      literal.expect('}');
      break;
    }
  }
  literal.end();
  if (!dtype || !order || !shape) {
    throw Error(path, "a header without descr, fortran_order or shape", "all three");
  }
  return header;
}

} // namespace srlm::io
