/// is_finished(tokenizer, tokens, sampling), which the layer below shares.
#pragma once
#include <srlm/data/finished.hpp> // is_finished
