// MappedFile and AtomicFile.
#include "support/catch.hpp"
#include "temporary_folder.hpp"
#include <srlm/io/atomic_file.hpp>
#include <srlm/io/mapped_file.hpp>
#include <csignal>
#include <string>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using srlm::Error;
using srlm::io::AtomicFile;
using srlm::io::MappedFile;

namespace {

std::string text_of(MappedFile const& file) {
  return std::string(reinterpret_cast<char const*>(file.bytes().data()), file.bytes().size());
}

/// No file may grow beyond this many bytes while the object lives: a full disk, for this process alone.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    old_action_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    rlimit small = old_;
    small.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_action_);
  }

 private:
  rlimit old_ = {};
  void (*old_action_)(int) = nullptr;
};

} // namespace

TEST_CASE("a mapped file has the bytes of the file, also after a move", "[io]") {
  TemporaryFolder const folder;
  write_text(folder / "a", "hello");
  MappedFile first(folder / "a");
  MappedFile second = std::move(first);
  CHECK(text_of(second) == "hello");
  CHECK(first.bytes().empty());
  CHECK(second.path() == folder / "a");
  write_text(folder / "b", "other");
  second = MappedFile(folder / "b");
  CHECK(text_of(second) == "other");
}

TEST_CASE("an empty file maps to no bytes", "[io]") {
  TemporaryFolder const folder;
  write_text(folder / "empty", "");
  CHECK(MappedFile(folder / "empty").bytes().empty());
}

TEST_CASE("what cannot be mapped is named with the reason", "[io]") {
  TemporaryFolder const folder;
  std::string const absent = message_of<Error>([&] { MappedFile(folder / "absent"); });
  CHECK(absent.find("absent") != std::string::npos);
  CHECK(absent.find("No such file") != std::string::npos);
  CHECK(message_of<Error>([&] { MappedFile(folder.path()); }).find("a folder") != std::string::npos);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(message_of<Error>([&] { MappedFile(folder / "pipe"); }).find("regular") != std::string::npos); // and no waiting
}

TEST_CASE("an atomic file is seen only after commit, and whole", "[io]") {
  TemporaryFolder const folder;
  std::string const path = folder / "model";
  write_text(path, "old");
  AtomicFile file(path);
  std::string const large(3'000'000, 'x');
  file.write("begin ");
  file.write(large);
  file.write(" end");
  CHECK(read_text(path) == "old");
  CHECK(file.size() == large.size() + 10);
  file.commit();
  CHECK(read_text(path) == "begin " + large + " end");
  CHECK(folder.entries() == 1);
  CHECK_THROWS_AS(file.write("more"), Error);
  CHECK_THROWS_AS(file.commit(), Error);
}

TEST_CASE("an atomic file without commit leaves the old content and nothing else", "[io]") {
  TemporaryFolder const folder;
  write_text(folder / "model", "old");
  {
    AtomicFile file(folder / "model");
    file.write("new");
  }
  CHECK(read_text(folder / "model") == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("a full disk leaves the old content, no temporary file, and an error that names the file", "[io]") {
  TemporaryFolder const folder;
  std::string const path = folder / "model";
  write_text(path, "old");
  std::string message;
  {
    SmallDisk const disk(100'000);
    message = message_of<Error>([&] {
      AtomicFile file(path);
      file.write(std::string(2'000'000, 'x'));
      file.commit();
    });
  }
  CHECK(message.find(path) != std::string::npos);
  CHECK(message.find("File too large") != std::string::npos);
  CHECK(read_text(path) == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("a disk that fills up in the last bytes is noticed at commit", "[io]") {
  TemporaryFolder const folder;
  SmallDisk const disk(10);
  AtomicFile file(folder / "model");
  file.write("more than ten bytes"); // still in the buffer
  CHECK_THROWS_AS(file.commit(), Error);
  CHECK(folder.entries() == 0);
}

TEST_CASE("an atomic file into a folder that cannot be written is refused at once", "[io]") {
  TemporaryFolder const folder;
  write_text(folder / "file", "");
  CHECK(message_of<Error>([&] { AtomicFile(folder / "file/model"); }).find("Not a directory") != std::string::npos);
  CHECK(message_of<Error>([&] { AtomicFile(folder / "absent/model"); }).find("No such file") != std::string::npos);
  CHECK(message_of<Error>([&] { AtomicFile file(folder.path()); }).find("a folder") != std::string::npos);
  CHECK_THROWS_AS(AtomicFile(""), Error);
  CHECK_THROWS_AS(AtomicFile("/dev/full"), Error); // never replaces a device
  if (::geteuid() != 0) {
    ::chmod(folder.path().c_str(), 0500);
    CHECK(message_of<Error>([&] { AtomicFile(folder / "model"); }).find("Permission denied") != std::string::npos);
    ::chmod(folder.path().c_str(), 0700);
  }
}

TEST_CASE("an atomic file behind a symbolic link keeps the link", "[io]") {
  TemporaryFolder const folder;
  write_text(folder / "real", "old");
  std::filesystem::create_symlink(folder / "real", folder / "link");
  AtomicFile file(folder / "link");
  file.write("new");
  file.commit();
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(read_text(folder / "real") == "new");
}
