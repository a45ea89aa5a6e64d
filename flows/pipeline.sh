#!/usr/bin/env bash
# Runs the stages of dvc.yaml under Prefect, twice: the second run finds nothing changed.
# No server is needed. To watch the runs, start `prefect server start` in another terminal, and set
# PREFECT_API_URL=http://127.0.0.1:4200/api first.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($#)); then exec python -m flows.pipeline "$@"; fi # --help, --pull
python -m flows.pipeline
python -m flows.pipeline
