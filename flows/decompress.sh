#!/usr/bin/env bash
# Decompresses a set of .imgc files, one Prefect task per file. For a cluster see flows/compress.sh.
# Arguments replace the defaults below.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($# == 0)); then
    set -- models/compressed models/decompressed --codec models/exported
fi
PYTHONPATH=. python -m flows.decompress "$@"
