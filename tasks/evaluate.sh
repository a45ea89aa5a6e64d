#!/usr/bin/env bash
# models/trained on the test split -> reports/evaluation: metrics.json, images.csv, grid.png.
set -euo pipefail
cd "$(dirname "$0")/.."
python -m tasks.evaluate
cat reports/evaluation/metrics.json
