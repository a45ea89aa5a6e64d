#!/usr/bin/env bash
# The stages of dvc.yaml under Prefect, twice: the second time finds nothing changed.
# No server is needed. To watch it: `prefect server start` elsewhere, and
# PREFECT_API_URL=http://127.0.0.1:4200/api before this.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($#)); then exec python -m flows.pipeline "$@"; fi # --help, --pull
python -m flows.pipeline
python -m flows.pipeline
