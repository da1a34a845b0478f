/// Every law, for tests of a user's types: each takes the type, and gives the broken laws by name, none if all hold.
/// The tensor backend's stand in a file of their own.
#pragma once
#include <srlm/testing/checkpoint_laws.hpp>
#include <srlm/testing/communicator_laws.hpp>
#include <srlm/testing/journal_laws.hpp>
#include <srlm/testing/judge_laws.hpp>
#include <srlm/testing/loss_laws.hpp>
#include <srlm/testing/optimizer_laws.hpp>
#include <srlm/testing/policy_laws.hpp>
#include <srlm/testing/prompt_source_laws.hpp>
#include <srlm/testing/selector_laws.hpp>
#include <srlm/testing/stepper_laws.hpp>
#include <srlm/testing/tokenizer_laws.hpp>
