#!/usr/bin/env bash
# Compresses a directory of images into a set of .imgc files, one Prefect task per partition.
# On a cluster: start `prefect server start --host HOST`, `dask scheduler` and
# `dask worker tcp://HOST:8786` where image-compressor[flow] is installed. Here, set PREFECT_API_URL
# to the server's address and add --scheduler tcp://HOST:8786. Neither server asks for a password:
# run them in a private network.
# Arguments replace the defaults below.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($# == 0)); then
    set -- data/raw/images models/compressed --codec models/exported --partitions 8
fi
PYTHONPATH=. python -m flows.compress "$@"
