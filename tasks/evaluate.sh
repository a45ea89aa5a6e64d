#!/usr/bin/env bash
# models/trained on the test split -> reports/evaluation: metrics.json, images.csv, grid.png.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($#)); then exec python -m tasks.evaluate "$@"; fi # --help
python -m tasks.evaluate
cat reports/evaluation/metrics.json
