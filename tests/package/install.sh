#!/bin/sh
# Installs the library into an empty folder, with what its page says.
# usage: install.sh SOURCES BUILD PREFIX
set -eu
sources=$1 build=$2 prefix=$3
rm -rf "$build" "$prefix"

cmake -S "$sources" -B "$build" -D SRLM_BUILD_TESTS=OFF -D SRLM_BUILD_EXAMPLES=OFF -D SRLM_BUILD_BENCHMARKS=OFF
cmake --install "$build" --prefix "$prefix"
