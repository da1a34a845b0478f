#!/usr/bin/env bash
# The commands of docs/command_line.md and docs/determinism.md, run from nothing on a tiny model: the pages quote them
# from here.
#
#   bash docs/tour.sh PROGRAM FOLDER     PROGRAM: the built srlm; FOLDER is emptied and filled
set -euo pipefail
PATH=$(dirname "$(realpath "$1")"):$PATH
project=$(realpath "$(dirname "$0")/..")
rm -rf "$2"
mkdir -p "$2"
cd "$2"
cp "$project"/examples/data/*.jsonl .
step() { echo "--- $*"; }
says() { grep -q -- "$1" "$2" || { echo "$2 has no $1:" >&2; head -n 5 "$2" >&2; exit 1; }; }
lines() { [ "$(wc -l <"$2")" -eq "$1" ] || { echo "$2 has not $1 lines" >&2; exit 1; }; }

step "a model from nothing"
srlm init --seeds seeds.jsonl --out tiny.gguf --hidden 64 --layers 2 --epochs 4 2>init.log
srlm inspect tiny.gguf >inspected.json
says '"architecture":"llama","parameters":164160' inspected.json

step "answers and their probabilities"
head -n 2 prompts.jsonl | srlm generate tiny.gguf --candidates 4 --seed 7 --max-new-tokens 24 >answers.jsonl
echo '{"prompt": "Name a warm colour.", "response": "Red."}' | srlm score tiny.gguf >score.jsonl
lines 2 answers.jsonl
says '"candidates"' answers.jsonl
says '"log_prob":-' score.jsonl

step "answers measured without a judge"
srlm health --in answers.jsonl >health.json
cat >asked.jsonl <<'JSON'
{"prompt": "Name a warm colour. No commas.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
{"prompt": "Say hello in capitals.", "instruction_id_list": ["change_case:english_capital"], "kwargs": [{}]}
JSON
srlm generate tiny.gguf --in asked.jsonl --max-new-tokens 24 >kept.jsonl
srlm instructions --in asked.jsonl --answers kept.jsonl >kept.json
says '"responses":8,"ended":' health.json
says '"rows":2,"left_out":0,"unanswered":0,"answers":2' kept.json

step "tokens"
echo '{"messages": [{"role": "user", "content": "Hello"}]}' | srlm tokenize tiny.gguf >ids.jsonl
srlm detokenize tiny.gguf --in ids.jsonl >text.jsonl
says 'Hello' text.jsonl

step "a verdict"
echo '{"prompt": "Name a warm colour.", "responses": ["Red.", "A chair."]}' |
  srlm judge tiny.gguf --votes 3 --score-tokens 4 --max-new-tokens 24 >verdicts.jsonl
says '"scores":\[' verdicts.jsonl

step "a judge against a known order, and two sides head to head"
srlm evaluate-judge tiny.gguf --in seeds.jsonl --split held_out --votes 3 --max-new-tokens 24 >judge.json
head -n 3 prompts.jsonl | sed 's/"prompt"/"response": "Red.", "prompt"/' >answers_b.jsonl
srlm compare tiny.gguf answers_b.jsonl --judge-model tiny.gguf --max-new-tokens 24 --judge-max-new-tokens 24 \
  --matches matches.jsonl >comparison.json
says '"accuracy_ties_half"' judge.json
says '"length_controlled_win_rate"' comparison.json
lines 3 matches.jsonl

step "several sides"
sed 's/Red/A chair/' answers_b.jsonl >answers_c.jsonl
srlm rate answers_b.jsonl answers_c.jsonl tiny.gguf --judge expected_score --judge-model tiny.gguf --max-new-tokens 24 \
  --matches rated.jsonl --difficulties difficulties.jsonl >ratings.json
srlm rate --from rated.jsonl --baseline answers_c.jsonl >again.json
srlm compare answers_c.jsonl tiny.gguf --judge expected_score --judge-model tiny.gguf --max-new-tokens 24 \
  --difficulties difficulties.jsonl >controlled.json
says '"games":9' ratings.json
lines 9 rated.jsonl
says '"games":9,"unusable":0,"level":0.95,"baseline":"answers_c.jsonl"' again.json
says '"length_controlled_win_rate":{' controlled.json

step "given choices"
cat >choices.jsonl <<'JSON'
{"question": "Which is a warm colour?", "choices": ["Red.", "Blue.", "A chair."], "answer": 0}
{"question": "How many legs has a spider?", "choices": ["Six.", "Eight."], "answer": 1}
JSON
srlm choose tiny.gguf --in choices.jsonl >chosen.json
says '"rows":2,' chosen.json

step "data"
srlm data --in seeds.jsonl --to preference --out preferences.jsonl 2>data.log
srlm data --in seeds.jsonl --to prompt_response --out examples.jsonl 2>>data.log
says '"chosen"' preferences.jsonl

step "training by itself"
srlm sft tiny.gguf --in examples.jsonl --out taught --epochs 1 --rate 1e-4 2>sft.log
head -n 32 preferences.jsonl | srlm dpo taught --out preferred --beta 0.2 --lora-rank 4 2>dpo.log
says '"loss":0.69314' preferred/metrics.jsonl

step "a loss by itself"
echo '{"chosen": -40, "rejected": -55, "reference_chosen": -42, "reference_rejected": -50,
  "chosen_length": 20, "rejected_length": 25}' | tr -d '\n' | srlm loss dpo --beta 0.1 >loss.jsonl
says '"value":0.403' loss.jsonl

step "the whole loop"
cat >small.json <<'JSON'
{"prompts": 8, "max-new-tokens": 24, "judge-max-new-tokens": 24, "sft-epochs": 1, "prompts-file": "prompts.jsonl"}
JSON
srlm run tiny.gguf --seeds seeds.jsonl --config small.json --out run >summary.txt 2>run.log
says '^M3' summary.txt
says '"chosen"' run/pairs.jsonl

step "its report"
srlm compare run/M3 run/M1 --in prompts.jsonl --judge expected_score --judge-model tiny.gguf --max-new-tokens 24 \
  >>run/comparisons.jsonl
srlm report run >report.log
says 'id="data"' run/report.html
says '"compared":\[{"a":"run/M3"' run/report.html

step "the same run, killed and started again, in another folder"
srlm run tiny.gguf --seeds seeds.jsonl --config small.json --out again >killed.log 2>&1 &
until [ "$(cat again/journal.jsonl 2>/dev/null | wc -l)" -ge 8 ]; do
  kill -0 $! || exit 1 # it ended by itself, too early
  sleep 0.02
done
kill -KILL $!
wait $! 2>/dev/null || true
srlm run tiny.gguf --seeds seeds.jsonl --config small.json --out again >again.txt 2>again.log
cmp run/M3.gguf again/M3.gguf
cmp run/pairs.jsonl again/pairs.jsonl
cmp run/metrics.jsonl again/metrics.jsonl
says 'going on with the run' again.log

step "other files"
srlm convert run/M3 --out smaller.gguf --dtype q8_0
srlm convert run/M3.gguf --out folder --dtype bf16
srlm inspect smaller.gguf >smaller.json
says '"Q8_0"' smaller.json
[ -s folder/model.safetensors ]
echo "the tour is done"
