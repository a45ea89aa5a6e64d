"""Image files -> what a codec takes, for the command line, sets and the demo."""

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

# What to do about a file, by the kind of reason that it cannot be used.
FIXES = {
    "too large": "Scale it down, or cut it up.",
    "several frames": "Save the frame that you want as a file of its own.",
    "unreadable": "Check its permissions, and what it leads to where it is a link.",
    "not a file": "Name what it leads to, or put its images here.",
}
# Pillow modes that hold what a codec of so many channels keeps.
MODES = {1: ("L", "1"), 3: ("RGB",)}


def read(
    content: Path | bytes,
    shape: tuple[Any, ...],
    name: object = None,
    policy: Policy | None = None,
) -> np.ndarray:
    """An image file as uint8 [H, W], or [H, W, 3] for a codec of colour.

    Args:
        content: the file, or its bytes.
        shape: (H, W, C) of the codec; (None, None, C) for any size.
        name: of the image, for errors; without it the file's.
        policy: of the codec: whether --fit is worth advising.

    Raises InputError for a file that is no image or damaged, and for an image of another size
    or with more than the codec keeps: mode, transparency, 16 bits, several frames, a rotation, a
    colour profile other than sRGB.
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
    """An image of any kind and size as uint8 [H, W, C], as `decoding` and the policy have it.

    Args:
        content: as for `decoding.read`.
        shape: (H, W, C) of the codec.
        name: of the image, for errors.

    Raises InputError for a file that is no whole image, and where the policy leaves another size.
    """
    try:
        most = decoding.MANY_PIXELS if shape[0] else LARGEST_IMAGE
        pixels = policy.apply(decoding.read(content, most))
    except Unusable as error:
        raise _unusable(name, error) from None
    if shape[0] is not None and pixels.shape != shape:
        raise InputError(
            f"an image of {shape[1]}x{shape[0]} pixels: the codec's policy is {policy.fit}",
            f"{name} of {pixels.shape[1]}x{pixels.shape[0]}",
            "Resize or crop it, or train a codec with another preprocess.fit.",
        )
    return pixels


def taken(codec: Transform, content: Path | bytes, name: object, fit: bool) -> np.ndarray:
    """An image file as the codec takes it: `fitted` where that is asked for, else `read`."""
    shape = tuple(codec.networks.image_shape)
    if fit:
        return fitted(content, codec.policy, shape, name)
    return read(content, shape, name, codec.policy)


def _unusable(name, error):
    """The reason in the words of the command line."""
    kind, _, found = str(error).partition(": ")
    if kind == "not an image":
        expected, fix = (
            f"an image file ({', '.join(formats.FORMATS)})",
            "Remove it, or name another input.",
        )
        return InputError(expected, f"{name}, not an image", fix)
    if kind in ("damaged", "empty"):
        return InputError("a whole image file", f"{name}: {kind}: {found}", "Get it again.")
    fix = FIXES.get(kind, "Leave it out, or save it as 8 bits a channel in sRGB.")
    return InputError("an image that can be used", f"{name}: {error}", fix)


def _check(path, picture, shape, policy):
    height, width, channels = shape
    if height is None:
        check_pixels(*picture.size[::-1])
    elif picture.size != (width, height):
        scaled = policy is not None and policy.size
        how = f"Add --fit, which makes it so ({policy.fit})" if scaled else "Resize or crop it"
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
    fix = "Add --fit, or convert it: the codec would not keep that."
    if picture.frames > 1 and picture.kind not in decoding.FIRST_OF_MANY:
        fix = FIXES["several frames"]
    for what, there in more.items():
        if there:
            raise InputError(
                f"an image of mode {' or '.join(MODES[channels])} (Pillow's names) and no more",
                f"{path} with {what}",
                fix,
            )
