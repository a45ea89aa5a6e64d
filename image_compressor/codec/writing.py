"""Writes blocks of images as an .imgc file, and searches the best quality for a target."""

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
    """Writes a whole file and returns its number of (images, bytes).

    Args:
        transform: provides the coder for the header's quality.
        file: a file open for writing bytes.
        header: the file's header.
        blocks: (uint8 images [n, H, W, C], their latents), with `header.block` images in each
            but the last.

    Raises InputError if the header's names and the images differ in number.
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
    """Raises InputError unless at most one of them is given, and is a number of the right type."""
    given = [choice for choice in (quality, target_ssim, target_bytes) if choice is not None]
    if len(given) > 1:
        fix = "Choose one of them."
        raise InputError("only one of quality, target_ssim and target_bytes", given, fix)
    if target_ssim is not None and not _is(target_ssim, numbers.Real):
        raise InputError("a number as target_ssim", repr(target_ssim), "Try 0.95, for example.")
    if target_bytes is not None and not _is(target_bytes, numbers.Integral):
        received = repr(target_bytes)
        raise InputError("a whole number as target_bytes", received, "Try 10000, for example.")


def _is(value, kind):
    return isinstance(value, kind) and not isinstance(value, bool | np.bool_)


def best_quality(
    transform: Transform,
    header: Header,
    blocks: Blocks,
    target_ssim: float | None,
    target_bytes: int | None,
) -> int:
    """The lowest quality with this mean SSIM, or the highest with a file of at most these bytes.

    Args:
        header, blocks: see `write_blocks`; the blocks are iterated several times.

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
        return lowest(mean_ssim, target_ssim)
    assert target_bytes is not None
    return highest(size, target_bytes)


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
