/// The semantic half of MemoryBackend and of UpdateBackend, executed.
#pragma once
#include <srlm/testing/placed.hpp>
#include <srlm/testing/tensor_tolerances.hpp>
#include <bit> // bit_cast
#include <cmath>

namespace srlm::testing {

namespace detail {

template <class T>
std::vector<std::uint32_t> bits_of(std::vector<T> const& numbers) {
  std::vector<std::uint32_t> bits;
  for (T x : numbers) {
    bits.push_back(std::bit_cast<std::uint32_t>(x));
  }
  return bits;
}

template <class T, MemoryBackend B>
void memory_laws(B& b, std::vector<T> numbers, Findings& findings) {
  std::size_t const n = numbers.size();
  auto const upload = [&](std::vector<T> const& from, typename B::template span<T> to) {
    b.upload(std::span<T const>(from), to);
  };
  auto const download = [&](typename B::template span<T> from) {
    std::vector<T> out(from.size());
    b.download(from, std::span(out));
    return out;
  };
  auto buffer = b.template allocate<T>(n);
  auto other = b.template allocate<T>(1);
  findings.expect_true("allocate(n).span() has n elements, also for n = 0",
                       buffer.span().size() == n && b.template allocate<T>(0).span().size() == 0);
  upload(numbers, buffer.span());
  findings.expect_true("download gives what upload put there, bit for bit",
                       bits_of(download(buffer.span())) == bits_of(numbers));
  other = std::move(buffer);
  auto const moved = std::move(other);
  findings.expect_true("a buffer that moves keeps its elements", bits_of(download(moved.span())) == bits_of(numbers));

  auto const part = moved.span().subspan(3, 5);
  std::vector<T> const five(5, T{7});
  upload(five, part);
  std::copy(five.begin(), five.end(), numbers.begin() + 3);
  findings.expect_true("subspan(first, count) are count elements from first on, subspan(first) all of them",
                       part.size() == 5 && moved.span().subspan(3).size() == n - 3 &&
                           bits_of(download(moved.span())) == bits_of(numbers) &&
                           bits_of(download(moved.span().subspan(3).subspan(0, 5))) == bits_of(five));
  b.fill_zero(part.subspan(1));
  std::fill_n(numbers.begin() + 4, 4, T{0});
  findings.expect_true("fill_zero writes zeros into its span and nowhere else",
                       bits_of(download(moved.span())) == bits_of(numbers));
  b.synchronize();
}

template <UpdateBackend B>
void adamw_laws(B& b, Findings& findings) {
  std::size_t const n = 200;
  Placed<B> x(b, 1, n, 1), m(b, 1, n, std::vector<float>(n)), v(b, 1, n, std::vector<float>(n));
  Wide value = x.before(), first = m.before(), second = v.before();
  for (int step = 1; step <= 3; ++step) {
    Placed<B> const g(b, 1, n, 10 + static_cast<std::uint64_t>(step));
    AdamWStep const s{0.01f, 0.9f, 0.95f, 1e-8f, 0.1f, 0.5f, step};
    b.adamw(x.numbers(), g.numbers(), m.numbers(), v.numbers(), s);
    formula::adamw(value, g.before(), first, second, s);
    findings.expect(
        "adamw: m = beta1 m + (1 - beta1) g and v = beta2 v + (1 - beta2) g^2 with g = scale gradient",
        tolerance::in_kernels(std::max(largest_difference(m.after(), first), largest_difference(v.after(), second)),
                              tolerance::update));
    findings.expect("adamw: x -= rate (decay x + m' / (sqrt(v') + epsilon)) with m and v corrected for their start",
                    tolerance::in_kernels(largest_difference(x.after(), value), tolerance::update));
    findings.expect_true("adamw leaves the gradient as it is", largest_difference(g.before(), g.after()) == 0);
  }
}

template <UpdateBackend B>
void update_laws(B& b, Findings& findings) {
  for (std::size_t n : {0u, 1u, 63u, 1000u, 100'003u}) {
    Placed<B> const x(b, 1, n, 5);
    double squares = 0;
    for (double number : x.before().data) {
      squares += number * number;
    }
    findings.expect("sum_of_squares(x) is the sum of x^2",
                    tolerance::in_kernels(std::abs(static_cast<double>(b.sum_of_squares(x.numbers())) - squares) /
                                              std::max(squares, 1e-9),
                                          tolerance::sum_of_squares));
  }
  adamw_laws(b, findings);
}

} // namespace detail

} // namespace srlm::testing
