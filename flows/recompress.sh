#!/usr/bin/env bash
# Compresses a set of .imgc files again with another codec, one Prefect task per file. For a cluster
# see flows/compress.sh. Arguments replace the defaults below.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($# == 0)); then
    set -- models/compressed models/recompressed --to models/exported
fi
PYTHONPATH=. python -m flows.recompress "$@"
