#!/usr/bin/env bash
# A set of .imgc files -> images, each file a task of the flow; on a cluster as flows/compress.sh.
# Arguments: others than these.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($# == 0)); then
    set -- models/compressed models/decompressed --codec models/exported
fi
PYTHONPATH=. python -m flows.decompress "$@"
