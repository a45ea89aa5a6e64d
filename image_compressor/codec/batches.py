"""Images in any accepted form -> checked uint8 blocks [n, H, W, C]."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np

from image_compressor.errors import InputError
from image_compressor.images.stack import Stack

LARGEST_IMAGE = 2**28  # pixels; bounds the memory that a file can make a reader allocate

Images = np.ndarray | Stack | Iterable[np.ndarray]


@dataclass(frozen=True)
class Batches:
    """Blocks of images, and the form that the images had.

    Attributes:
        stacked: whether the images were one array.
        channel_axis: whether they had a channel axis.
        blocks: uint8 [n, H, W, C], read lazily.
    """

    stacked: bool
    channel_axis: bool
    blocks: Iterator[np.ndarray]


def batches(images: Images, shape: tuple[int, ...], block: int) -> Batches:
    """Blocks of `block` images; the last block may be smaller.

    Args:
        images: uint8 [N, H, W] or [N, H, W, C], an array or a Stack; or an iterable of [H, W] or
            [H, W, C]. Without a channel axis, C is 1.
        shape: (H, W, C) that each image must have; None stands for any size.

    Raises InputError if there are no images; and, at the latest when a block is read, if one of
    its images has another dtype or shape.
    """
    if isinstance(images, np.ndarray | Stack):
        if images.ndim < 3 or not len(images):
            raise _none(f"an array of shape {images.shape}")
        _check(images[:1][0], shape)
        starts = range(0, len(images), block)
        stacks: Iterator[np.ndarray] = (images[start : start + block] for start in starts)
        return Batches(True, images.ndim == 4, (_whole(stack, shape) for stack in stacks))
    if isinstance(images, str | bytes) or not hasattr(images, "__iter__"):
        received = type(images).__name__
        raise InputError("an array of images, or an iterable", received, "Pass one of these.")
    rest = iter(images)
    first = next(rest, None)
    if first is None:
        raise _none("no image")
    _check(first, shape)
    axes = first.ndim
    every = (_same(image, shape, axes) for image in chain([first], rest))
    return Batches(False, axes == 3, (_whole(stack, shape) for stack in _stacks(every, block)))


def _stacks(images, block):
    """Copies of up to `block` images each: a caller may reuse one array for every image."""
    for first in images:
        stack = np.empty((block, *first.shape), np.uint8)
        for count, image in enumerate(chain([first], islice(images, block - 1)), 1):
            stack[count - 1] = image
        yield stack[:count]


def _whole(stack, shape):
    return stack.reshape(*stack.shape[:3], shape[2])


def _same(image, shape, axes):
    _check(image, shape)
    if image.ndim != axes:
        fix = "Give all of them one, or none."
        raise InputError("images that all have a channel axis, or none", "some with one", fix)
    return image


def _check(image: Any, shape):
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        received = getattr(image, "dtype", type(image).__name__)
        raise InputError("images of dtype uint8", received, "Convert them to 0..255.")
    allowed = [shape, shape[:2]] if shape[-1] == 1 else [shape]
    if not any(_fits(image.shape, expected) for expected in allowed):
        raise InputError(
            f"images of the codec's shape {' or '.join(map(_named, allowed))}",
            image.shape,
            "Resize or crop them, or train a codec for this shape.",
        )
    if shape[0] is None:
        check_pixels(*image.shape[:2])


def _named(shape):
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def check_pixels(height: int, width: int) -> None:
    """Raises InputError for an image that is too large for a file."""
    if height * width > LARGEST_IMAGE:
        fix = "Split it into parts."
        raise InputError(f"an image of at most {LARGEST_IMAGE:,} pixels", f"{width}x{height}", fix)


def _fits(shape, allowed):
    return len(shape) == len(allowed) and all(
        size == other or (other is None and size > 0)
        for size, other in zip(shape, allowed, strict=True)
    )


def _none(received):
    return InputError(
        "an array [N, H, W] or [N, H, W, C] or a list, with at least one image",
        received,
        "Pass one or more images; give a single array an axis for N.",
    )
