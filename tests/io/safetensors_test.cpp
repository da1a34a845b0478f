// Reading and writing safetensors, one file and folders of shards; every lie a header can tell.
#include "support/catch.hpp"
#include "temporary_folder.hpp"
#include <srlm/io/safetensors.hpp>
#include <cstdint>
#include <numeric>
#include <vector>

using namespace srlm::io;
using srlm::Error;

namespace {

std::string file_with(std::string const& header, std::string const& numbers, std::uint64_t length) {
  std::string text;
  for (int i = 0; i < 8; ++i) {
    text.push_back(static_cast<char>((length >> (8 * i)) & 0xFFu));
  }
  return text + header + numbers;
}

/// What the reader says of a file with this header and so many bytes of numbers; empty if it accepts it.
std::string verdict(std::string const& header, std::size_t numbers = 24) {
  TemporaryFolder const folder;
  write_text(folder / "m", file_with(header, std::string(numbers, '\0'), header.size()));
  return message_of<Error>([&] { SafetensorsFile(folder / "m"); });
}

bool says(std::string const& message, std::string const& part) {
  UNSCOPED_INFO(message);
  return message.find(part) != std::string::npos;
}

std::string const two = R"({"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
                        R"("b":{"dtype":"F16","shape":[4],"data_offsets":[16,24]}})";

} // namespace

TEST_CASE("a file of the safetensors package has its names, shapes, numbers and metadata", "[io]") {
  SafetensorsFile const file(fixture("io_numbers.safetensors"));
  CHECK(file.metadata().at("made_by") == "safetensors");
  REQUIRE(file.tensors().size() == 4);
  auto const expect = [&](std::string const& name, DType dtype, std::vector<std::size_t> const& shape) {
    TensorSource const* const tensor = find_tensor(file.tensors(), name);
    REQUIRE(tensor != nullptr);
    CHECK(tensor->dtype == dtype);
    CHECK(tensor->shape == shape);
    std::vector<float> const values = read_f32(*tensor);
    for (std::size_t i = 0; i < values.size(); ++i) {
      CHECK(values[i] == static_cast<float>(i) / 8 - 3);
    }
  };
  expect("single", DType::f32, {3, 5});
  expect("half", DType::f16, {2, 2, 4});
  expect("brain", DType::bf16, {7});
  expect("none", DType::f32, {0, 4});
}

TEST_CASE("what is written in each dtype is read back", "[io]") {
  TemporaryFolder const folder;
  std::vector<float> values(300);
  std::iota(values.begin(), values.end(), -100.0f); // exact in bfloat16 below 256
  std::vector<TensorToWrite> const tensors = {
      {"z.weight", {3, 4}, std::span(values).first(12)}, {"a.bias", {300}, values}, {"empty", {0}, {}}};
  for (DType const dtype : {DType::f32, DType::f16, DType::bf16}) {
    write_safetensors(folder / "m", tensors, dtype, {{"note", "\xC3\xA9"}});
    SafetensorsFile const file(folder / "m");
    REQUIRE(file.tensors().size() == 3);
    CHECK(file.metadata().at("note") == "\xC3\xA9");
    CHECK(file.metadata().at("format") == "pt");
    CHECK(file.tensors()[0].name == "z.weight");
    CHECK(file.tensors()[0].dtype == dtype);
    CHECK(file.tensors()[0].shape == std::vector<std::size_t>{3, 4});
    CHECK(read_f32(*find_tensor(file.tensors(), "a.bias")) == values);
  }
  CHECK(folder.entries() == 1);
}

