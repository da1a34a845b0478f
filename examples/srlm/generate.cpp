/// generate: answers to prompts.
#include "adapter_options.hpp"
#include "command.hpp"
#include <srlm/data/finished.hpp>
#include <cmath>   // isfinite
#include <numeric> // accumulate

namespace srlm::cli {

namespace {

struct GenerateOptions : Common, Lines, AdapterOption {
  std::size_t candidates = 1;
  Sampling sampling = {0.7f, 0.9f, 256};
  bool greedy = false;
};

/// All candidates of some lines at once. Returns how many tokens were written.
std::size_t answer(Model& model, std::span<InputLine const> lines, std::size_t first_line, GenerateOptions const& o,
                   io::JsonlWriter& out) {
  Sampling sampling = o.sampling;
  if (o.greedy) {
    sampling.temperature = 0;
  }
  std::vector<SharedTokens> prompts;
  std::vector<GenerationRequest> requests;
  for (InputLine const& line : lines) {
    prompts.push_back(at_line(line, [&] {
      SharedTokens tokens = prompt_of(line, model).tokens;
      require(!tokens.empty(), "prompt", "no tokens", "at least one");
      check_length(line, model, tokens.size() + 1, "a prompt with one token to write");
      return tokens;
    }));
  }
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    for (std::size_t c = 0; c < o.candidates; ++c) {
      requests.push_back({prompts[i], Seed{o.seed}.fork(first_line + i).fork(c)});
    }
  }
  auto const answers = model.generate(requests, sampling);
  std::vector<SequenceView> views;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    views.push_back({requests[i].prompt, answers[i]});
  }
  auto const log_probs = model.token_log_probs(views);
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    io::OrderedJson candidates = io::OrderedJson::array();
    for (std::size_t c = 0; c < o.candidates; ++c) {
      std::size_t const k = i * o.candidates + c;
      double const log_prob = std::accumulate(log_probs[k].begin(), log_probs[k].end(), 0.0); // as score does
      require(std::isfinite(log_prob), "generate", "a log-probability that is not finite", "finite weights");
      tokens += answers[k].size();
      candidates.push_back({{"text", model.tokenizer().decode(answers[k])},
                            {"ids", answers[k]},
                            {"finished", is_finished(model.tokenizer(), answers[k], sampling)},
                            {"log_prob", log_prob}});
    }
    out.append(io::OrderedJson{{"candidates", std::move(candidates)}});
  }
  return tokens;
}

} // namespace

Action add_generate(CLI::App& app) {
  auto const o = std::make_shared<GenerateOptions>();
  o->Common::add(app);
  o->Lines::add(app);
  o->add_adapter(app);
  app.add_option("--candidates", o->candidates, "answers a prompt")->check(CLI::Range(1, 4096))->capture_default_str();
  app.add_option("--temperature", o->sampling.temperature, "0: greedy")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--top-p", o->sampling.top_p, "nucleus")->check(CLI::Range(1e-6, 1.0))->capture_default_str();
  app.add_option("--max-new-tokens", o->sampling.max_new_tokens, "length limit of an answer")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_flag("--greedy", o->greedy, "the most likely token each time");
  return [o] {
    AnyBackend backend = make_backend(*o);
    Model model = o->load(backend, o->model);
    auto const lines = read_lines(o->in);
    io::JsonlWriter out(o->out, io::JsonlWriter::Mode::replace);
    ProgressIfAsked progress(o->progress);
    model.on_generation = [&](GenerationAdvanced const& e) { progress(e); };
    std::size_t const at_once = std::max<std::size_t>(1, 128 / o->candidates);
    progress(StageBegan{0, Stage::candidates, lines.size(), at_once});
    for (std::size_t first = 0; first < lines.size(); first += at_once) {
      auto const part = std::span(lines).subspan(first, std::min(at_once, lines.size() - first));
      std::size_t const tokens = answer(model, part, first, *o, out);
      progress(StageAdvanced{0, Stage::candidates, first + part.size(), lines.size(), tokens});
    }
    out.close();
    return 0;
  };
}

} // namespace srlm::cli
