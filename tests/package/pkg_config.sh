#!/bin/sh
# Compiles and runs a program with what pkg-config says about srlm, and about its core.
# usage: CXX=... VERSION=... pkg_config.sh PROGRAMS PREFIX FOLDER
set -eu
programs=$1 prefix=$2 folder=$3
mkdir -p "$folder"

export PKG_CONFIG_PATH="$prefix/share/pkgconfig:${PKG_CONFIG_PATH:-}"
$CXX -std=c++20 "$programs/dependencies.cpp" $(pkg-config --cflags --libs srlm) -o "$folder/dependencies"
"$folder/dependencies"

$CXX -std=c++20 "$programs/core.cpp" $(pkg-config --cflags --libs srlm-core) -o "$folder/core"
"$folder/core"
for name in srlm srlm-core srlm-io srlm-text srlm-model srlm-eigen srlm-onednn srlm-cuda srlm-mpi; do
  test "$(pkg-config --modversion $name)" = "$VERSION"
done