TEST_CASE("the writer refuses what is inconsistent and leaves nothing", "[io]") {
  TemporaryFolder const folder;
  std::vector<float> const values(6, 1.0f);
  auto const refused = [&](std::vector<TensorToWrite> const& tensors, DType dtype = DType::f32) {
    return message_of<Error>([&] { write_safetensors(folder / "m", tensors, dtype); });
  };
  CHECK(says(refused({{"a", {2, 2}, values}}), "a: got 6 values"));
  CHECK(says(refused({{"a", {6}, values}, {"a", {6}, values}}), "used once"));
  CHECK(says(refused({{"", {6}, values}}), "not empty"));
  CHECK(says(refused({{"\xFF", {6}, values}}), "UTF-8"));
  CHECK(says(refused({{"a", {6}, values}}, DType::q8_0), "Q8_0"));
  CHECK(folder.entries() == 0);
}

TEST_CASE("the header that the other cases change is accepted", "[io]") { CHECK(verdict(two).empty()); }

TEST_CASE("each wrong entry of a safetensors header is refused with its tensor and reason", "[io]") {
  auto const entry = [](std::string const& body) { return R"({"w":{)" + body + "}}"; };
  CHECK(says(verdict(entry(R"("dtype":"I64","shape":[3],"data_offsets":[0,24])")), "I64"));
  CHECK(says(verdict(entry(R"("dtype":7,"shape":[3],"data_offsets":[0,24])")), "dtype"));
  CHECK(says(verdict(entry(R"("shape":[3],"data_offsets":[0,24])")), "\"dtype\" is missing"));
  CHECK(says(verdict(entry(R"("dtype":"F32","data_offsets":[0,24])")), "\"shape\" is missing"));
  CHECK(says(verdict(entry(R"("dtype":"F32","shape":[6])")), "\"data_offsets\" is missing"));
  CHECK(says(verdict(entry(R"("dtype":"F32","shape":[-6],"data_offsets":[0,24])")), "-6"));
  CHECK(says(verdict(entry(R"("dtype":"F32","shape":[6.0],"data_offsets":[0,24])")), "6.0"));
  CHECK(says(verdict(entry(R"("dtype":"F32","shape":"6","data_offsets":[0,24])")), "array"));
  CHECK(says(verdict(entry(R"("dtype":"F32","shape":[6],"data_offsets":[24,0])")), "24 to 0"));
  CHECK(says(verdict(entry(R"("dtype":"F32","shape":[7],"data_offsets":[0,28])")), "0 to 28"));
  CHECK(says(verdict(entry(R"("dtype":"F32","shape":[6],"data_offsets":[0,18446744073709551615])")), "data_offsets"));
  CHECK(says(verdict(entry(R"("dtype":"F32","shape":[6],"data_offsets":[0,1e99])")), "data_offsets"));
  CHECK(says(verdict(entry(R"("dtype":"F32","shape":[6],"data_offsets":[0])")), "two numbers"));
  CHECK(says(verdict(entry(R"("dtype":"F32","shape":[5],"data_offsets":[0,24])")), "24 bytes"));
  CHECK(says(verdict(entry(R"("dtype":"F32","shape":[4611686018427387910],"data_offsets":[0,24])")), "memory"));
  CHECK(says(verdict(entry(R"("dtype":"F32","shape":[4294967296,4294967296,6],"data_offsets":[0,24])")), "memory"));
  CHECK(says(verdict(R"({"w":[]})"), "w"));
  CHECK(says(verdict(R"([1])"), "object"));
  CHECK(says(verdict(R"({"__metadata__":{"a":1}})", 0), "string"));
  CHECK(says(verdict(two, 25), "25 bytes of numbers"));
  CHECK(says(verdict(two, 23), "16 to 24"));
}

TEST_CASE("overlaps, holes and duplicate names in a safetensors header are refused", "[io]") {
  CHECK(says(verdict(R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},)"
                     R"("b":{"dtype":"F32","shape":[3],"data_offsets":[12,24]}})"),
             "b: got bytes from 12"));
  CHECK(says(verdict(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                     R"("b":{"dtype":"F32","shape":[2],"data_offsets":[16,24]}})"),
             "from 16"));
  CHECK(says(verdict(R"({"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]},)"
                     R"("a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}})"),
             "\"a\" twice"));
}

