#!/usr/bin/env bash
# The paper in miniature: builds the program and runs it.
#
#   bash examples/miniature/run.sh --seeds 1                          one seed, M0 -> M3, the paper's loop alone
#   bash examples/miniature/run.sh --seeds 1,2,3,4,5 --arms all       the whole table
#   bash examples/miniature/run.sh --quick --check --seeds 7 --arms self_rewarding,oracle,random,swapped
#
# Further options: --out DIR (default build/miniature), --threads N, --test tuning|report|last. The same command again
# goes on where it was stopped: a finished arm of a seed is not run again. DIR/results.jsonl has a line for each seed,
# arm, model and measure; DIR/tables.md the claims and tables.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build
if [ ! -e build/release/CMakeCache.txt ]; then
  cmake -S . -B build/release -DCMAKE_BUILD_TYPE=Release -DSRLM_BUILD_TESTS=OFF -DSRLM_BUILD_BENCHMARKS=OFF \
    >build/configure.log 2>&1 || { tail -n 20 build/configure.log >&2; exit 1; }
fi
cmake --build build/release --target miniature --parallel "$(nproc)" >build/build.log 2>&1 ||
  { grep -m 10 -E 'error|Error|No rule' build/build.log >&2; exit 1; }
exec build/release/examples/miniature/miniature "$@"
