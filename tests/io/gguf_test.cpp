// Reading and writing GGUF; every count, length and offset that a file can lie about.
#include "support/catch.hpp"
#include "temporary_folder.hpp"
#include <srlm/io/gguf_writer.hpp>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <vector>

using namespace srlm::io;
using srlm::Error;

namespace {

bool says(std::string const& message, std::string const& part) {
  UNSCOPED_INFO(message);
  return message.find(part) != std::string::npos;
}

/// A GGUF file put together by hand.
struct Bytes {
  std::string text;

  template <class T>
  Bytes& put(T value) {
    text.append(reinterpret_cast<char const*>(&value), sizeof(T));
    return *this;
  }
  Bytes& u32(std::uint32_t value) { return put(value); }
  Bytes& u64(std::uint64_t value) { return put(value); }
  Bytes& string(std::string const& value) {
    u64(value.size());
    text += value;
    return *this;
  }
  Bytes& raw(std::string const& value) {
    text += value;
    return *this;
  }
  Bytes& begin(std::uint64_t tensors, std::uint64_t pairs, std::uint32_t version = 3) {
    return raw("GGUF").u32(version).u64(tensors).u64(pairs);
  }
  Bytes& info(std::string const& name, std::vector<std::uint64_t> const& extents, std::uint32_t type,
              std::uint64_t offset) {
    string(name).u32(static_cast<std::uint32_t>(extents.size()));
    for (std::uint64_t const extent : extents) {
      u64(extent);
    }
    return u32(type).u64(offset);
  }
  Bytes& numbers(std::size_t count) {
    text.append((32 - text.size() % 32) % 32, '\0');
    text.append(count, '\0');
    return *this;
  }
};

std::string verdict(Bytes const& bytes) {
  TemporaryFolder const folder;
  write_text(folder / "m.gguf", bytes.text);
  return message_of<Error>([&] { GgufFile(folder / "m.gguf"); });
}

std::uint64_t constexpr huge = std::uint64_t{1} << 60;

} // namespace

TEST_CASE("metadata of every type that the gguf package writes is read", "[io]") {
  GgufFile const file(fixture("io_quants.gguf"));
  GgufMetadata const& m = file.metadata();
  CHECK(file.version() == 3);
  CHECK(m.get<std::string>("general.architecture") == "llama");
  CHECK(m.get<int>("kinds.uint8") == 200);
  CHECK(m.get<int>("kinds.int8") == -100);
  CHECK(m.get<int>("kinds.uint16") == 60000);
  CHECK(m.get<int>("kinds.int16") == -30000);
  CHECK(m.get<std::uint32_t>("kinds.uint32") == 4000000000u);
  CHECK(m.get<int>("kinds.int32") == -2000000000);
  CHECK(m.get<std::uint64_t>("kinds.uint64") == (std::uint64_t{1} << 63) + 1);
  CHECK(m.get<std::int64_t>("kinds.int64") == -(std::int64_t{1} << 62));
  CHECK(m.get<float>("kinds.float32") == 0.1f);
  CHECK(m.get<double>("kinds.float64") == 0.1);
  CHECK(m.get<bool>("kinds.bool"));
  CHECK(m.get<std::string>("kinds.string") == "\xE2\x96\x81\xC3\xA9t\xC3\xA9");
  CHECK(m.get<std::vector<std::string>>("kinds.strings") == std::vector<std::string>{"a", "", "c c"});
  CHECK(m.get<std::vector<std::int64_t>>("kinds.ints") == std::vector<std::int64_t>{1, -2, 3});
  CHECK(m.get<std::vector<float>>("kinds.floats") == std::vector<float>{0.5f, -1.5f});
  CHECK(m.get<std::vector<bool>>("kinds.bools") == std::vector<bool>{true, false, true});
}

