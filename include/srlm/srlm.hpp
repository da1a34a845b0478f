/// Everything: the loop, and the built-in language model with its readers, writers and the Eigen tensor policy.
#pragma once
#include <srlm/backend/eigen.hpp>
#include <srlm/core.hpp>
#include <srlm/core/version.hpp>
#include <srlm/data/preference_file.hpp>
#include <srlm/data/prompt_file.hpp>
#include <srlm/data/seed_file.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/model/load.hpp>
#include <srlm/model/save.hpp>
#include <srlm/observe/journal_file.hpp>
#include <srlm/observe/metrics.hpp>
#include <srlm/observe/progress.hpp>
#include <srlm/optim/adamw.hpp>
