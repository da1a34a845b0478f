/// convert: a model as GGUF or as a Hugging Face folder, its adapter merged.
#include "adapter_options.hpp"
#include "command.hpp"
#include "option_values.hpp"
#include <srlm/model/save.hpp>

namespace srlm::cli {

namespace {

struct ConvertOptions : Common, AdapterOption {
  std::string out, dtype = "f32";
};

} // namespace

Action add_convert(CLI::App& app) {
  auto const o = std::make_shared<ConvertOptions>();
  o->add(app);
  o->add_adapter(app);
  app.add_option("--out", o->out, "X.gguf for a GGUF file, else a Hugging Face folder")->required();
  app.add_option("--dtype", o->dtype, "of the matrices; q8_0 only in GGUF")
      ->check(CLI::IsMember({"f32", "f16", "bf16", "q8_0"}))
      ->capture_default_str();
  return [o, &app] {
    if (o->dtype == "q8_0" && !o->out.ends_with(".gguf")) {
      throw CLI::ValidationError("--dtype",
                                 "got q8_0 for a Hugging Face folder, expected f32, f16 or bf16, or --out X.gguf");
    }
    AnyBackend backend = make_backend(*o);
    Model const model = o->load(backend, o->model);
    save_model(model, o->out, io::parse_dtype(o->dtype).value());
    write_options_beside(app, o->out);
    return 0;
  };
}

} // namespace srlm::cli