TEST_CASE("a metadata key that is missing, mistyped or out of range is named", "[io]") {
  GgufFile const file(fixture("io_quants.gguf"));
  GgufMetadata const& m = file.metadata();
  CHECK(says(message_of<Error>([&] { m.get<int>("no.such"); }), "no.such is missing"));
  CHECK(says(message_of<Error>([&] { m.get<int>("kinds.string"); }), "kinds.string: got string"));
  CHECK(says(message_of<Error>([&] { m.get<float>("kinds.int8"); }), "kinds.int8: got int8"));
  CHECK(says(message_of<Error>([&] { m.get<std::uint8_t>("kinds.uint16"); }), "out of range"));
  CHECK(says(message_of<Error>([&] { m.get<std::uint64_t>("kinds.int8"); }), "out of range"));
  CHECK(says(message_of<Error>([&] { m.get<std::vector<unsigned>>("kinds.ints"); }), "kinds.ints"));
  CHECK(says(message_of<Error>([&] { m.get<std::string>("kinds.strings"); }), "an array of string"));
  CHECK(says(message_of<Error>([&] { m.get<int>("kinds.bool"); }), "got bool"));
  CHECK(!m.find<int>("no.such"));
  CHECK(m.find<std::uint8_t>("kinds.uint8") == 200);
}

TEST_CASE("a written GGUF file is read back with metadata, shapes and numbers", "[io]") {
  TemporaryFolder const folder;
  std::vector<float> values(128);
  std::iota(values.begin(), values.end(), -64.0f);
  std::vector<TensorToWrite> const tensors = {{"matrix", {2, 64}, values},
                                              {"odd", {4, 5}, std::span(values).first(20)},
                                              {"norm", {7}, std::span(values).first(7)},
                                              {"cube", {2, 2, 32}, values}};
  GgufMetadata metadata;
  metadata.set("a.text", std::string("caf\xC3\xA9"));
  metadata.set("a.flag", true);
  metadata.set("a.list", std::vector<std::string>{"x", ""});
  metadata.set("a.flags", std::vector<bool>{true, false});
  metadata.set("general.alignment", std::uint32_t{64}); // the writer aligns to 32 and must not claim this
  for (DType const dtype : {DType::f32, DType::f16, DType::bf16, DType::q8_0}) {
    INFO(name_of(dtype));
    write_gguf(folder / "m.gguf", metadata, tensors, dtype);
    GgufFile const file(folder / "m.gguf");
    CHECK(file.metadata().get<std::string>("a.text") == "caf\xC3\xA9");
    CHECK(file.metadata().get<bool>("a.flag"));
    CHECK(file.metadata().get<std::vector<std::string>>("a.list").size() == 2);
    CHECK(file.metadata().get<std::vector<bool>>("a.flags") == std::vector<bool>{true, false});
    CHECK(!file.metadata().contains("general.alignment"));
    REQUIRE(file.tensors().size() == 4);
    CHECK(file.tensors()[0].dtype == dtype);
    CHECK(file.tensors()[0].shape == std::vector<std::size_t>{2, 64});
    CHECK(file.tensors()[1].dtype == (dtype == DType::q8_0 ? DType::f16 : dtype)); // rows of 5 are no blocks
    CHECK(file.tensors()[2].dtype == DType::f32);                                  // one dimension
    CHECK(file.tensors()[3].shape == std::vector<std::size_t>{2, 2, 32});
    std::vector<float> const back = read_f32(file.tensors()[0]);
    for (std::size_t i = 0; i < back.size(); ++i) {
      CHECK(back[i] == Catch::Approx(values[i]).margin(dtype == DType::q8_0 ? 0.3 : 0.0));
    }
    CHECK(read_f32(file.tensors()[2]) == std::vector<float>(values.begin(), values.begin() + 7));
  }
  CHECK(folder.entries() == 1);
}

