"""Compares `compress --best` with WebP and AVIF at the same floor, photograph by photograph.

    python -m benchmarks.measure.best [DIRECTORY] [CODEC] [COUNT]

Each photograph is a file of its own: an .imgc file with header, footer and checksums, or the whole
WebP or AVIF file. The classical files are the smallest of any quality that keep the floor.
"""

import io
import sys
from pathlib import Path

import numpy as np

from benchmarks import arguments
from benchmarks.measure.photos import photographs
from image_compressor.codec.codec import Codec
from image_compressor.codec.file import stored_files
from image_compressor.codec.guard.floors import Floor
from image_compressor.errors import InputError
from image_compressor.images.fitting import Policy

WANTED = (0.8, 0.9, 0.95, 0.98)


def main() -> None:
    folder, name, count = arguments(__doc__, directory=Path("photos"), codec="photo", count=24)
    try:
        codec, policy = Codec.load(name), Policy(3)
        pictures = [policy.apply(picture) for picture in photographs(folder)]
        step = max(1, len(pictures) // count)
        for ssim in WANTED:
            compare(codec, pictures[::step][:count], ssim)
    except InputError as error:
        sys.exit(str(error))


def compare(codec: Codec, pictures: list[np.ndarray], ssim: float) -> None:
    """Prints the bytes of both for one SSIM."""
    floor = Floor(ssim) if codec.floors is None else codec.floors.with_ssim(ssim)
    ours, classical, stored = [], [], 0
    for picture in pictures:
        written = codec.write(io.BytesIO(), [picture], min_ssim=ssim, best=True)
        ours.append(written.bytes)
        stored += written.stored
        classical.append(smallest(picture, floor))
    larger = [a - b for a, b in zip(ours, classical, strict=True) if a > b]
    print(
        f"SSIM {ssim}: {sum(ours):,} bytes, {sum(ours) / sum(classical) - 1:+.1%} beside the "
        f"smaller of WebP and AVIF; {stored} of {len(pictures)} stored as a file; {len(larger)} "
        f"larger than that, by {max(larger, default=0)} bytes at most",
        flush=True,
    )


def smallest(picture: np.ndarray, floor: Floor) -> int:
    """Returns the bytes of the smallest WebP or AVIF that keeps the floor, or else without loss."""
    found = stored_files.smallest(picture, floor.kept) or stored_files.lossless(picture)
    return len(stored_files.whole(*found))


if __name__ == "__main__":
    main()
