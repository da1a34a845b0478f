// float16, dtype, dequantize and quantize.
#include "support/catch.hpp"
#include "temporary_folder.hpp"
#include <srlm/io/gguf.hpp>
#include <srlm/io/quantize.hpp>
#include <srlm/io/tensor.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

using namespace srlm::io;
using namespace srlm;

TEST_CASE("every binary16 number is what its bits say, and comes back", "[io]") {
  for (unsigned bits = 0; bits < 65536; ++bits) {
    auto const half = static_cast<std::uint16_t>(bits);
    int const exponent = static_cast<int>((bits >> 10) & 31u), fraction = static_cast<int>(bits & 1023u);
    float const sign = (bits & 0x8000u) != 0 ? -1.0f : 1.0f;
    float const value = half_to_float(half);
    if (exponent == 31 && fraction != 0) {
      REQUIRE(std::isnan(value));
      REQUIRE(std::isnan(half_to_float(float_to_half(value))));
      continue;
    }
    float const expected = exponent == 31  ? sign * std::numeric_limits<float>::infinity()
                           : exponent == 0 ? sign * std::ldexp(static_cast<float>(fraction), -24)
                                           : sign * std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
    REQUIRE(value == expected);
    REQUIRE(std::signbit(value) == std::signbit(expected));
    REQUIRE(float_to_half(value) == half);
  }
}

TEST_CASE("floats round to the nearest binary16, ties to even", "[io]") {
  for (unsigned bits = 0; bits < 0x7BFFu; ++bits) { // every pair of positive neighbours
    float const low = half_to_float(static_cast<std::uint16_t>(bits));
    float const high = half_to_float(static_cast<std::uint16_t>(bits + 1));
    float const middle = (low + high) / 2; // exact
    REQUIRE(float_to_half(middle) == ((bits & 1u) == 0 ? bits : bits + 1));
    REQUIRE(float_to_half(std::nextafter(middle, low)) == bits);
    REQUIRE(float_to_half(std::nextafter(middle, high)) == bits + 1);
    REQUIRE(float_to_half(-middle) == (float_to_half(middle) | 0x8000u));
  }
  CHECK(float_to_half(65519.996f) == 0x7BFF);
  CHECK(float_to_half(65520.0f) == 0x7C00);
  CHECK(float_to_half(1e30f) == 0x7C00);
}

TEST_CASE("floats round to the nearest bfloat16, ties to even", "[io]") {
  CHECK(float_to_bfloat16(1.0f) == 0x3F80);
  CHECK(float_to_bfloat16(1.0f + 1.0f / 256) == 0x3F80); // a tie, down to even
  CHECK(float_to_bfloat16(1.0f + 3.0f / 256) == 0x3F82); // a tie, up to even
  CHECK(float_to_bfloat16(std::nextafter(1.0f + 1.0f / 256, 2.0f)) == 0x3F81);
  CHECK(float_to_bfloat16(std::numeric_limits<float>::max()) == 0x7F80);
  CHECK(std::isnan(bfloat16_to_float(float_to_bfloat16(std::bit_cast<float>(0x7F800001u)))));
  for (unsigned bits = 0; bits < 0x7F80u; ++bits) {
    REQUIRE(float_to_bfloat16(bfloat16_to_float(static_cast<std::uint16_t>(bits))) == bits);
  }
}

TEST_CASE("every stored format decodes to the values that the gguf package gives", "[io]") {
  GgufFile const file(fixture("io_quants.gguf"));
  std::string const raw = read_text(fixture("io_quants.f32"));
  std::vector<float> expected(raw.size() / 4);
  std::memcpy(expected.data(), raw.data(), raw.size());
  std::size_t place = 0;
  for (DType const dtype : {DType::f32, DType::f16, DType::bf16, DType::q8_0, DType::q4_0, DType::q4_1, DType::q5_0,
                            DType::q5_1, DType::q4_k, DType::q5_k, DType::q6_k}) {
    TensorSource const* const tensor = find_tensor(file.tensors(), "values." + std::string(name_of(dtype)));
    REQUIRE(tensor != nullptr);
    REQUIRE(tensor->dtype == dtype);
    REQUIRE(tensor->shape == std::vector<std::size_t>{2, 512});
    std::vector<float> const values = read_f32(*tensor);
    for (float const value : values) {
      // a compiler may fuse "level * scale + minimum" into one rounding; otherwise the values are equal
      INFO(name_of(dtype) << " value " << place);
      REQUIRE(std::fabs(value - expected[place]) <= 2e-6f * std::fabs(expected[place]) + 1e-7f);
      ++place;
    }
  }
  CHECK(place == expected.size());
}

