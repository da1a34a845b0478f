/// Everything that needs the standard library alone: the loop, the concepts, losses, selectors, judges, trainers.
/// Include this to run the algorithm over a model of your own.
#pragma once
#include <srlm/concepts/explain.hpp>
#include <srlm/data/fixed_prompts.hpp>
#include <srlm/data/pair_selectors.hpp>
#include <srlm/data/positive_only.hpp>
#include <srlm/data/prompt_factory.hpp>
#include <srlm/judge/judges.hpp>
#include <srlm/loss/losses.hpp>
#include <srlm/optim/sgd.hpp>
#include <srlm/positive_only.hpp>
#include <srlm/self_rewarding.hpp>
#include <srlm/spin.hpp>
#include <srlm/train/held_out.hpp>
#include <srlm/train/preference.hpp>
#include <srlm/train/replay.hpp>
#include <srlm/train/supervised.hpp>
#include <srlm/train/supervised_start.hpp>
