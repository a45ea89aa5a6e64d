"""Images in any form a caller has them -> uint8 blocks [n, H, W, C], each checked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np

from image_compressor.errors import InputError
from image_compressor.images.stack import Stack

LARGEST_IMAGE = 2**28  # pixels, of an image of any size: bounds what a file makes a reader allocate


Images = np.ndarray | Stack | Iterable[np.ndarray]


@dataclass(frozen=True)
class Batches:
    """Attributes:
    stacked: the images were one array.
    channel_axis: they had an axis for the channels.
    blocks: uint8 [n, H, W, C]; read as they are asked for.
    """

    stacked: bool
    channel_axis: bool
    blocks: Iterator[np.ndarray]


def batches(images: Images, shape: tuple[int, ...], block: int) -> Batches:
    """Blocks of `block` images each but the last.

    Args:
        images: uint8 [N, H, W] or [N, H, W, C], an array or a Stack; or an iterable of [H, W] or
            [H, W, C]. Without the axis C is 1.
        shape: (H, W, C) that each image must have; None for a size that may be any.

    Raises InputError where there is no image; and, at the latest when its block is asked for,
    where one has another dtype or shape.
    """
    if isinstance(images, np.ndarray | Stack):
        if images.ndim < 3 or not len(images):
            raise _none(f"an array of shape {images.shape}")
        _check(images[:1][0], shape)
        starts = range(0, len(images), block)
        stacks: Iterator[np.ndarray] = (images[start : start + block] for start in starts)
        return Batches(True, images.ndim == 4, (_whole(stack, shape) for stack in stacks))
    if isinstance(images, str | bytes) or not hasattr(images, "__iter__"):
        raise InputError("an array or an iterable of them", type(images).__name__, "Give one.")
    rest = iter(images)
    first = next(rest, None)
    if first is None:
        raise _none("no image")
    _check(first, shape)
    axes = first.ndim
    every = (_same(image, shape, axes) for image in chain([first], rest))
    return Batches(False, axes == 3, (_whole(stack, shape) for stack in _stacks(every, block)))


def _stacks(images, block):
    """Copies of so many images each: the next image may come in the array of the one before."""
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
        raise InputError("images all with or all without a channel axis", "both", "Choose one.")
    return image


def _check(image: Any, shape):
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        received = getattr(image, "dtype", type(image).__name__)
        raise InputError("images of dtype uint8", received, "Convert them to 0..255.")
    allowed = [shape, shape[:2]] if shape[-1] == 1 else [shape]
    if not any(_fits(image.shape, one) for one in allowed):
        raise InputError(
            f"images of shape {' or '.join(map(_named, allowed))}, the codec's",
            image.shape,
            "Resize or crop them, or train a codec for theirs.",
        )
    if shape[0] is None:
        check_pixels(*image.shape[:2])


def _named(shape):
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def check_pixels(height: int, width: int) -> None:
    """Raises InputError for an image that a file cannot hold."""
    if height * width > LARGEST_IMAGE:
        raise InputError(
            f"an image of at most {LARGEST_IMAGE:,} pixels", f"{width}x{height}", "Cut it up."
        )


def _fits(shape, allowed):
    return len(shape) == len(allowed) and all(
        size == other or (other is None and size > 0)
        for size, other in zip(shape, allowed, strict=True)
    )


def _none(received):
    return InputError(
        "a stack [N, H, W] or [N, H, W, C] or a list, of one image or more",
        received,
        "Give images; add an axis for N to a single one.",
    )
