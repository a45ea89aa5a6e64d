#!/usr/bin/env bash
# The images of params.yaml's ingest.source -> data/raw: PNG files and manifest.csv.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($#)); then exec python -m tasks.ingest "$@"; fi # --help
python -m tasks.ingest
head -n 3 data/raw/manifest.csv
