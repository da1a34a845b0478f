/// Arrays of numbers in NumPy's .npy files, as arrays of xtensor. They are written by xtensor's xnpy. They are read
/// here: xnpy claims memory for any shape that a header names, does not notice a file that ends before its last number,
/// and cannot read headers of 128 bytes and more (it takes their length as signed), so a file is compared with what it
/// says and with what is wanted first. xnpy brings streams and <regex>; this is why it does not enter with
/// backend/xtensor_core.hpp.
#pragma once
#include <srlm/io/atomic_file.hpp>
#include <srlm/io/mapped_file.hpp>
#include <srlm/io/npy_header.hpp>
#if __has_include(<xtensor/io/xnpy.hpp>)
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/io/xnpy.hpp>
#else
#include <xtensor/xnpy.hpp>
#include <xtensor/xtensor.hpp>
#endif
#include <algorithm> // find, copy
#include <array>
#include <bit> // endian
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>

namespace srlm::io {

/// NumPy's name for a C++ number on this machine: "<f4" for float.
template <class T>
std::string npy_dtype() {
  static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>, "srlm: these .npy files hold numbers");
  char const order = sizeof(T) == 1 ? '|' : std::endian::native == std::endian::little ? '<' : '>';
  char const kind = std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
  return std::string{order, kind} + std::to_string(sizeof(T));
}

/// The extents that an array must have; nullopt: any.
template <std::size_t Rank>
using NpyExtents = std::array<std::optional<std::size_t>, Rank>;

/// The array in a file: `Rank` dimensions of T in C order. No memory is claimed before the file is known to be exactly
/// as long as its shape says. Throws: Error that names the file, the type and shape it holds and what was expected: no
/// .npy file, one cut short or too long, another type (numbers of the other byte order are one), Fortran order, another
/// number of dimensions, other extents.
template <class T, std::size_t Rank>
xt::xtensor<T, Rank> read_npy(std::string const& path, NpyExtents<Rank> const& wanted = {}) {
  MappedFile const file(path);
  NpyHeader const header = parse_npy_header(file.bytes(), path);
  std::string const given = header.dtype + " of shape " + npy_shape_text(header.shape);
  if (header.dtype != npy_dtype<T>()) {
    throw Error(path, given, "numbers of type " + npy_dtype<T>());
  }
  if (header.fortran_order && Rank > 1) {
    throw Error(path, given + " in Fortran order", "C order (numpy.ascontiguousarray)");
  }
  bool fits = header.shape.size() == Rank;
  std::string extents;
  for (std::size_t d = 0; d < Rank; ++d) {
    fits = fits && (!wanted[d] || *wanted[d] == header.shape[d]);
    extents += (d > 0 ? ", " : "") + (wanted[d] ? std::to_string(*wanted[d]) : std::string("any"));
  }
  if (!fits) {
    throw Error(path, given, std::to_string(Rank) + (Rank == 1 ? " dimension (" : " dimensions (") + extents + ")");
  }
  std::span<std::byte const> const numbers = file.bytes().subspan(header.data_offset);
  bool const empty = std::find(header.shape.begin(), header.shape.end(), std::size_t{0}) != header.shape.end();
  std::size_t room = numbers.size() / sizeof(T), size = empty ? 0 : 1;
  for (std::size_t extent : header.shape) {
    if (!empty && extent > room) { // divided, not multiplied: nothing overflows
      throw Error(path, std::to_string(numbers.size()) + " bytes of numbers", "as many as " + given + " has");
    }
    room = empty ? 0 : room / extent;
    size *= extent;
  }
  if (numbers.size() != size * sizeof(T)) {
    throw Error(path, std::to_string(numbers.size()) + " bytes of numbers",
                std::to_string(size * sizeof(T)) + " for " + given);
  }
  std::array<std::size_t, Rank> shape;
  std::copy(header.shape.begin(), header.shape.end(), shape.begin());
  xt::xtensor<T, Rank> array(shape);
  if (size > 0) {
    std::memcpy(array.data(), numbers.data(), numbers.size());
  }
  return array;
}

/// Writes an array in C order, whole or not at all (see AtomicFile). Throws: Error that names the file and the reason.
template <class T, std::size_t Rank>
void write_npy(std::string const& path, xt::xtensor<T, Rank> const& array) {
  AtomicFile file(path);
  file.write(xt::dump_npy(array));
  file.commit();
}

} // namespace srlm::io
