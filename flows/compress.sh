#!/usr/bin/env bash
# A directory of images -> a set of .imgc files, each partition a task of the flow.
# On a cluster: `prefect server start --host HOST`, `dask scheduler`, and `dask worker tcp://HOST:8786`,
# all where image-compressor[flow] is installed; then, with PREFECT_API_URL of the server here,
# --scheduler tcp://HOST:8786. Whoever reaches HOST may use both: keep them on a network of your own.
# Arguments: others than these.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($# == 0)); then
    set -- data/raw/images models/compressed --codec models/exported --partitions 8
fi
PYTHONPATH=. python -m flows.compress "$@"
