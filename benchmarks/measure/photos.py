"""Compares a codec for photographs of any size with classical codecs, a file each.

python -m benchmarks.measure.photos DIR --every 4
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import astuple
from functools import partial
from pathlib import Path

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.evaluation import curves, measures, rivals
from image_compressor.images import decoding
from image_compressor.images.finding import find
from image_compressor.images.fitting import Policy
from image_compressor.images.unusable import Unusable

RIVALS, POINTS = ("jpeg", "webp", "jpeg-xl", "avif"), 12
QUALITIES = range(1, 101, 9)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path, help="directory of photographs")
    parser.add_argument("--codec", default="photo")
    parser.add_argument("--every", type=int, default=1, help="measure only every Nth photograph")
    options = parser.parse_args()
    try:
        measure(options.directory, Codec.load(options.codec), options.every)
    except InputError as error:
        sys.exit(str(error))


def photographs(directory: Path, every: int = 1) -> Iterator[np.ndarray]:
    """Yields every Nth photograph below a directory, uint8 [H, W, 1 or 3]."""
    if not directory.is_dir():
        raise InputError("a directory of photographs", directory, "Name one that exists.")
    for name in [*find(directory).names.values()][::every]:
        try:
            yield decoding.read(directory / name)
        except Unusable as error:
            raise InputError(f"{name} is not a usable photograph ({error}). Remove it.") from None


def measure(directory: Path, codec: Codec, every: int) -> None:
    """Prints rate-distortion curves over whole photographs, one file each."""
    policy = Policy(3)
    pictures = [policy.apply(photograph) for photograph in photographs(directory, every)]
    print(f"{len(pictures)} photographs")
    rates = {name: mean(partial(rivals.measure, name, points=POINTS), pictures) for name in RIVALS}
    rates["this"] = mean(partial(measures.curve, codec, qualities=QUALITIES), pictures)
    pixels = np.mean([picture[..., 0].size for picture in pictures])
    for name, curve in rates.items():
        for point in curve:
            print(
                f"{name:8} {point.setting:5.1f}: {8 * point.bytes_per_image / pixels:.3f} bpp, "
                f"SSIM {point.ssim:.4f}, PSNR {point.psnr:.2f} dB"
            )
    for name in RIVALS:
        ssim, psnr = (curves.bd_rate(rates[name], rates["this"], kind) for kind in ("ssim", "psnr"))
        print(f"BD-rate against {name}: {ssim} % for the same SSIM, {psnr} % for the same PSNR")


def mean(curve: Callable, pictures: list[np.ndarray]) -> list[curves.RatePoint]:
    """Returns the mean of the curves of all pictures."""
    each = [curve(images=picture[None]) for picture in pictures]
    table = np.array([[astuple(point) for point in points] for points in each]).mean(axis=0)
    return [curves.RatePoint(*row) for row in table.tolist()]


if __name__ == "__main__":
    main()
