#!/usr/bin/env bash
# Looks at the images that have come to a directory since the last look: are they as expected, and
# still of the codec's kind? No server is needed; to watch it, see flows/pipeline.sh.
# Arguments replace the directory below: SOURCE --codec ... --images ...
set -euo pipefail
cd "$(dirname "$0")/.."
if (($# == 0)); then set -- data/raw/images; fi
python -m flows.watch "$@"
