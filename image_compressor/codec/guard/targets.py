"""Searches the quality for a target: a mean SSIM, or a number of bytes."""

import math
import numbers
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from image_compressor.codec.frozen.tables import QUALITIES
from image_compressor.codec.guard.floors import similarities
from image_compressor.codec.transform import Transform
from image_compressor.errors import InputError
from image_compressor.parallel import parallel_map

Block = tuple[np.ndarray, np.ndarray]  # uint8 images [n, H, W, C], their latents
Blocks = Sequence[Block]
Quantise = Callable[[np.ndarray, np.ndarray, int], np.ndarray]
SAMPLE, FEWEST = 2**18, 16  # pixels, and images, in a sample at least


def check(**given: object) -> None:
    """Raises InputError unless at most one argument is not None, and has the right type: quality,
    target_ssim, target_bytes and min_ssim."""
    given = {name: value for name, value in given.items() if value is not None}
    if len(given) > 1:
        received = ", ".join(f"{name}={value}" for name, value in given.items())
        raise InputError(f"only one of {', '.join(given)}", received, "Choose one of them.")
    for name, value in given.items():
        if name.endswith("ssim") and not _is(value, numbers.Real):
            raise InputError(f"a number as {name}", repr(value), "Try 0.95, for example.")
        if name == "target_bytes" and not _is(value, numbers.Integral):
            expected = "a whole number as target_bytes"
            raise InputError(expected, repr(value), "Try 10000, for example.")


def _is(value, kind):
    return isinstance(value, kind) and not isinstance(value, bool | np.bool_)


def for_ssim(
    transform: Transform, blocks: Blocks, target: float, quantise: Quantise | None = None
) -> int:
    """The lowest quality with this mean SSIM.

    Of many images, a sample says which quality that is, after the difference between its mean and
    that of all images, measured at one or two qualities. All images confirm that the quality has
    the SSIM. Raises InputError if no quality has.

    Args:
        quantise: how images and their latents become symbols at a quality; by default, latents are
            rounded.
    """
    mean, sample = _mean(transform, blocks, quantise), _sample(blocks)
    if sample is blocks:
        return lowest(mean, target)
    of_sample, difference, tried = _mean(transform, sample, quantise), 0.0, set[int]()
    while True:
        wanted = target - difference
        index = bisect_left(QUALITIES, wanted, key=of_sample)
        quality = QUALITIES[min(index, len(QUALITIES) - 1)]
        if quality in tried:
            return quality if mean(quality) >= target else lowest(mean, target)
        tried.add(quality)
        difference = mean(quality) - of_sample(quality)


def _mean(transform, blocks, quantise):
    """The function from a quality to the mean SSIM of the images of the blocks."""

    @cache
    def mean(quality):
        def ssim(block):
            images, latents = block
            if quantise is None:
                symbols = transform.coder(quality).quantise(latents)
            else:
                symbols = quantise(images, latents, quality)
            decoded = transform.decode(symbols, quality, images.shape[1:3])
            return similarities(images, decoded)

        return float(np.concatenate(list(parallel_map(ssim, blocks))).mean())

    return mean


def _sample(blocks):
    """Images spread evenly over the blocks; the blocks themselves if they are few."""
    count, pixels = (sum(each) for each in zip(*map(_amount, blocks), strict=True))
    wanted = max(FEWEST, count * SAMPLE // pixels)
    if count <= 2 * wanted:
        return blocks
    sample, skipped, step = [], 0, -(-count // wanted)
    for images, latents in blocks:
        if skipped < len(images):
            sample.append((images[skipped::step], latents[skipped::step]))
        skipped = (skipped - len(images)) % step
    return sample


def _amount(block):
    """(images, pixels) of a block."""
    return len(block[0]), block[0][..., 0].size


def lowest(mean_ssim: Callable[[int], float], target: float) -> int:
    """The lowest quality whose mean SSIM, which grows with quality, is `target` or more.

    Raises InputError if even the highest quality is below it.
    """
    index = bisect_left(QUALITIES, target, key=mean_ssim)
    if index == len(QUALITIES) or math.isnan(target):
        best = math.floor(mean_ssim(QUALITIES[-1]) * 10**4) / 10**4
        raise InputError(
            f"The highest mean SSIM this codec can reach is {best}; the target is {target}. "
            f"Ask for at most {best}."
        )
    return QUALITIES[index]


def highest(size: Callable[[int], int], target: int) -> int:
    """The highest quality whose file, which grows with quality, has at most `target` bytes.

    Raises InputError if even the file of the lowest quality is larger.
    """
    index = bisect_right(QUALITIES, target, key=size)
    if index == 0:
        least = size(QUALITIES[0])
        raise InputError(
            f"The smallest file this codec can write is {least:,} bytes; the target is "
            f"{target:,}. Ask for at least {least:,}."
        )
    return QUALITIES[index - 1]
