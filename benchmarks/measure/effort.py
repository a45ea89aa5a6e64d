"""Bytes and speed of each effort, on MNIST's test digits.

    python -m benchmarks.measure.effort [NUMBER] [CODEC] [SSIM]

Prints, for NUMBER test digits in one file, the bytes an image with this mean SSIM, PSNR at that
SSIM (both interpolated between two qualities), and how many images a second are compressed at a
fixed quality, with the guard off. TFDS_DATA_DIR must have `mnist`.
"""

import io
import time

import numpy as np

from benchmarks import arguments
from benchmarks.measure.digits import images
from image_compressor import Codec
from image_compressor.codec import refining
from image_compressor.codec.guard.floors import similarities

EFFORTS = range(len(refining.ROUNDS))


def point(codec: Codec, given: np.ndarray, quality: int, effort: int) -> tuple[float, float, float]:
    """(mean SSIM, bytes an image, PSNR) of symbols refined at this quality."""
    latents = codec.latents(given)
    if effort:
        symbols = refining.Refiner(codec, effort).refined(given, latents, quality)
    else:
        symbols = codec.coder(quality).quantise(latents)
    size = codec.coder(quality).bits(symbols).sum() / 8 / len(given)
    decoded = codec.decode(symbols, quality)
    error = ((given.astype(np.float32) - decoded) ** 2).mean()
    return float(similarities(given, decoded).mean()), float(size), 10 * np.log10(255**2 / error)


def at(codec: Codec, given: np.ndarray, ssim: float, effort: int) -> tuple[float, float]:
    """(bytes an image, PSNR) at this mean SSIM."""
    sample, low, high = given[:: -(-len(given) // 100)], 1, 100
    while low < high:
        middle = (low + high) // 2
        reached = point(codec, sample, middle, effort)[0] >= ssim
        low, high = (low, middle) if reached else (middle + 1, high)
    around = [point(codec, given, quality, effort) for quality in (low - 1, low + 1)]
    found, sizes, psnr = zip(*around, strict=True)
    return float(np.interp(ssim, found, sizes)), float(np.interp(ssim, found, psnr))


def main() -> None:
    number, name, ssim = arguments(__doc__, number=1000, codec="digits", ssim=0.95)
    every, codec = images("test"), Codec.load(name)
    given = every[:: len(every) // number][:number]
    print(f"{len(given)} test digits, codec {name}, SSIM {ssim}")
    for effort in EFFORTS:
        size, psnr = at(codec, given, ssim, effort)
        began = time.monotonic()
        codec.write(io.BytesIO(), given, guard=False, effort=effort)
        speed = len(given) / (time.monotonic() - began)
        print(
            f"effort {effort}: {size:.2f} bytes, {psnr:.2f} dB, {speed:,.0f} images/s", flush=True
        )


if __name__ == "__main__":
    main()
