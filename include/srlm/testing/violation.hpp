/// What a law says when it is broken.
#pragma once
#include <srlm/core/error.hpp>
#include <span>
#include <string>
#include <vector>

namespace srlm::testing {

struct Violation {
  std::string law;
  double error;
};

/// Collects laws that do not hold, each once, with its largest error.
class Findings {
 public:
  explicit Findings(double tolerance = 0) : tolerance_(tolerance) {}

  /// Not an error that is at most the tolerance; NaN is one.
  void expect(char const* law, double error) {
    if (!(error <= tolerance_)) {
      add(law, error);
    }
  }
  /// Whatever the tolerance.
  void expect_true(char const* law, bool holds) {
    if (!holds) {
      add(law, 1.0);
    }
  }

  std::vector<Violation> take() && { return std::move(violations_); }

 private:
  void add(char const* law, double error) {
    for (Violation& known : violations_) {
      if (known.law == law) {
        known.error = error <= known.error ? known.error : error;
        return;
      }
    }
    violations_.push_back({law, error});
  }

  double tolerance_;
  std::vector<Violation> violations_;
};

/// The broken laws, one a line; empty where all hold.
inline std::string text_of(std::span<Violation const> violations) {
  std::string text;
  for (Violation const& violation : violations) {
    text += violation.law + " (off by " + std::to_string(violation.error) + ")\n";
  }
  return text;
}

/// For a program that wants to end where a law is broken. Throws: Error that names all broken laws.
inline void require_laws(std::span<Violation const> violations) {
  if (!violations.empty()) {
    throw Error("the laws of a concept", "a type that breaks\n" + text_of(violations), "one that keeps them all");
  }
}

} // namespace srlm::testing
