#!/usr/bin/env bash
# Retrains if a branch of the remote origin has changed; promotes the new codec if it is better.
# Arguments: the branch (main); --no-publish only reports the verdict. It needs a default DVC remote
# but no server; to watch it, see flows/pipeline.sh. .github/workflows/retrain.yaml runs it too.
set -euo pipefail
cd "$(dirname "$0")/.."
if [[ " $* " == *" --help "* ]]; then exec python -m flows.retrain --help; fi
python -m flows.retrain "$@"
python -m flows.versions.registry promoted
