/// The plan of a run's memory against what a run takes, and what happens where it does not fit; activations that are
/// computed again.
#include "support/catch.hpp"
#include "tiny_models.hpp"
#include <srlm/backend/eigen.hpp>
#include <srlm/io/available_memory.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/model/memory_plan.hpp>
#include <srlm/optim/adamw.hpp>

using namespace srlm;

namespace {

io::ModelConfig small_config() {
  io::ModelConfig c;
  c.vocabulary = 500;
  c.hidden = 128;
  c.layers = 6;
  c.heads = 4;
  c.kv_heads = 2;
  c.head_dim = 32;
  c.intermediate = 256;
  c.context = 512;
  c.tied_embeddings = true;
  return c;
}

model::MemoryUse use_of(LanguageModel<AnyBackend> const& m, std::size_t rows, std::size_t longest) {
  model::MemoryUse use;
  for (model::NamedTensor const& t : m.tensors()) {
    use.weights += t.size;
  }
  use.learned = rows > 0 ? use.weights : 0;
  use.trained_rows = rows;
  use.longest = longest;
  use.answers = 8;
  return use;
}

} // namespace

TEST_CASE("a planned step takes about what was planned, and less where activations are computed again") {
  for (bool recompute : {false, true}) {
    INFO("recompute " << recompute);
    EigenBackend eigen(1);
    AnyBackend backend(eigen); // the same memory
    LanguageModel<AnyBackend> m(backend, small_config(), tiny::tokenizer(500));
    initialise(m, Seed{1});
    m.recompute = recompute;
    Tokens const prompt = tiny::random_tokens(1, 100), response = tiny::random_tokens(2, 400);
    std::vector<SequenceView> const rows(4, SequenceView{prompt, response});
    auto const separate = [&](std::size_t i) { return Tokens(100, static_cast<Token>(i)); }; // no prefix is shared
    std::vector<Tokens> prompts;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      prompts.push_back(separate(i));
    }
    std::vector<SequenceView> views;
    for (Tokens const& p : prompts) {
      views.push_back({p, response});
    }
    AdamW adamw(backend);
    adamw.begin(10);
    m.backward(m.forward(views), std::vector<float>(4, -0.001f));
    adamw.step(m);

    model::MemoryUse const use = use_of(m, 4 * 500, 0);
    model::MemoryPlan plan = model::plan_memory(m.config(), use, {});
    if (recompute) {
      std::size_t const logits = use.trained_rows * m.config().vocabulary * sizeof(float);
      plan = model::plan_memory(m.config(), use, plan.total() - logits - 1); // a byte too little for all activations
    }
    CHECK(plan.recompute == recompute);
    CHECK(plan.kept_logits == (recompute ? 0 : use.trained_rows));
    auto const planned = static_cast<double>(plan.total()), taken = static_cast<double>(eigen.most_used());
    CHECK(taken < 1.05 * planned);
    CHECK(taken > 0.7 * planned);
  }
}

TEST_CASE("gradients have the same bits whether activations are kept or computed again") {
  auto backend = OverEigen::make(2);
  for (char const* name : {"tiny_llama", "tiny_qwen2"}) {
    INFO(name);
    auto kept = tiny::load(backend, name), again = tiny::load(backend, name);
    again.recompute = true;
    Tokens const prompt = tiny::random_tokens(1, 70, 200), chosen = tiny::random_tokens(2, 60, 200),
                 rejected = tiny::random_tokens(3, 20, 200);
    std::vector<SequenceView> const views = {{prompt, chosen}, {prompt, rejected}};
    for (auto* const m : {&kept, &again}) {
      m->backward(m->forward(views), std::vector<float>{1.0f, -0.7f});
    }
    for (auto const& t : kept.tensors()) {
      INFO(t.name);
      CHECK(kept.gradient(t) == again.gradient(t));
    }
  }
}

TEST_CASE("gradients have the same bits whether logits are kept, all or some, or computed again") {
  auto backend = OverEigen::make(2);
  Tokens const prompt = tiny::random_tokens(1, 20), response = tiny::random_tokens(2, 400); // two chunks of logits
  SequenceView const view{prompt, response};
  std::vector<std::vector<float>> expected;
  for (std::size_t kept : {std::size_t{0}, model::head_rows, std::size_t{400}}) {
    INFO(kept << " kept");
    LanguageModel<AnyBackend> m(backend, small_config(), tiny::tokenizer(500));
    initialise(m, Seed{1});
    m.kept_logits = kept;
    auto tape = m.forward({&view, 1});
    CHECK(tape.logits.size() == (kept + model::head_rows - 1) / model::head_rows);
    m.backward(std::move(tape), std::vector<float>{1.0f});
    std::vector<std::vector<float>> gradients;
    for (auto const& t : m.tensors()) {
      gradients.push_back(m.gradient(t));
    }
    expected = expected.empty() ? gradients : expected;
    CHECK(gradients == expected);
  }
}

TEST_CASE("where memory is short, first fewer logits are kept, then activations are computed again") {
  auto backend = OverEigen::make(1);
  LanguageModel<AnyBackend> const m(backend, small_config(), tiny::tokenizer(500));
  model::MemoryUse const use = use_of(m, 2000, 0);
  std::size_t const row = m.config().vocabulary * sizeof(float), all = model::plan_memory(m.config(), use, {}).total();
  model::MemoryPlan const fewer = model::plan_memory(m.config(), use, all - 700 * row);
  CHECK_FALSE(fewer.recompute);
  CHECK(fewer.kept_logits == 1300);
  CHECK(fewer.total() == all - 700 * row);
  model::MemoryPlan const least = model::plan_memory(m.config(), use, all - 2000 * row - 1);
  CHECK(least.recompute);
  CHECK(least.kept_logits == 0);
}

TEST_CASE("the cache of keys shrinks to what is free, and what cannot fit is refused with its parts") {
  auto backend = OverEigen::make(1);
  LanguageModel<AnyBackend> const m(backend, small_config(), tiny::tokenizer(500));
  model::MemoryUse const use = use_of(m, 0, 512);
  model::MemoryPlan const whole = model::plan_memory(m.config(), use, {});
  CHECK_FALSE(whole.recompute);
  CHECK(whole.cache_bytes <= model::GenerationLimits{}.cache_bytes);
  model::MemoryPlan const less = model::plan_memory(m.config(), use, whole.total() - whole.cache_bytes / 2);
  CHECK(less.cache_bytes == whole.cache_bytes - whole.cache_bytes / 2);
  CHECK(less.total() < whole.total());
  try {
    model::plan_memory(m.config(), use_of(m, 2000, 512), 1 << 20);
    FAIL("a run that does not fit was accepted");
  } catch (Error const& e) {
    std::string const text = e.what();
    for (char const* part : {"weights", "gradients", "moments", "logits", "activations", "0.00 GiB"}) {
      INFO(text);
      CHECK(text.find(part) != std::string::npos);
    }
  }
  std::optional<std::uint64_t> const free = io::available_memory();
  CHECK((!free || *free > 1 << 20));
}
