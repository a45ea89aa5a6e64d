"""Writes blocks of images as an .imgc file, at a quality that may be sought for a target."""

import io
import math
import numbers
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import BinaryIO

import numpy as np

from image_compressor.codec.container import Header, Writer, filled
from image_compressor.codec.tables import QUALITIES
from image_compressor.codec.transform import Transform
from image_compressor.errors import InputError
from image_compressor.images.similarity import ssim
from image_compressor.parallel import parallel_map

Blocks = Iterable[tuple[np.ndarray, np.ndarray]]


def write_blocks(
    transform: Transform, file: BinaryIO, header: Header, blocks: Blocks
) -> tuple[int, int]:
    """Writes a whole file and returns how many (images, bytes) it has.

    Args:
        transform: its coder for the header's quality is used.
        file: open for writing bytes.
        blocks: (uint8 images [n, H, W, C], their latents), of `header.block` images but the last.

    Raises InputError unless there are as many names in the header as images.
    """
    writer, count = Writer(file, header), 0
    coder = transform.coder(header.quality)

    def code(block):
        images, latents = block
        symbols = coder.quantise(latents)
        return images.shape, symbols, filled(coder.encode(symbols), images.shape)

    for shape, symbols, payload in parallel_map(code, blocks, ahead=transform.ahead):
        writer.add(shape[1:], symbols, payload)
        count += len(symbols)
    writer.finish(count)
    return count, writer.bytes


def check_target(quality: object, target_ssim: object, target_bytes: object) -> None:
    """Raises InputError unless one of them is given at most, and as a number of its kind."""
    given = [choice for choice in (quality, target_ssim, target_bytes) if choice is not None]
    if len(given) > 1:
        raise InputError("one of quality, target_ssim and target_bytes", given, "Choose.")
    if target_ssim is not None and not _is(target_ssim, numbers.Real):
        raise InputError("a number as target_ssim", repr(target_ssim), "Give one, such as 0.95.")
    if target_bytes is not None and not _is(target_bytes, numbers.Integral):
        raise InputError("a whole number as target_bytes", repr(target_bytes), "Give another.")


def _is(value, kind):
    return isinstance(value, kind) and not isinstance(value, bool | np.bool_)


def best_quality(
    transform: Transform,
    header: Header,
    blocks: Blocks,
    target_ssim: float | None,
    target_bytes: int | None,
) -> int:
    """The lowest with this mean SSIM, or the highest of a file of at most so many bytes.

    Args:
        header, blocks: of the file, as for `write_blocks`; the blocks are gone through often.

    Raises InputError for a target that no quality reaches.
    """

    def mean_ssim(quality):
        def of(block):
            images, latents = block
            symbols = transform.coder(quality).quantise(latents)
            return ssim(images, transform.decode(symbols, quality, images.shape[1:3]))

        return float(np.concatenate(list(parallel_map(of, blocks))).mean())

    def size(quality):
        return write_blocks(transform, io.BytesIO(), replace(header, quality=quality), blocks)[1]

    if target_ssim is not None:
        return lowest(mean_ssim, target_ssim, "a mean SSIM")
    assert target_bytes is not None
    return highest(size, target_bytes, "bytes")


def lowest(measure: Callable[[int], float], target: float, what: str) -> int:
    """The lowest quality whose `measure`, which grows with quality, is `target` or more.

    Raises InputError, saying `what` was measured, where the highest quality does not reach it.
    """
    place = bisect_left(QUALITIES, target, key=measure)
    if place == len(QUALITIES) or math.isnan(target):
        best = math.floor(measure(QUALITIES[-1]) * 10**4) / 10**4
        raise _out_of_reach(target, best, what)
    return QUALITIES[place]


def highest(measure: Callable[[int], float], target: float, what: str) -> int:
    """The highest quality whose `measure`, which grows with quality, is `target` or less.

    Raises InputError, saying `what` was measured, where the lowest quality does not reach it.
    """
    place = bisect_right(QUALITIES, target, key=measure)
    if place == 0 or math.isnan(target):
        raise _out_of_reach(target, measure(QUALITIES[0]), what)
    return QUALITIES[place - 1]


def _out_of_reach(target, best, what):
    return InputError(f"{what} that the codec can reach", target, f"Ask for {best}.")
