#!/usr/bin/env bash
# Runs the pipeline with two different numbers of epochs, on all workers that are online.
# First run, each in its own terminal: `make server`, `make deploy`, and one or more times
# `make sweep-worker`. It needs a pushed commit and a default DVC remote. Arguments: another grid.
set -euo pipefail
cd "$(dirname "$0")/.."
if [[ " $* " == *" --help "* ]]; then exec python -m flows.sweep --help; fi
export PREFECT_API_URL="${PREFECT_API_URL:-http://127.0.0.1:4200/api}"
python -m flows.sweep "${@:-train.epochs=1,2}"
cat reports/sweep/table.md
