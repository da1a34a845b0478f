/// judge: the model's verdicts on given responses.
#include "adapter_options.hpp"
#include "judge_groups.hpp"
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

} // namespace

Action add_judge(CLI::App& app) {
  auto const o = std::make_shared<JudgeOptions>();
  o->Common::add(app);
  o->Lines::add(app);
  o->add_adapter(app);
  o->choice.add(app);
  o->choice.add_sampling(app);
#if defined(SRLM_COMMAND_XTENSOR)
  app.add_option("--cube", o->cube,
                 "also write the scores as an .npy array [lines, responses, votes]; NaN where there is no verdict");
#endif
  return [o] {
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
    std::vector<JudgedGroup> groups;
    for (InputLine const& line : lines) {
      check_template(line, model, "one with a template, which the judge's question needs");
      io::Json const& responses = io::required_field(line.json, "responses", line.where);
      std::vector<std::string> texts;
      for (io::Json const& response : responses.is_array() ? responses : io::Json::array({nullptr})) {
        if (!response.is_string()) {
          throw Error(line.where + ": responses", io::excerpt(responses), "a list of strings");
        }
        texts.push_back(response.get<std::string>());
      }
      groups.push_back(group_of(model, io::required_string(line.json, "prompt", line.where), texts));
    }
    judge_groups(model, judge, std::span(groups), Seed{o->seed}, progress, [&](std::span<JudgedGroup const> judged) {
      for (JudgedGroup const& group : judged) {
        out.append(io::OrderedJson{{"scores", scores_json(group)}, {"verdicts", verdicts_json(group)}});
      }
    });
    out.close();
#if defined(SRLM_COMMAND_XTENSOR)
    if (!o->cube.empty()) {
      io::write_npy(o->cube, score_cube(groups));
    }
#endif
    return 0;
  };
}

} // namespace srlm::cli
