#!/usr/bin/env bash
# bash docs/build_site.sh [FOLDER]: builds the documentation as a site into FOLDER (default: build/site). Needs mkdocs with
# the material theme: apt-get install mkdocs-material, or pip install mkdocs-material.
set -euo pipefail
cd "$(dirname "$0")/.."
export NO_MKDOCS_2_WARNING=1 # a notice of newer themes
exec mkdocs build --quiet --strict --clean --site-dir "${1:-build/site}"
