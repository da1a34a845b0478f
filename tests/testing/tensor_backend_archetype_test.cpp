/// Everything in the library that takes a backend compiles over the archetype of its rung: it needs no more of a
/// backend than the concept says. The instantiations below are the test. So does the stub that the documentation
/// offers.
#include "../../docs/stubs/tensor_backend.hpp"
#include "support/catch.hpp"
#include <srlm/core.hpp>
#include <srlm/model/adapter_files.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/model/load.hpp>
#include <srlm/model/lora.hpp>
#include <srlm/model/save.hpp>
#include <srlm/observe/journal_file.hpp>
#include <srlm/optim/adamw.hpp>
#include <srlm/testing/tensor_backend_archetype.hpp>
#include <srlm/testing/tensor_backend_laws.hpp>

using srlm::testing::TensorBackendArchetype;
using srlm::testing::UpdateBackendArchetype;
using Model = srlm::LanguageModel<TensorBackendArchetype>;
using Stepper = srlm::AdamW<TensorBackendArchetype>;
using Trainer = srlm::PreferenceTrainer<srlm::DpoLoss, Stepper>;

/// A model of somebody's own, whose parameters lie in a backend's memory, and which AdamW steps.
struct OwnModel {
  std::vector<srlm::model::Parameter<UpdateBackendArchetype>> parameters() { return {}; }
};

namespace srlm {

namespace model {
template class WeightViews<TensorBackendArchetype>;
template class AdaptedViews<TensorBackendArchetype>;
template class Adapters<TensorBackendArchetype>;
template class WeightStore<TensorBackendArchetype>;
template class Transformer<TensorBackendArchetype>;
template class Head<TensorBackendArchetype>;
template class KeyCache<TensorBackendArchetype>;
template class Generation<TensorBackendArchetype>;
} // namespace model

template class LanguageModel<TensorBackendArchetype>;
template Model load_gguf(TensorBackendArchetype&, std::string const&);
template Model load_hugging_face(TensorBackendArchetype&, std::string const&);
template Model load_model(TensorBackendArchetype&, std::string const&);
template void save_gguf(Model const&, std::string const&, io::DType);
template void save_hugging_face(Model const&, std::string const&, io::DType);
template void save_model(Model const&, std::string const&, io::DType);
template void initialise(Model&, Seed, float);
template void add_lora(Model&, LoraOptions const&, Seed);
template void merge_lora(Model&);
template class WithoutAdapters<TensorBackendArchetype>;
template void save_adapter(Model const&, std::string const&, std::string const&, io::DType);
template void load_adapter(Model&, std::string const&);

template class AdamW<UpdateBackendArchetype>;
template class AdamW<TensorBackendArchetype>;
template StepReport AdamW<UpdateBackendArchetype>::step(OwnModel&);
template StepReport AdamW<TensorBackendArchetype>::step(Model&);

static_assert(Policy<Model> && Checkpointed<Model> && ContextAware<Model>);
static_assert(Stepper<AdamW<TensorBackendArchetype>, Model>);
template Control Trainer::fit(Model&, std::span<PreferencePair const>, Seed, Turn<JournalFile> const&);
template class SupervisedTrainer<AdamW<TensorBackendArchetype>>;

namespace testing {
template std::vector<Violation> memory_backend_laws(MemoryBackendArchetype&);
template std::vector<Violation> update_backend_laws(UpdateBackendArchetype&, double);
template std::vector<Violation> tensor_backend_laws(TensorBackendArchetype&, double);
} // namespace testing

} // namespace srlm

static_assert(!std::default_initializable<TensorBackendArchetype> && !std::copyable<TensorBackendArchetype>);

static_assert(srlm::TensorBackend<MyBackend>); // of the stub

TEST_CASE("a call into the archetype of a backend throws") {
  CHECK_THROWS_AS(srlm::testing::ArchetypeSpan<float>().size(), srlm::Error);
}
