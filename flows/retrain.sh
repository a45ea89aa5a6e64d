#!/usr/bin/env bash
# Trains anew what changed on a branch of the remote origin; promotes the codec if it is better.
# Arguments: the branch (main), --no-publish to have it only judged. It needs a default DVC remote,
# and no server; to watch it, see flows/pipeline.sh. .github/workflows/retrain.yaml runs it too.
set -euo pipefail
cd "$(dirname "$0")/.."
if [[ " $* " == *" --help "* ]]; then exec python -m flows.retrain --help; fi
python -m flows.retrain "$@"
python -m flows.versions.registry promoted
