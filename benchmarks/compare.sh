#!/usr/bin/env bash
# Builds the benchmarks, installs the peers (torch, transformers, TRL, llama.cpp; 2.5 GB) and measures both sides in turns.
#
#   bash benchmarks/compare.sh SCRIPTS [OUT] [options of compare_peers.py: --kind f32, --rounds N, --only TEXT]
#
# SCRIPTS holds setup.sh, which installs the peers, and the scripts that run them; OUT (build/compare) gets the peers, and
# compare.json, machine.json, compare.md and compare.svg in a folder for each kind of number. Five rounds take about 50 minutes on two cores.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
scripts=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."
out=build/compare
if [ $# -ge 1 ] && [ "${1#--}" = "$1" ]; then
  out=$1
  shift
fi
[ -f "$scripts/setup.sh" ] || { echo "$scripts has no setup.sh, which installs the peers" >&2; exit 1; }
kind=bf16
for ((i = 1; i <= $#; i++)); do
  [ "${!i}" != --kind ] || { next=$((i + 1)); kind=${!next:-bf16}; }
done

cmake --preset release >/dev/null
cmake --build --preset release --target benchmark_model benchmark_kernels -j "$(nproc)"
mkdir -p "$out"
sh "$scripts/setup.sh" "$out/peers"
python3 benchmarks/compare_peers.py build/release/benchmarks "$out/peers" "$scripts" "$out/$kind" "$@"
