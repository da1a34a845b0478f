/// score: log p(response | prompt), in nats.
#include "adapter_options.hpp"
#include "command.hpp"
#include <cmath>   // isfinite
#include <numeric> // accumulate

namespace srlm::cli {

namespace {

struct ScoreOptions : Common, Lines, AdapterOption {};

} // namespace

Action add_score(CLI::App& app) {
  auto const o = std::make_shared<ScoreOptions>();
  o->Common::add(app);
  o->Lines::add(app);
  o->add_adapter(app);
  return [o] {
    constexpr std::size_t lines_at_once = 32;
    AnyBackend backend = make_backend(*o);
    Model model = o->load(backend, o->model);
    auto const lines = read_lines(o->in);
    io::JsonlWriter out(o->out, io::JsonlWriter::Mode::replace);
    for (std::size_t first = 0; first < lines.size(); first += lines_at_once) {
      std::size_t const count = std::min(lines_at_once, lines.size() - first);
      std::vector<SharedTokens> prompts, responses;
      std::vector<SequenceView> views;
      for (std::size_t i = first; i < first + count; ++i) {
        InputLine const& line = lines[i];
        at_line(line, [&] {
          prompts.push_back(prompt_of(line, model).tokens);
          responses.push_back(response_of(line, model));
          require(!prompts.back().empty(), "prompt", "no tokens", "at least one");
          check_length(line, model, prompts.back().size() + responses.back().size(), "prompt and response");
        });
      }
      for (std::size_t i = 0; i < count; ++i) {
        views.push_back({prompts[i], responses[i]});
      }
      auto const tokens = model.token_log_probs(views);
      for (auto const& log_probs : tokens) {
        double const sum = std::accumulate(log_probs.begin(), log_probs.end(), 0.0);
        require(std::isfinite(sum), "score", "a log-probability that is not finite", "finite weights");
        out.append(io::OrderedJson{{"log_prob", sum}, {"tokens", log_probs.size()}, {"token_log_probs", log_probs}});
      }
    }
    out.close();
    return 0;
  };
}

} // namespace srlm::cli
