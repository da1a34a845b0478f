#!/usr/bin/env bash
# What only a GPU can tell, in under ten minutes: the tests labelled gpu, compute-sanitizer over the laws where it is, and
# the benchmarks, beside torch and transformers where they are installed. Writes one table and prints it.
#
#   bash tests/gpu.sh              on a machine without a GPU it says so and ends with exit code 1
#
# Read from the environment, all optional:
#   SRLM_GPU_BUILD   a folder with the programs, built elsewhere by SRLM_GPU_BUILD_ONLY=1: nothing is compiled then
#   SRLM_GPU_BUILD_ONLY   1: build into build/gpu and stop, GPU or none
#   SRLM_GPU_ARCHITECTURES   what to compile for, in place of the GPU that is here
#   SRLM_GPU_OUT     where table.md and what it is made of go, in place of build/gpu/out
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath -m "${SRLM_GPU_BUILD:-build/gpu}")
out=$(realpath -m "${SRLM_GPU_OUT:-build/gpu/out}")
begun=$SECONDS

# left SECONDS: as many, or what is left of ten minutes.
left() {
  local remaining=$((580 - SECONDS + begun))
  echo $((remaining < $1 ? (remaining > 1 ? remaining : 1) : $1))
}

build_programs() {
  local architectures=native
  if [ -n "${SRLM_GPU_BUILD_ONLY:-}" ]; then
    architectures=80-virtual # for whichever GPU it meets
  fi
  mkdir -p "$build"
  cmake --preset release -B "$build" -D CMAKE_CUDA_ARCHITECTURES="${SRLM_GPU_ARCHITECTURES:-$architectures}" >"$build/configure.log" || {
    tail -n 20 "$build/configure.log"
    exit 1
  }
  cmake --build "$build" -j --target test_gpu srlm_command benchmark_model_cuda benchmark_kernels_cuda
}

if [ -n "${SRLM_GPU_BUILD_ONLY:-}" ]; then
  build_programs
  exit 0
fi
if ! command -v nvidia-smi >/dev/null || ! gpu=$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>&1); then
  echo "tests/gpu.sh: there is no GPU here: nvidia-smi finds none"
  exit 1
fi
mkdir -p "$out"
if [ -z "${SRLM_GPU_BUILD:-}" ]; then
  build_programs
  begun=$SECONDS # the ten minutes are the measurement's
fi
laws=$build/tests/cuda/test_gpu
status=0

# run NAME SECONDS COMMAND...: its output to a file and here; a failure is remembered, and the next goes on.
run() {
  local name=$1 seconds=$2
  shift 2
  echo "--- $name"
  timeout "$(left "$seconds")" "$@" 2>&1 | tee "$out/$name.log" || {
    echo "$name FAILED"
    status=1
  }
}

run laws 120 "$laws"
run command 90 python3 tests/cuda/gpu/command.py "$build/examples/srlm" "$PWD/examples/data" "$out/command"
if command -v compute-sanitizer >/dev/null; then
  run sanitizer 90 compute-sanitizer --error-exitcode 9 "$laws"
else
  echo "--- no compute-sanitizer here"
fi

# measure NAME SECONDS: a benchmark program over the policy and the shape of now.
measure() {
  SRLM_BACKEND=$policy SRLM_SHAPE=$shape timeout "$(left "$2")" "$build/benchmarks/benchmark_$1_cuda" \
    --benchmark_filter=-chat_rows --benchmark_min_time=0.1 \
    --benchmark_out_format=json --benchmark_out="$out/$1_${shape}_$kind.json" || echo "benchmark_$1_cuda of $shape in $kind ended early"
}
for kind in bf16 f32; do
  policy=cuda
  [ "$kind" = f32 ] || policy=cuda-bf16
  for shape in 135M 1.7B; do
    echo "--- benchmarks, $shape in $kind"
    measure model 120
    measure kernels 30
    if python3 -c 'import torch, transformers' 2>/dev/null; then
      timeout "$(left 80)" python3 benchmarks/gpu_peer.py "$shape" "$kind" >"$out/peer_${shape}_$kind.json" || echo "no peer for $shape in $kind"
    fi
  done
done
python3 benchmarks/gpu_table.py "$gpu" "$out" | tee "$out/table.md"
exit $status
