#!/usr/bin/env bash
# A directory of images -> a set of .imgc files, each partition a task of the flow.
# On a cluster: `make server`, `dask scheduler`, and `dask worker tcp://HOST:8786` where this project
# is installed, with PREFECT_API_URL of the server; then --scheduler tcp://HOST:8786.
# Arguments: others than these.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($# == 0)); then
    set -- data/raw models/compressed --codec models/exported --partitions 8
fi
PYTHONPATH=. python -m flows.compress "$@"
