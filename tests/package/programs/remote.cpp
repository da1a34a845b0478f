/// Uses a judge behind a server, which nothing here asks.
#include <srlm/judge/additive_rubric.hpp>
#include <srlm/judge/remote_judge.hpp>

int main() {
  srlm::RemoteJudge const judge{srlm::AdditiveRubric{}, {.server = {.base_url = "http://localhost", .model = "m"}}};
  (void)judge;
}
