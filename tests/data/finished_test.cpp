#include "judge/scripted_model.hpp"
#include "support/catch.hpp"

#include <srlm/data/finished.hpp>

using namespace srlm;

TEST_CASE("P4: an answer is finished when its last token ends a turn, whatever its length") {
  ByteTokenizer const tokenizer;
  Sampling const sampling = {0.7f, 0.9f, 3};
  Token const e = ByteTokenizer::end;
  CHECK(is_finished(tokenizer, Tokens{'a', e}, sampling));
  CHECK(is_finished(tokenizer, Tokens{'a', 'b', e}, sampling)); // ended on the last token that was allowed
  CHECK(is_finished(tokenizer, Tokens{e}, sampling));
  CHECK_FALSE(is_finished(tokenizer, Tokens{'a', 'b', 'c'}, sampling));
  CHECK_FALSE(is_finished(tokenizer, Tokens{'a', e, 'c'}, sampling));
  CHECK_FALSE(is_finished(tokenizer, Tokens{}, sampling));
}

TEST_CASE("P4: without a known end token an answer is finished when it is shorter than the limit") {
  EndlessTokenizer const tokenizer;
  Sampling const sampling = {0.7f, 0.9f, 3};
  CHECK(is_finished(tokenizer, Tokens{'a', 'b'}, sampling));
  CHECK(is_finished(tokenizer, Tokens{}, sampling));
  CHECK_FALSE(is_finished(tokenizer, Tokens{'a', 'b', 'c'}, sampling));
  CHECK_FALSE(is_finished(tokenizer, Tokens{}, Sampling{0.7f, 0.9f, 0}));
}
