#!/usr/bin/env bash
# models/trained -> models/exported, and one digit through the exported codec.
set -euo pipefail
cd "$(dirname "$0")/.."
python -m tasks.export
digit=$(find data/raw -name '*.png' -print -quit)
scratch=$(mktemp -d)
image-compressor compress "$digit" -o "$scratch/digit.imgc"
image-compressor info "$scratch/digit.imgc"
image-compressor decompress "$scratch/digit.imgc" -o "$scratch/digit.png"
