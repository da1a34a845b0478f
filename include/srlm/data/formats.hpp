/// The data formats of the library, once: recognition, the command `srlm data`, its help, the documentation and tests
/// are made from this list. A new format is a file of its own and a line here.
#pragma once
#include <srlm/core/type_list.hpp>
#include <srlm/data/formats/alpaca.hpp>
#include <srlm/data/formats/alpaca_preference.hpp>
#include <srlm/data/formats/messages.hpp>
#include <srlm/data/formats/open_assistant.hpp>
#include <srlm/data/formats/open_assistant_trees.hpp>
#include <srlm/data/formats/preference.hpp>
#include <srlm/data/formats/preference_implicit.hpp>
#include <srlm/data/formats/preference_messages.hpp>
#include <srlm/data/formats/preference_messages_implicit.hpp>
#include <srlm/data/formats/prompt_response.hpp>
#include <srlm/data/formats/ranked_replies.hpp>
#include <srlm/data/formats/ranked_responses.hpp>
#include <srlm/data/formats/seeds.hpp>
#include <srlm/data/formats/sharegpt.hpp>

namespace srlm {

/// In the order in which a row is asked: of two that recognise it, the first is meant.
using Formats = TypeList<OpenAssistantTreesFormat, OpenAssistantFormat, AlpacaPreferenceFormat,
                         PreferenceMessagesFormat, PreferenceMessagesImplicitFormat, PreferenceFormat,
                         PreferenceImplicitFormat, SeedsFormat, RankedRepliesFormat, RankedResponsesFormat,
                         PromptResponseFormat, AlpacaFormat, ShareGptFormat, MessagesFormat>;

} // namespace srlm