TEST_CASE("a header length beyond the file or beyond the limit is refused", "[io]") {
  TemporaryFolder const folder;
  auto const refused = [&](std::uint64_t length) {
    write_text(folder / "m", file_with(two, std::string(24, '\0'), length));
    return message_of<Error>([&] { SafetensorsFile(folder / "m"); });
  };
  CHECK(says(refused(two.size() + 25), "header"));
  CHECK(says(refused(std::uint64_t{1} << 60), "1152921504606846976"));
  CHECK(says(refused(~std::uint64_t{0}), "18446744073709551615"));
  CHECK(says(refused(two.size() - 1), "not JSON"));
  CHECK(says(refused(0), "not JSON"));
}

TEST_CASE("a safetensors file cut short anywhere is refused", "[io]") {
  TemporaryFolder const folder;
  std::string const whole = read_text(fixture("io_numbers.safetensors"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_text(folder / "m", whole.substr(0, size));
    INFO(size);
    REQUIRE_THROWS_AS(SafetensorsFile(folder / "m"), Error);
  }
}

TEST_CASE("deeply nested JSON in a header is refused before it can exhaust the stack", "[io]") {
  CHECK(says(verdict(std::string(1'000'000, '[')), "nested deeper"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) {
    objects += "{\"a\":";
  }
  CHECK(says(verdict(objects), "nested deeper"));
}

TEST_CASE("the shards of a folder are read together", "[io]") {
  TemporaryFolder const folder;
  std::vector<float> const first = {1, 2, 3, 4}, second = {5, 6};
  write_safetensors(folder / "s1.safetensors", std::vector<TensorToWrite>{{"a", {2, 2}, first}});
  write_safetensors(folder / "s2.safetensors", std::vector<TensorToWrite>{{"b", {2}, second}});
  auto const index = [&](std::string const& map) {
    write_text(folder / "model.safetensors.index.json", R"({"metadata":{"total_size":24},"weight_map":)" + map + "}");
  };
  auto const refused = [&] { return message_of<Error>([&] { SafetensorsFolder(folder.path()); }); };
  index(R"({"a":"s1.safetensors","b":"s2.safetensors"})");
  {
    SafetensorsFolder const both(folder.path());
    REQUIRE(both.tensors().size() == 2);
    CHECK(read_f32(*find_tensor(both.tensors(), "a")) == first);
    CHECK(read_f32(*find_tensor(both.tensors(), "b")) == second);
  }
  index(R"({"a":"s1.safetensors","b":"s2.safetensors","c":"s2.safetensors"})");
  CHECK(says(refused(), "tensor c is missing"));
  index(R"({"a":"s1.safetensors","b":"s3.safetensors"})");
  CHECK(says(refused(), "s3.safetensors"));
  index(R"({"a":"../s1.safetensors"})");
  CHECK(says(refused(), "same folder"));
  index(R"({"a":5})");
  CHECK(says(refused(), "same folder"));
  index("[]");
  CHECK(says(refused(), "weight_map"));
  write_safetensors(folder / "s2.safetensors", std::vector<TensorToWrite>{{"b", {2}, second}, {"a", {2}, second}});
  index(R"({"a":"s1.safetensors","b":"s2.safetensors"})");
  CHECK(says(refused(), "another shard"));
  write_text(folder / "s2.safetensors", "rubbish!");
  CHECK(says(refused(), "s2.safetensors"));
}

TEST_CASE("a folder without weights says what is missing", "[io]") {
  TemporaryFolder const folder;
  CHECK(says(message_of<Error>([&] { SafetensorsFolder(folder.path()); }), "neither"));
  write_text(folder / "pytorch_model.bin", "");
  CHECK(says(message_of<Error>([&] { SafetensorsFolder(folder.path()); }), "save_pretrained"));
}
