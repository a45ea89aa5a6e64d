#!/usr/bin/env bash
# The files of params.yaml's ingest.source -> data/source.csv.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($#)); then exec python -m tasks.scan "$@"; fi # --help
python -m tasks.scan
head -n 3 data/source.csv
