/// Uses each dependency of the component srlm once, which costs less to compile than srlm.hpp.
#include <srlm/backend/eigen.hpp>
#include <srlm/io/json.hpp>
#include <srlm/text/pattern.hpp>

#include <vector>

int main() {
  int pieces = 0;
  srlm::text::Pattern("\\d").split("3, 4", [&](std::string_view) { ++pieces; });
  std::vector<float> x = srlm::io::parse_json("[3, 4]", "here").get<std::vector<float>>();
  return pieces == 3 && srlm::EigenBackend(1).sum_of_squares(x) == 25 ? 0 : 1;
}
