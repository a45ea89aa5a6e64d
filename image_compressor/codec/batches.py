"""Images in any accepted form -> checked uint8 blocks [n, H, W, C]."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import numpy as np
from PIL import Image

from image_compressor.errors import InputError
from image_compressor.images.fitting import Scaled
from image_compressor.images.stack import Stack

# Advice by the kind of a dtype.
CONVERT = {
    "f": "Convert values of 0..1: np.uint8(np.rint(255 * images)).",
    "b": "Convert them: np.uint8(255) * images.",
}
LARGEST_IMAGE = 2**28  # pixels; bounds the memory that a file can make a reader allocate

Images = Stack | Iterable[Any]


@dataclass
class Batches:
    """Blocks of images, and the form that the images had.

    Attributes:
        stacked: whether the images were one array.
        channel_axis: whether they had a channel axis.
        blocks: uint8 [n, H, W, C], read lazily.
        fit: how images were scaled, once one of them was; see `fitting.Scaled`.
        sizes: the (height, width) of each image that was read, before it was scaled; empty as
            long as none was.
    """

    stacked: bool
    channel_axis: bool = False
    blocks: Iterable[np.ndarray] = ()
    fit: str | None = None
    sizes: list[tuple[int, int]] = field(default_factory=list)


def batches(images: Images, shape: tuple[int, ...], block: int) -> Batches:
    """Blocks of `block` images; the last block may be smaller.

    Args:
        images: uint8 [N, H, W] or [N, H, W, C], an array or a Stack; or an iterable of [H, W] or
            [H, W, C]. Without a channel axis, C is 1. Anything that np.asarray turns into such
            arrays will do: tensors, PIL images; and `fitting.Scaled`.
        shape: (H, W, C) that each image must have; None stands for any size.

    Raises InputError if there are no images; and, at the latest when a block is read, if one of
    its images has another dtype or shape.
    """
    if isinstance(images, Image.Image):
        raise InputError("several images", "a single PIL image", "Pass a list: [image].")
    if hasattr(images, "__array__"):
        images = as_array(images)
    if isinstance(images, np.ndarray | Stack):
        return _of_array(images, shape, block)
    if isinstance(images, str | bytes) or not hasattr(images, "__iter__"):
        received = type(images).__name__
        raise InputError("an array of images, or an iterable", received, "Pass one of these.")
    source, rest = Batches(stacked=False), iter(images)
    first = next(rest, None)
    if first is None:
        raise _none("no image")
    _check(_pixels(first), shape)
    axes = _pixels(first).ndim
    every = (_same(image, shape, axes) for image in _recorded(chain([first], rest), source))
    source.channel_axis = axes == 3
    source.blocks = (_whole(stack, shape) for stack in _stacks(every, block))
    return source


def _of_array(images, shape, block):
    if images.ndim < 3 or not len(images):
        raise _none(f"an array of shape {images.shape}")
    _check(images[:1][0], shape)
    starts = range(0, len(images), block)
    stacks: Iterator[np.ndarray] = (images[start : start + block] for start in starts)
    blocks = (_whole(stack, shape) for stack in stacks)
    return Batches(True, images.ndim == 4, blocks)


def as_array(image: Any) -> np.ndarray:
    """The array in a tensor, a PIL image or an array. Raises InputError if there is none."""
    if isinstance(image, np.ndarray):
        return image
    if isinstance(image, Image.Image) and image.mode not in ("L", "RGB"):
        fix = 'Convert it: image.convert("RGB"), or "L" for grey.'
        raise InputError("PIL images of mode L or RGB", f"one of mode {image.mode}", fix)
    try:
        return np.asarray(image)
    except (TypeError, ValueError, RuntimeError) as error:  # torch's, on a GPU or with gradients
        fix = "Bring it to the CPU, for example with .detach().cpu()."
        raise InputError("images that np.asarray converts", error, fix) from None


def _pixels(image):
    return as_array(image.pixels if isinstance(image, Scaled) else image)


def _recorded(images, source):
    """The arrays of images; their own sizes are kept in `source`."""
    for number, image in enumerate(images):
        pixels = _pixels(image)
        if isinstance(image, Scaled):
            if source.fit is None:  # until now, every image had the codec's size
                source.fit, source.sizes = image.fit, number * [pixels.shape[:2]]
            source.sizes.append(image.size)
        elif source.fit is not None:
            source.sizes.append(pixels.shape[:2])
        yield pixels


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
    if image.dtype != np.uint8:
        fix = CONVERT.get(image.dtype.kind, "Convert them to 0..255.")
        raise InputError("images of dtype uint8", image.dtype, fix)
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
