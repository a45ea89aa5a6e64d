#!/usr/bin/env bash
# data/prepared -> models/trained: the best weights and the tables frozen from them.
# Through DVC: `dvc repro train`; with another parameter: `dvc exp run train -S train.latent_dims=40`.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($#)); then exec python -m tasks.train "$@"; fi # --help
python -m tasks.train
cat reports/training/metrics.json
