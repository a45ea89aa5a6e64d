#!/usr/bin/env bash
# The pipeline with each of two lengths of training, on however many workers there are.
# Before it, in a terminal each: `make server`, `make deploy`, and `make sweep-worker` once or more.
# It needs a pushed commit and a default DVC remote. Arguments: another grid.
set -euo pipefail
cd "$(dirname "$0")/.."
if [[ " $* " == *" --help "* ]]; then exec python -m flows.sweep --help; fi
export PREFECT_API_URL="${PREFECT_API_URL:-http://127.0.0.1:4200/api}"
python -m flows.sweep "${@:-train.epochs=1,2}"
cat reports/sweep/table.md
