#!/usr/bin/env bash
# data/raw -> data/prepared: TFRecord shards of each split and facts.json.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($#)); then exec python -m tasks.preprocess "$@"; fi # --help
python -m tasks.preprocess
cat data/prepared/facts.json
