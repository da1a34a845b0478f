/// The losses of the library, once: tests, documentation and command line are made from this list. A new loss is a file
/// of its own and a line here.
#pragma once
#include <srlm/core/type_list.hpp>
#include <srlm/loss/aot.hpp>
#include <srlm/loss/apo_down.hpp>
#include <srlm/loss/apo_zero.hpp>
#include <srlm/loss/bco_pair.hpp>
#include <srlm/loss/conservative_dpo.hpp>
#include <srlm/loss/cpo.hpp>
#include <srlm/loss/cream.hpp>
#include <srlm/loss/discopop.hpp>
#include <srlm/loss/dpo.hpp>
#include <srlm/loss/dpop.hpp>
#include <srlm/loss/exo_pair.hpp>
#include <srlm/loss/hinge.hpp>
#include <srlm/loss/ipo_mean.hpp>
#include <srlm/loss/ipo_sum.hpp>
#include <srlm/loss/kto.hpp>
#include <srlm/loss/kto_desirable.hpp>
#include <srlm/loss/kto_undesirable.hpp>
#include <srlm/loss/ld_dpo.hpp>
#include <srlm/loss/length_normalized_dpo.hpp>
#include <srlm/loss/likelihood.hpp>
#include <srlm/loss/nca.hpp>
#include <srlm/loss/orpo.hpp>
#include <srlm/loss/robust_dpo.hpp>
#include <srlm/loss/rpo.hpp>
#include <srlm/loss/simpo.hpp>
#include <srlm/loss/spin.hpp>
#include <srlm/loss/sppo_hard.hpp>
#include <srlm/loss/weighted_sum.hpp>
#include <srlm/loss/wpo.hpp>

namespace srlm {

using Losses = TypeList<DpoLoss, ConservativeDpoLoss, RobustDpoLoss, IpoSumLoss, IpoMeanLoss, HingeLoss, KtoLoss,
                        KtoDesirableLoss, KtoUndesirableLoss, SimPoLoss, CpoLoss, OrpoLoss, RpoLoss, LikelihoodLoss,
                        LengthNormalizedDpoLoss, LdDpoLoss, DpopLoss, SppoHardLoss, NcaLoss, BcoPairLoss, ApoZeroLoss,
                        ApoDownLoss, ExoPairLoss, AotLoss, DiscoPopLoss, CreamLoss, SpinLoss, WpoLoss>;

} // namespace srlm
