"""Image files -> arrays that a codec accepts, for the command line, sets and the demo."""

from pathlib import Path
from typing import Any

import numpy as np

from image_compressor.codec.batches import LARGEST_IMAGE, check_pixels
from image_compressor.codec.transform import Transform
from image_compressor.errors import InputError
from image_compressor.images import decoding, formats
from image_compressor.images.colour import other_than_srgb
from image_compressor.images.fitting import Policy
from image_compressor.images.unusable import Unusable

# Advice about a file, by the kind of problem.
FIXES = {
    "too large": "Scale it down, or split it into parts.",
    "several frames": "Save the frame that you want as a file of its own.",
    "unreadable": "Check its permissions, and its target if it is a link.",
    "not a file": "Name its target, or put its images here.",
}
# Pillow modes that a codec keeps in full, by its number of channels.
MODES = {1: ("L", "1"), 3: ("RGB",)}


def read(
    content: Path | bytes,
    shape: tuple[Any, ...],
    name: object = None,
    policy: Policy | None = None,
) -> np.ndarray:
    """An image file as uint8 [H, W], or [H, W, 3] for a colour codec.

    Args:
        content: the file's path, or its bytes.
        shape: the codec's (H, W, C); (None, None, C) for any size.
        name: the image's name in errors; by default the file's path.
        policy: the codec's policy, which decides whether errors advise --fit.

    Raises InputError for a file that is damaged or not an image, and for an image of another size
    or with anything that the codec would lose: its mode, transparency, 16 bits, several frames, a
    rotation, a colour profile other than sRGB.
    """
    path = name or content
    try:
        with decoding.opened(content) as picture:
            _check(path, picture, shape, policy)
            return picture.pixels()
    except Unusable as error:
        raise _unusable(path, error) from None


def fitted(
    content: Path | bytes | np.ndarray,
    policy: Policy,
    shape: tuple[Any, ...],
    name: object,
) -> np.ndarray:
    """An image of any kind and size, fitted to the codec by its policy: uint8 [H, W, C].

    Args:
        content: see `decoding.read`.
        policy: the codec's policy.
        shape: the codec's (H, W, C).
        name: the image's name in errors.

    Raises InputError for a file that is damaged or not an image, and if the image has another size
    after the policy is applied.
    """
    try:
        most = decoding.MANY_PIXELS if shape[0] else LARGEST_IMAGE
        pixels = policy.apply(decoding.read(content, most))
    except Unusable as error:
        raise _unusable(name, error) from None
    if shape[0] is not None and pixels.shape != shape:
        raise InputError(
            f"an image of {shape[1]}x{shape[0]} pixels, as the codec's policy is {policy.fit}",
            f"{name} of {pixels.shape[1]}x{pixels.shape[0]}",
            "Resize or crop it, or train a codec with another preprocess.fit.",
        )
    return pixels


def taken(codec: Transform, content: Path | bytes, name: object, fit: bool) -> np.ndarray:
    """An image file as an array for the codec: `fitted` if `fit`, else `read`."""
    shape = tuple(codec.networks.image_shape)
    if fit:
        return fitted(content, codec.policy, shape, name)
    return read(content, shape, name, codec.policy)


def _unusable(name, error):
    """The error for a file that cannot be used, with advice."""
    kind, _, found = str(error).partition(": ")
    if kind == "not an image":
        expected = f"an image file ({', '.join(formats.FORMATS)})"
        return InputError(expected, f"{name}, not an image", "Remove it, or name another input.")
    if kind in ("damaged", "empty"):
        return InputError("a whole image file", f"{name}: {kind}: {found}", "Get it again.")
    fix = FIXES.get(kind, "Leave it out, or save it as 8 bits a channel in sRGB.")
    return InputError(f"{name} cannot be used: {error}. {fix}")


def _check(path, picture, shape, policy):
    height, width, channels = shape
    if height is None:
        check_pixels(*picture.size[::-1])
    elif picture.size != (width, height):
        scaled = policy is not None and policy.size
        how = f"Add --fit to {policy.fit} it" if scaled else "Resize or crop it"
        raise InputError(
            f"an image of {width}x{height} pixels, the codec's size",
            f"{path} of {picture.size[0]}x{picture.size[1]}",
            f"{how}, or train a codec for its size.",
        )
    profile = other_than_srgb(picture.profile, channels)
    more = {
        f"mode {picture.mode}": picture.mode not in MODES[channels],
        "transparency": picture.transparent,
        "16 bits a channel": picture.deep,
        "several frames": picture.frames > 1,
        "a rotation in its EXIF": picture.orientation != 1,
        f"a colour profile, {profile}": profile is not None,
    }
    fix = "Add --fit, or convert it: the codec would lose that."
    if picture.frames > 1 and picture.kind not in decoding.FIRST_OF_MANY:
        fix = FIXES["several frames"]
    for what, there in more.items():
        if there:
            raise InputError(
                f"a plain image of Pillow's mode {' or '.join(MODES[channels])}",
                f"{path} with {what}",
                fix,
            )
