#!/usr/bin/env bash
# models/trained -> models/exported, one digit through it, and every other way to export.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($#)); then exec python -m tasks.export "$@"; fi # --help
python -m tasks.export
digit=$(find data/raw/images -name '*.png' -print -quit)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
image-compressor compress "$digit" -o "$scratch/digit.imgc"
image-compressor info "$scratch/digit.imgc"
image-compressor decompress "$scratch/digit.imgc" -o "$scratch/digit.png"

python - "$scratch" <<'PYTHON'
import sys
from pathlib import Path

from image_compressor.data import datasets
from image_compressor.export import Exporter
from image_compressor.model import trained

scratch, images = Path(sys.argv[1]), datasets.array(Path("data/prepared"), "validation")
exporter = Exporter(*trained.load(Path("models/trained")), images)
exporter.export(scratch / "codec", formats=[])  # only what compressing and decompressing need
exporter.export(scratch / "full", "full", formats=["keras", "onnx", "saved_model"])
exporter.export(scratch / "float16", precision="float16")
print(exporter.export(scratch / "int8", precision="int8")["int8_cost"])
PYTHON
du --human-readable --all --max-depth 2 "$scratch"
