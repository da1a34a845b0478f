/// One row of supervised fine-tuning: the loss is on the response alone.
#pragma once
#include <srlm/core/conversation.hpp>

namespace srlm {

struct SupervisedExample {
  Prompt prompt;
  Response response;
};

} // namespace srlm
