#!/usr/bin/env bash
# bash docs/build_site.sh [FOLDER]: builds the documentation as a site into FOLDER (default: build/site). Needs mkdocs with
# the material theme: apt-get install mkdocs-material, or pip install mkdocs-material.
set -euo pipefail
cd "$(dirname "$0")/.."
exec mkdocs build --quiet --strict --clean --site-dir "${1:-build/site}"
