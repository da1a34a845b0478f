#!/usr/bin/env python3
"""Each missing or wrong piece of a type gives its own plain sentence; whole types compile.

Usage: explain_test.py INCLUDE_FOLDER COMPILER [FLAGS...]
"""
import pathlib
import subprocess
import sys

SENTENCES = {
    "WITHOUT_ENCODE_PROMPT": "Tokenizer needs  srlm::Tokens encode_prompt",
    "WITHOUT_ENCODE_RESPONSE": "Tokenizer needs  srlm::Tokens encode_response",
    "WITHOUT_DECODE": "Tokenizer needs  std::string decode",
    "WITHOUT_TOKENIZER": "Policy needs  tokenizer() const",
    "WITHOUT_GENERATE": "Policy needs  std::vector<srlm::Tokens> generate",
    "WRONG_GENERATE": "generate() must return std::vector<srlm::Tokens>",
    "WITHOUT_LOG_PROBS": "Policy needs  std::vector<float> log_probs",
    "WITHOUT_FORWARD": "Policy needs  forward",
    "WITHOUT_BACKWARD": "Policy needs  void backward",
    "WITHOUT_SCORE": "Judge needs  score",
    "WITHOUT_QUESTION": "Rubric needs  std::string question",
    "WRONG_PARSE": "Rubric needs  srlm::Verdict parse",
    "WRONG_COMPARISON": "PairwiseRubric needs  srlm::Comparison parse",
    "WITHOUT_SECOND": "PairwiseRubric needs  std::string question",
    "WRONG_ANSWERS": "AnswerSelector needs  std::vector<std::size_t> operator()",
    "WITHOUT_BATCH": "or, over a batch,  void operator()",
    "WRONG_NEXT": "PromptSource needs  std::vector<srlm::Prompt> next",
    "WITHOUT_CONST": "PairSelector needs  std::vector<srlm::WinnerLoser> operator()",
    "WRONG_LOSS": "PreferenceLoss needs  srlm::PairLoss operator()",
    "WITHOUT_BEGIN": "Stepper needs  void begin",
    "WRONG_STEP": "Stepper needs  srlm::StepReport step",
    "WITHOUT_FIT": "PreferenceOptimizer needs  fit",
    "WRONG_EVENT": "an observer is callable with at least one event",
}


def compile_with(arguments, define):
    source = pathlib.Path(__file__).with_name("cases.hpp")
    command = [*arguments[1:], "-std=c++20", "-fsyntax-only", "-x", "c++", f"-I{arguments[0]}", str(source)]
    return subprocess.run(command + ([f"-D{define}"] if define else []), capture_output=True, text=True)


def main():
    failures = 0
    whole = compile_with(sys.argv[1:], None)
    if whole.returncode != 0:
        failures += 1
        print("whole types do not compile:\n" + whole.stderr)
    for define, sentence in SENTENCES.items():
        result = compile_with(sys.argv[1:], define)
        if result.returncode == 0 or sentence not in result.stderr:
            failures += 1
            print(f"{define}: no sentence \"{sentence}\" in:\n{result.stderr[:2000]}")
    sys.exit(1 if failures else 0)


main()
