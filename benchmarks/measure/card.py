"""Writes what images keep into the card of a released codec: for the guard, and for drift.

    python -m benchmarks.measure.card models/released/digits FILE.npy
    python -m benchmarks.measure.card models/released/photo DIRECTORY

Codecs that the pipeline exports have it already. Floors that are in the card stay there. The images
are like those that the codec was made for: a .npy stack, or a directory.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.codec.exported import CARD
from image_compressor.errors import InputError
from image_compressor.evaluation import floors
from image_compressor.images import decoding
from image_compressor.images.finding import find
from image_compressor.images.groups import Group, group
from image_compressor.watch import drift


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("codec", type=Path, help="directory of the codec")
    parser.add_argument("images", type=Path, help="a .npy stack or a directory")
    options = parser.parse_args()
    try:
        codec = Codec.load(options.codec)
        given = images(options.images, codec)
        typical = drift.measure(codec, floors.sample(given, drift.MOST))
        card = options.codec / CARD
        facts = json.loads(card.read_text("utf-8"))
        facts.setdefault("floors", asdict(floors.measure(codec, given)))
    except InputError as error:
        sys.exit(str(error))
    facts["typical"] = asdict(typical)
    card.write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    print(json.dumps(facts["floors"], indent=1))


def images(path: Path, codec: Codec) -> Group:
    """Returns uint8 images [H, W, C]."""
    if path.suffix == ".npy":
        stack = np.load(path)
        return stack.reshape(*stack.shape[:3], -1)
    names = find(path).names.values()
    return group([codec.policy.apply(decoding.read(path / name)) for name in names])


if __name__ == "__main__":
    main()