TEST_CASE("the GGUF writer refuses what llama.cpp could not read", "[io]") {
  TemporaryFolder const folder;
  std::vector<float> const values(64, 1.0f);
  auto const refused = [&](std::vector<TensorToWrite> const& tensors, DType dtype = DType::f32) {
    return message_of<Error>([&] { write_gguf(folder / "m.gguf", GgufMetadata(), tensors, dtype); });
  };
  CHECK(says(refused({{"a", {8, 8}, values}}, DType::q4_k), "Q4_K"));
  CHECK(says(refused({{std::string(64, 'n'), {8, 8}, values}}), "63"));
  CHECK(says(refused({{"a", {8, 8}, values}, {"a", {8, 8}, values}}), "once"));
  CHECK(says(refused({{"a", {8, 9}, values}}), "64 values"));
  CHECK(says(refused({{"a", {}, std::span(values).first(1)}}), "1 to 4"));
  CHECK(says(refused({{"a", {2, 2, 2, 2, 4}, values}}), "1 to 4"));
  CHECK(folder.entries() == 0);
}

TEST_CASE("both versions are read, others are refused by name", "[io]") {
  for (std::uint32_t const version : {2u, 3u}) {
    CHECK(verdict(Bytes().begin(1, 0, version).info("t", {8}, 0, 0).numbers(32)).empty());
  }
  CHECK(says(verdict(Bytes().begin(0, 0, 1)), "version 1"));
  CHECK(says(verdict(Bytes().begin(0, 0, 4)), "version 4"));
  CHECK(says(verdict(Bytes().begin(0, 0, 3u << 24)), "big-endian"));
  CHECK(says(verdict(Bytes().raw("GGML").u32(3)), "GGUF"));
  CHECK(says(verdict(Bytes()), "end of the file"));
}

TEST_CASE("counts of 2^60 are refused and cost nothing", "[io]") {
  CHECK(says(verdict(Bytes().begin(huge, 0)), "tensor count"));
  CHECK(says(verdict(Bytes().begin(0, huge)), "metadata count"));
  CHECK(says(verdict(Bytes().begin(0, 1).u64(huge).numbers(32)), "metadata key"));
  CHECK(says(verdict(Bytes().begin(0, 1).string("k").u32(8).u64(huge).numbers(32)), "metadata string"));
  CHECK(says(verdict(Bytes().begin(0, 1).string("k").u32(8).u64(~std::uint64_t{0})), "metadata string"));
  for (std::uint32_t const element : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 10u, 11u, 12u}) {
    INFO(element);
    CHECK(says(verdict(Bytes().begin(0, 1).string("k").u32(9).u32(element).u64(huge)), "array's length"));
  }
  CHECK(says(verdict(Bytes().begin(1, 0).u64(huge).numbers(32)), "tensor name"));
  CHECK(says(verdict(Bytes().begin(1, 0).info("t", {huge}, 0, 0).numbers(32)), "memory"));
  CHECK(says(verdict(Bytes().begin(1, 0).info("t", {huge / 64}, 0, 0).numbers(32)), "cut short"));
  CHECK(says(verdict(Bytes().begin(1, 0).info("t", {1u << 31, 1u << 31, 1u << 31}, 0, 0).numbers(32)), "memory"));
}

TEST_CASE("unknown types, nested arrays and bad bools in GGUF metadata are refused", "[io]") {
  CHECK(says(verdict(Bytes().begin(0, 1).string("k").u32(13).u64(0)), "metadata type 13"));
  CHECK(says(verdict(Bytes().begin(0, 1).string("k").u32(9).u32(77).u64(0)), "element type 77"));
  CHECK(says(verdict(Bytes().begin(0, 1).string("k").u32(7).raw("\2")), "0 or 1"));
  CHECK(says(verdict(Bytes().begin(0, 1).string("").u32(7).raw("\1")), "metadata key"));
  CHECK(says(verdict(Bytes().begin(0, 2).string("k").u32(7).raw("\1").string("k").u32(7).raw("\1")), "twice"));
  Bytes nested;
  nested.begin(0, 1).string("k").u32(9);
  for (int i = 0; i < 100; ++i) {
    nested.u32(9).u64(1);
  }
  CHECK(says(verdict(nested), "nested deeper"));
  CHECK(verdict(Bytes().begin(0, 1).string("k").u32(9).u32(9).u64(1).u32(4).u64(1).u32(5)).empty());
}

