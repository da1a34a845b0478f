#!/usr/bin/env bash
# bash examples/real_model/run.sh OUT MODEL IFEVAL RANKED [OPTION...]: SmolLM2 learns from three judges: itself, a
# program that checks verifiable instructions, and chance. docs/real_model.md says what came of it.
#   MODEL    M0: a GGUF file or a Hugging Face folder (examples/quickstart.sh fetches SmolLM2-135M-Instruct)
#   IFEVAL   IFEval's prompts: {"prompt", "instruction_id_list", "kwargs"} lines
#   RANKED   instructions with answers that people ranked, in any format of docs/data.md that gives seeds
# OUT receives the models, journals, items.jsonl, results.jsonl and tables.md; the same command again goes on where it
# stopped. The options are those of the program real_model.
set -euo pipefail
if [ $# -lt 4 ]; then
  sed -n '2,8s/^# //p' "$0" >&2
  exit 2
fi
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$1 model=$2 ifeval=$3 ranked=$4
shift 4
mkdir -p "$root/build" "$out"
cmake -S "$root" -B "$root/build/release" -DCMAKE_BUILD_TYPE=Release -DSRLM_BUILD_TESTS=OFF \
  -DSRLM_BUILD_BENCHMARKS=OFF >"$root/build/configure.log"
cmake --build "$root/build/release" --target real_model real_model_table --parallel "$(nproc)" >"$root/build/build.log"
programs=$root/build/release/examples
"$programs/real_model" --model "$model" --instructions "$ifeval" --ranked "$ranked" \
  --seeds "$root/examples/data/seeds.jsonl" --out "$out" "$@"
"$programs/real_model_table" "$out/items.jsonl" >"$out/tables.md"
echo "$out/tables.md"
