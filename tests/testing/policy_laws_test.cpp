/// The laws hold for sound models and name what is wrong with broken ones.
#include "support/model_backends.hpp"
#include "support/bigram.hpp"
#include "support/catch.hpp"
#include "support/violations.hpp"
#include <srlm/model/initialise.hpp>
#include <srlm/testing/policy_laws.hpp>

using namespace srlm;
using srlm::testing::policy_laws;
using srlm::testing::PolicyCase;
using srlm::testing::text_of;
using srlm::testing::Violation;

namespace {

PolicyCase const letters{{65, 66, 10}, {70, 71, 72}, 128};

template <class Broken>
std::vector<Violation> laws_of_broken() {
  Broken model = bigram::random<Broken>();
  return policy_laws(model, letters);
}

using Views = std::span<SequenceView const>;
using Run = mylib::Bigram::Run;

struct ForgetsLastGradient : bigram::Policy {
  void backward(Run run, std::span<float const> weight) {
    for (auto& z : run.batch) {
      z.response = z.response.first(z.response.size() - 1);
    }
    model.learn(std::move(run), weight);
  }
};
struct CountsPrompt : bigram::Policy {
  std::vector<float> log_probs(Views y) {
    auto sums = model.score(y);
    for (std::size_t i = 0; i < y.size(); ++i) {
      sums[i] -= 0.1f * static_cast<float>(y[i].prompt.size());
    }
    return sums;
  }
  Run forward(Views y) { return {{y.begin(), y.end()}, log_probs(y)}; }
};
struct OffByOne : bigram::Policy {
  std::vector<float> log_probs(Views y) {
    std::vector<SequenceView> shorter(y.begin(), y.end());
    for (auto& z : shorter) {
      z.response = z.response.size() > 1 ? z.response.subspan(1) : z.response;
    }
    return model.score(shorter);
  }
  Run forward(Views y) { return {{y.begin(), y.end()}, log_probs(y)}; }
};
struct WrongSign : bigram::Policy {
  void backward(Run run, std::span<float const> weight) {
    std::vector<float> turned(weight.begin(), weight.end());
    for (float& w : turned) {
      w = -w;
    }
    model.learn(std::move(run), turned);
  }
};
struct DependsOnBatch : bigram::Policy {
  std::vector<float> log_probs(Views y) {
    auto sums = model.score(y);
    for (float& s : sums) {
      s -= 0.01f * static_cast<float>(y.size());
    }
    return sums;
  }
  Run forward(Views y) { return {{y.begin(), y.end()}, log_probs(y)}; }
};
struct TrainsOnOtherNumbers : bigram::Policy {
  Run forward(Views y) {
    Run run = model.run(y);
    for (float& s : run.sums) {
      s += 1e-3f;
    }
    return run;
  }
};
struct OneWeightForAll : bigram::Policy {
  void backward(Run run, std::span<float const> weight) {
    model.learn(std::move(run), std::vector<float>(weight.size(), weight.front()));
  }
};
struct Overwrites : bigram::Policy {
  void backward(Run run, std::span<float const> weight) {
    std::span<float> const gradient = model.weights().front().gradient;
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    model.learn(std::move(run), weight);
  }
};
struct HasMemory : bigram::Policy {
  std::uint64_t calls = 0;
  std::vector<Tokens> generate(std::span<GenerationRequest const> x, Sampling const& s) {
    std::vector<GenerationRequest> changed(x.begin(), x.end());
    for (auto& r : changed) {
      r.seed = r.seed.fork(++calls);
    }
    return model.write(changed, s);
  }
};
struct IgnoresSeed : bigram::Policy {
  std::vector<Tokens> generate(std::span<GenerationRequest const> x, Sampling const& s) {
    std::vector<GenerationRequest> changed(x.begin(), x.end());
    for (auto& r : changed) {
      r.seed = {};
    }
    return model.write(changed, s);
  }
};

template <class B>
LanguageModel<B> small_model(B& backend) {
  io::ModelConfig config;
  config.vocabulary = 40;
  config.hidden = 24;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 6;
  config.intermediate = 40;
  config.context = 256;
  text::Vocabulary vocabulary;
  for (int i = 0; i < 40; ++i) {
    vocabulary.tokens.push_back("t" + std::to_string(i));
    vocabulary.roles.push_back(text::TokenRole::normal);
  }
  LanguageModel<B> model(backend, config, text::Tokenizer(vocabulary));
  initialise(model, Seed{3}, 0.3f);
  return model;
}

PolicyCase forty_tokens() {
  PolicyCase law{{}, {7, 8, 9, 30, 2}, 40};
  for (int i = 0; i < 70; ++i) { // more than a page of prompt
    law.prompt.push_back((i * 7) % 40);
  }
  law.step = 1e-3;
  return law;
}

/// Loses the gradient of all weights whose name holds `part`.
template <class B>
struct Forgetful {
  LanguageModel<B> model;
  std::string part;

  text::Tokenizer const& tokenizer() const { return model.tokenizer(); }
  auto generate(std::span<GenerationRequest const> x, Sampling const& s) { return model.generate(x, s); }
  auto log_probs(Views y) { return model.log_probs(y); }
  auto forward(Views y) { return model.forward(y); }
  auto parameters() { return model.parameters(); }
  void backward(ModelTape<B> tape, std::span<float const> weight) {
    model.backward(std::move(tape), weight);
    auto const all = model.parameters();
    for (auto const& t : model.tensors()) {
      if (t.name.find(part) != std::string::npos) {
        std::span<float> const gradient = all[t.is_matrix ? 0 : 1].gradient;
        std::fill_n(gradient.begin() + static_cast<std::ptrdiff_t>(t.offset), t.size, 0.0f);
      }
    }
  }
};

} // namespace

TEST_CASE("the 30-line model keeps every law") {
  auto model = bigram::random();
  CHECK(text_of(policy_laws(model, letters)) == "");
}

TEMPLATE_LIST_TEST_CASE("the built-in model keeps every law", "", ModelBackends) {
  auto backend = TestType::make(2);
  auto model = small_model(backend);
  CHECK(text_of(policy_laws(model, forty_tokens())) == "");
}

TEMPLATE_LIST_TEST_CASE("a built-in model whose backward() forgets a part is found out", "", ModelBackends) {
  auto backend = TestType::make(1);
  for (char const* part : {"layers.0.self_attn", "layers.1.mlp", "layers.0.", "embed_tokens"}) {
    INFO(part);
    Forgetful<AnyBackend> model{small_model(backend), part};
    CHECK(names(policy_laws(model, forty_tokens()), "backward() is the derivative"));
  }
}

TEST_CASE("a model that is broken is told which law it breaks") {
  CHECK(names(laws_of_broken<ForgetsLastGradient>(), "several tokens: each of them counts"));
  CHECK(names(laws_of_broken<CountsPrompt>(), "= 1"));
  CHECK(names(laws_of_broken<OffByOne>(), "log p(y1 y2 | x)"));
  CHECK(names(laws_of_broken<WrongSign>(), "a response of one token"));
  CHECK(names(laws_of_broken<OneWeightForAll>(), "by its own weight"));
  CHECK(names(laws_of_broken<DependsOnBatch>(), "does not depend on its batch"));
  CHECK(names(laws_of_broken<TrainsOnOtherNumbers>(), "bit for bit"));
  CHECK(names(laws_of_broken<Overwrites>(), "adds to the gradient"));
  CHECK(names(laws_of_broken<HasMemory>(), "function of (request, sampling)"));
  CHECK(names(laws_of_broken<IgnoresSeed>(), "another seed"));
}