TEST_CASE("the formats that are written have the same bytes as the gguf package makes", "[io]") {
  GgufFile const file(fixture("io_quants.gguf"));
  for (DType const dtype : {DType::f16, DType::bf16, DType::q8_0}) {
    std::string const name(name_of(dtype));
    std::vector<float> const values = read_f32(*find_tensor(file.tensors(), "source." + name));
    TensorSource const& expected = *find_tensor(file.tensors(), "values." + name);
    std::vector<std::byte> stored(expected.bytes.size());
    quantize(dtype, values, stored);
    INFO(name);
    CHECK(std::memcmp(stored.data(), expected.bytes.data(), stored.size()) == 0);
  }
}

TEST_CASE("Q8_0 holds zeros and tiny numbers and refuses what is not finite", "[io]") {
  std::vector<std::byte> stored(34);
  std::vector<float> values(32, 0.0f), back(32);
  values[3] = 1e-42f;
  quantize(DType::q8_0, values, stored);
  dequantize(DType::q8_0, stored, back);
  CHECK(back == std::vector<float>(32, 0.0f));
  values[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(quantize(DType::q8_0, values, stored), Error);
  values[3] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(quantize(DType::q8_0, values, stored), Error);
}

TEST_CASE("sizes that do not belong together are refused", "[io]") {
  std::vector<std::byte> bytes(34);
  std::vector<float> values(32);
  CHECK_THROWS_AS(dequantize(DType::q8_0, std::span(bytes).first(33), values), Error);
  CHECK_THROWS_AS(dequantize(DType::q8_0, bytes, std::span(values).first(31)), Error);
  CHECK_THROWS_AS(quantize(DType::q8_0, std::span(values).first(16), bytes), Error);
  CHECK_THROWS_AS(quantize(DType::q4_k, values, bytes), Error);
  CHECK_THROWS_AS(read_f32({"t", DType::q8_0, {32}, std::span(bytes).first(33)}, values), Error);
  CHECK_THROWS_AS(read_f32({"t", DType::q8_0, {31}, bytes}, values), Error);
  CHECK_THROWS_AS(read_f32({"t", DType::f32, {std::size_t{1} << 62}, bytes}), Error);
  CHECK_NOTHROW(read_f32({"t", DType::q8_0, {32}, bytes}, values));
  CHECK(read_f32({"none", DType::f32, {0, 5}, {}}).empty());
}

TEST_CASE("format names are read in any case and unknown ones are none", "[io]") {
  for (DType const dtype : dtypes) {
    CHECK(parse_dtype(name_of(dtype)) == dtype);
    CHECK(dtype_of_ggml(ggml_type_id(dtype)) == dtype);
  }
  CHECK(parse_dtype("q4_k") == DType::q4_k);
  CHECK(!parse_dtype("q4"));
  CHECK(!parse_dtype(""));
  CHECK(!dtype_of_ggml(10));
  CHECK(ggml_type_name(10) == "Q2_K");
  CHECK(ggml_type_name(30) == "BF16");
  CHECK(ggml_type_name(99999) == "unknown");
}

TEST_CASE("element and byte counts notice overflow", "[io]") {
  std::vector<std::size_t> const huge = {std::size_t{1} << 33, std::size_t{1} << 33};
  CHECK(!element_count(huge));
  CHECK(!byte_count(DType::f32, huge));
  CHECK(!byte_count(DType::q8_0, std::vector<std::size_t>{4, 33}));
  CHECK(byte_count(DType::q8_0, std::vector<std::size_t>{4, 64}) == 4u * 2 * 34);
  CHECK(element_count(std::vector<std::size_t>{}) == 1u);
}

TEST_CASE("a number that a narrower format cannot hold is refused, not written as infinite", "[io]") {
  std::vector<std::byte> two(2);
  for (auto const& [dtype, fits, too_large] :
       {std::tuple{DType::f16, 65504.0f, 65520.0f}, std::tuple{DType::bf16, 3.38e38f, 3.4e38f}}) {
    std::vector<float> value = {fits};
    CHECK_NOTHROW(quantize(dtype, value, two));
    value[0] = -too_large;
    CHECK_THROWS_AS(quantize(dtype, value, two), srlm::Error);
  }
}
