/// JSON Lines: one object a line. Reading names the file and the line in every error; writing checks every byte.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/atomic_file.hpp> // write_all
#include <srlm/io/json.hpp>
#include <cerrno>
#include <cstddef>
#include <cstring> // strerror
#include <fstream>
#include <istream>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>    // open
#include <sys/stat.h> // fstat
#include <unistd.h>   // close, fsync

namespace srlm::io {

/// The longest line that is read.
inline constexpr std::size_t jsonl_line_limit = std::size_t{1} << 28;

/// Calls callback(text, line) for each line of the stream that is not blank; lines count from 1. name: what the stream
/// is, for messages. A byte-order mark and CRLF are no part of the text that matters; a last line without newline is
/// fine. Throws: Error "name:line: ..." for a line that is too long, and when reading fails.
template <class Callback>
void for_each_line(std::istream& in, std::string const& name, Callback&& callback) {
  std::string text;
  for (std::size_t line = 1; std::getline(in, text); ++line) {
    if (text.size() > jsonl_line_limit) {
      throw Error(name + ":" + std::to_string(line), std::to_string(text.size()) + " bytes",
                  "at most " + std::to_string(jsonl_line_limit));
    }
    std::string_view content = text;
    if (line == 1 && content.starts_with("\xEF\xBB\xBF")) {
      content.remove_prefix(3);
    }
    if (content.find_first_not_of(" \t\r") != std::string_view::npos) {
      callback(content, line);
    }
  }
  if (in.bad()) {
    throw Error(name + ": cannot be read");
  }
}

/// One JSON object. Throws: Error at where for what is not JSON, not UTF-8 or not an object.
inline Json parse_object(std::string_view text, std::string const& where) {
  Json object = parse_json(text, where);
  if (!object.is_object()) {
    throw Error(where, excerpt(object), "a JSON object");
  }
  return object;
}

/// Calls callback(object, line) for each line of the stream that is not blank.
/// Throws: Error "name:line: ..." for what is not JSON, not UTF-8 or not an object, and when reading fails; what the
/// callback throws passes through.
template <class Callback>
void read_jsonl(std::istream& in, std::string const& name, Callback&& callback) {
  for_each_line(in, name, [&](std::string_view text, std::size_t line) {
    callback(parse_object(text, name + ":" + std::to_string(line)), line);
  });
}

namespace detail {

/// Reads a descriptor as it is: a file, a pipe, a socket, from where its owner stands.
class DescriptorBuffer : public std::streambuf {
 public:
  explicit DescriptorBuffer(int descriptor) : descriptor_(descriptor) {}

 private:
  int_type underflow() override {
    ssize_t count = 0;
    do {
      count = ::read(descriptor_, room_.data(), room_.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
      throw Error(std::string("standard input: cannot be read: ") + std::strerror(errno));
    }
    setg(room_.data(), room_.data(), room_.data() + count);
    return count == 0 ? traits_type::eof() : traits_type::to_int_type(room_.front());
  }

  int descriptor_;
  std::vector<char> room_ = std::vector<char>(std::size_t{1} << 16);
};

} // namespace detail

/// Calls callback(stream, name) for a file; "-" is the standard input. Throws: Error for what cannot be opened.
template <class Callback>
void with_input(std::string const& path, Callback&& callback) {
  if (path == "-") {
    detail::DescriptorBuffer buffer(STDIN_FILENO);
    std::istream in(&buffer);
    in.exceptions(std::ios::badbit); // what the buffer throws goes on
    callback(in, std::string("standard input"));
    return;
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw Error(path, "a folder", "a file");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw Error(path + ": cannot be opened for reading: " + std::strerror(errno));
  }
  callback(in, path);
}

/// The same as for a stream, for a file; "-" is the standard input.
template <class Callback>
void read_jsonl(std::string const& path, Callback&& callback) {
  with_input(path, [&](std::istream& in, std::string const& name) { read_jsonl(in, name, callback); });
}

/// Writes objects, one a line. A line is handed to the system as a whole when it is appended, so that another program
/// can follow and a killed one leaves whole lines. Bytes that are not UTF-8 (an answer that was cut inside a character)
/// become U+FFFD: JSON has no place for them.
class JsonlWriter {
 public:
  enum class Mode { append, replace };

  /// path "-": the standard output. Throws: Error that names the file and the reason, here and in all members.
  explicit JsonlWriter(std::string path, Mode mode = Mode::append) : path_(std::move(path)) {
    if (path_ == "-") {
      path_ = "standard output";
      descriptor_ = STDOUT_FILENO;
      return;
    }
    owned_ = true;
    descriptor_ =
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | (mode == Mode::replace ? O_TRUNC : 0), 0666);
    if (descriptor_ < 0) {
      throw Error(path_ + ": cannot be opened for writing: " + std::strerror(errno));
    }
  }

  JsonlWriter(JsonlWriter&& other) noexcept
      : path_(std::move(other.path_)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        owned_(std::exchange(other.owned_, false)) {}
  JsonlWriter& operator=(JsonlWriter&&) = delete;

  ~JsonlWriter() {
    if (owned_ && descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }

  /// Writes one line. Json and OrderedJson are taken.
  template <class J>
  void append(J const& object) {
    require(descriptor_ >= 0, "JsonlWriter::append", "a closed file", "an open one");
    std::string const line = object.dump(-1, ' ', false, J::error_handler_t::replace) + "\n";
    write_all(descriptor_, bytes_of(line), path_);
  }

  /// Returns when everything is on the disk (nothing to do for a pipe or a terminal).
  void flush() {
    require(descriptor_ >= 0, "JsonlWriter::flush", "a closed file", "an open one");
    if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != ENOSYS && errno != EROFS && errno != ENOTSUP) {
      throw Error(path_ + ": cannot be brought to the disk: " + std::strerror(errno));
    }
  }

  /// Closes the file; some systems report a full disk only here. The destructor closes too, in silence.
  void close() {
    int const descriptor = std::exchange(descriptor_, -1);
    if (owned_ && descriptor >= 0 && ::close(descriptor) != 0 && errno != EINTR) {
      throw Error(path_ + ": cannot be closed: " + std::strerror(errno));
    }
  }

  std::string const& path() const { return path_; }

 private:
  std::string path_;
  int descriptor_ = -1;
  bool owned_ = false;
};

} // namespace srlm::io
