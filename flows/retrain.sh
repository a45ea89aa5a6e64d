#!/usr/bin/env bash
# Trains anew what changed on branch main of the remote origin; promotes the codec if it is better.
# It needs a default DVC remote. No server is needed; to watch it, see flows/pipeline.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
python -m flows.retrain main
python -m flows.registry promoted