TEST_CASE("wrong tensor entries are refused with the name and the reason", "[io]") {
  CHECK(says(verdict(Bytes().begin(1, 0).info("t", {8}, 10, 0).numbers(99)), "Q2_K (ggml type 10)"));
  CHECK(says(verdict(Bytes().begin(1, 0).info("t", {8}, 10, 0).numbers(99)), "F32, F16, BF16, Q8_0"));
  CHECK(says(verdict(Bytes().begin(1, 0).info("t", {8}, 4000000000u, 0).numbers(99)), "4000000000"));
  CHECK(says(verdict(Bytes().begin(1, 0).info("t", {1, 1, 1, 1, 1}, 0, 0).numbers(32)), "5 dimensions"));
  CHECK(says(verdict(Bytes().begin(1, 0).string("t").u32(~0u).u64(0)), "tensor count")); // too short for any tensor
  CHECK(says(verdict(Bytes().begin(1, 0).info("t", {33}, 8, 0).numbers(99)), "blocks of 32"));
  CHECK(says(verdict(Bytes().begin(1, 0).info("t", {8}, 0, 4).numbers(64)), "alignment"));
  CHECK(says(verdict(Bytes().begin(1, 0).info("t", {8}, 0, 32).numbers(32)), "cut short"));
  CHECK(says(verdict(Bytes().begin(1, 0).info("t", {8}, 0, ~std::uint64_t{31}).numbers(32)), "cut short"));
  CHECK(says(verdict(Bytes().begin(1, 0).info("t", {9}, 0, 0).numbers(35)), "cut short"));
  CHECK(says(verdict(Bytes().begin(2, 0).info("t", {8}, 0, 0).info("t", {8}, 0, 32).numbers(64)), "twice"));
  CHECK(says(verdict(Bytes().begin(2, 0).info("t", {9}, 0, 0).info("u", {8}, 0, 32).numbers(64)), "u: got bytes"));
  CHECK(says(verdict(Bytes().begin(2, 0).info("t", {8}, 0, 0).info("u", {8}, 0, 0).numbers(64)), "got bytes"));
  CHECK(verdict(Bytes().begin(2, 0).info("t", {8}, 0, 32).info("u", {8}, 0, 0).numbers(64)).empty());
}

TEST_CASE("the alignment of a GGUF file is obeyed and must be a power of two", "[io]") {
  auto const aligned = [](std::uint32_t alignment) {
    Bytes bytes;
    bytes.begin(1, 1).string("general.alignment").u32(4).u32(alignment).info("t", {2}, 0, 0);
    bytes.text.append((256 - bytes.text.size() % 256) % 256, '\0');
    return bytes.put(1.5f).put(2.5f);
  };
  TemporaryFolder const folder;
  write_text(folder / "m.gguf", aligned(256).text);
  CHECK(read_f32(GgufFile(folder / "m.gguf").tensors()[0])[1] == 2.5f);
  CHECK(says(verdict(aligned(0)), "general.alignment"));
  CHECK(says(verdict(aligned(48)), "power of two"));
  CHECK(says(verdict(aligned(1u << 31)), "power of two"));
  CHECK(says(verdict(Bytes().begin(0, 1).string("general.alignment").u32(8).string("32")), "general.alignment"));
}

TEST_CASE("one part of a split model is refused with the way out", "[io]") {
  CHECK(says(verdict(Bytes().begin(0, 1).string("split.count").u32(2).put(std::uint16_t{2})), "merge"));
}

TEST_CASE("a GGUF file cut short anywhere before its last number is refused", "[io]") {
  TemporaryFolder const folder;
  Bytes bytes;
  bytes.begin(2, 3).string("a").u32(8).string("text").string("b").u32(9).u32(8).u64(2).string("x").string("yy");
  bytes.string("c").u32(12).put(0.5).info("t", {8}, 0, 0).info("u", {2, 4}, 1, 32).numbers(32 + 16);
  REQUIRE(verdict(bytes).empty());
  for (std::size_t size = 0; size < bytes.text.size(); ++size) {
    write_text(folder / "m.gguf", bytes.text.substr(0, size));
    INFO(size);
    REQUIRE_THROWS_AS(GgufFile(folder / "m.gguf"), Error);
  }
}
