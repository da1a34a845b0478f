/// judge: the model's verdicts on given responses.
#include "adapter_options.hpp"
#include "any_judge.hpp"
#include "command.hpp"
#include <srlm/io/atomic_file.hpp>
#if defined(SRLM_COMMAND_XTENSOR)
#include <srlm/judge/score_cube.hpp>
#endif

namespace srlm::cli {

namespace {

struct JudgeOptions : Common, Lines, AdapterOption {
  JudgeChoice choice;
  std::string cube; ///< empty: none is asked for
};

/// Texts are strings; bytes that are not UTF-8 become U+FFFD when the line is written.
io::OrderedJson verdicts_of(JudgedGroup const& group) {
  auto const number = [](Score score) { return score ? io::OrderedJson(*score) : io::OrderedJson(nullptr); };
  io::OrderedJson scores = io::OrderedJson::array(), verdicts = io::OrderedJson::array();
  for (Score score : group.scores) {
    scores.push_back(number(score));
  }
  for (std::vector<Verdict> const& votes : group.verdicts) {
    io::OrderedJson list = io::OrderedJson::array();
    for (Verdict const& vote : votes) {
      list.push_back({{"score", number(vote.score)}, {"cause", std::string(name_of(vote.cause))}, {"text", vote.text}});
    }
    verdicts.push_back(std::move(list));
  }
  return {{"scores", std::move(scores)}, {"verdicts", std::move(verdicts)}};
}

} // namespace

Action add_judge(CLI::App& app) {
  auto const o = std::make_shared<JudgeOptions>();
  o->Common::add(app);
  o->Lines::add(app);
  o->add_adapter(app);
  o->choice.add(app);
  app.add_option("--votes", o->choice.llm.votes, "verdicts a response")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--temperature", o->choice.llm.sampling.temperature)
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--top-p", o->choice.llm.sampling.top_p)->check(CLI::Range(1e-6, 1.0))->capture_default_str();
  app.add_option("--max-new-tokens", o->choice.llm.sampling.max_new_tokens, "length limit of a verdict")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--score-tokens", o->choice.llm.score_tokens,
                 "a verdict without a score line is led to it, for so many tokens; 0: it stays without")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
#if defined(SRLM_COMMAND_XTENSOR)
  app.add_option("--cube", o->cube,
                 "also write the scores as an .npy array [lines, responses, votes]; NaN where there is no verdict");
#endif
  return [o] {
    constexpr std::size_t groups_at_once = 16;
    o->choice.check();
    if (!o->cube.empty()) {
      io::AtomicFile(o->cube); // a name that cannot be written is an error now, not when all is judged
    }
    AnyBackend backend = make_backend(*o);
    Model model = o->load(backend, o->model);
    auto const lines = read_lines(o->in);
    io::JsonlWriter out(o->out, io::JsonlWriter::Mode::replace);
    AnyJudge judge = o->choice.make(backend);
    ProgressIfAsked progress(o->progress);
    model.on_generation = [&](GenerationAdvanced const& e) { progress(e); };
    progress(StageBegan{0, Stage::verdicts, lines.size(), groups_at_once});
    std::vector<JudgedGroup> judged; // for the cube
    for (std::size_t first = 0; first < lines.size(); first += groups_at_once) {
      std::vector<JudgedGroup> groups;
      for (std::size_t i = first; i < std::min(first + groups_at_once, lines.size()); ++i) {
        InputLine const& line = lines[i];
        check_template(line, model, "one with a template, which the judge's question needs");
        JudgedGroup group{{io::required_string(line.json, "prompt", line.where), {}}, {}};
        io::Json const& responses = io::required_field(line.json, "responses", line.where);
        for (io::Json const& response : responses.is_array() ? responses : io::Json::array({nullptr})) {
          if (!response.is_string()) {
            throw Error(line.where + ": responses", io::excerpt(responses), "a list of strings");
          }
          std::string text = response.get<std::string>();
          Tokens tokens = model.tokenizer().encode_response(text);
          group.responses.push_back({std::move(text), std::move(tokens)});
        }
        group.prompt.tokens = model.tokenizer().encode_prompt(group.prompt.text);
        groups.push_back(std::move(group));
      }
      judge.score(model, std::span(groups), Seed{o->seed}.fork(first / groups_at_once));
      for (JudgedGroup& group : groups) {
        out.append(verdicts_of(group));
        if (!o->cube.empty()) {
          judged.push_back(std::move(group));
        }
      }
      progress(StageAdvanced{0, Stage::verdicts, first + groups.size(), lines.size(), 0});
    }
    out.close();
#if defined(SRLM_COMMAND_XTENSOR)
    if (!o->cube.empty()) {
      io::write_npy(o->cube, score_cube(judged));
    }
#endif
    return 0;
  };
}

} // namespace srlm::cli
