"""Image files -> arrays that a codec accepts, for the command line, sets and the demo."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np

from image_compressor.codec.batches import LARGEST_IMAGE
from image_compressor.errors import InputError, Unreachable, nearest
from image_compressor.images import decoding, formats, originals
from image_compressor.images.fitting import Fit, Policy, Scaled
from image_compressor.images.metadata import Metadata
from image_compressor.images.unusable import Unusable

# Advice about a file, by the kind of problem.
FIXES = {
    "too large": "Scale it down, or split it into parts.",
    "several frames": "Save the frame that you want as a file of its own.",
    "unreadable": "Check its permissions, and its target if it is a link.",
    "not a file": "Name its target, or put its images here.",
}
FITS = ("grey", "letterbox", "stretch", "crop")


def read(
    content: Path | bytes | np.ndarray,
    shape: tuple[Any, ...],
    name: object = None,
    fit: str | None = None,
    changes: list[str] | None = None,
) -> np.ndarray | Scaled:
    """An image as uint8 [H, W], or [H, W, 3] for a colour codec, converted as `decoding.read` does.

    An image that letterbox or stretch has scaled knows its own size, for scaling it back. Nothing
    that a viewer would miss is dropped unless `fit` names it: neither colours nor pixels.

    Args:
        content: the file's path or bytes, or pixels, see `decoding.read`.
        shape: the codec's (H, W, C); (None, None, C) for any size.
        name: the image's name in errors; by default the file's path.
        fit: grey: convert colours to grey for a grey codec; or letterbox, stretch or crop, see
            `Policy`: bring another size to the codec's, and colours to its channels.
        changes: receives the kind of each change: a rotation, 16 bits, a profile, ...

    Raises InputError for a file that is damaged or not an image, and for an image with colours or
    of a size that the codec does not take, unless `fit` says how to bring it there.
    """
    path, channels = content if name is None else name, shape[2]
    check_fit(fit, shape)
    try:
        pixels, found = _pixels(content, decoding.MANY_PIXELS if shape[0] else LARGEST_IMAGE)
    except Unusable as error:
        raise _unusable(path, error) from None
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    grey = bool((pixels == pixels[..., :1]).all())
    if channels == 1 and not grey:
        found.append("colours")
        if fit is None:
            fix = "Add --fit grey to drop its colours, or use a codec for colours."
            raise InputError("an image without colours, as the codec is for grey", path, fix)
    elif channels == 3 and pixels.shape[2] == 1:
        found.append("grey")
    height, width = shape[:2]
    same = height is None or pixels.shape[:2] == (height, width)
    if not same:
        found.append("size")
        if fit in (None, "grey"):
            raise _other_size(path, pixels.shape, shape)
    policy = Policy(channels) if same else Policy(channels, cast(Fit, fit), (height, width))
    if changes is not None:
        changes += found
    fitted = policy.apply(pixels)
    fitted = fitted[..., 0] if channels == 1 else fitted
    if policy.fit in ("letterbox", "stretch"):
        return Scaled(fitted, policy.fit, pixels.shape[:2])
    return fitted


def metadata(content: Path | bytes, name: object) -> Metadata:
    """The metadata of an image file. Raises InputError as `read` does."""
    try:
        return originals.read(content)
    except Unusable as error:
        raise _unusable(name, error) from None


def unusable(
    read: Callable[[Any], object], items: Iterable[tuple[str, Any]]
) -> Iterator[tuple[str, str]]:
    """The (name, reason) of each item that `read` refuses."""
    for name, item in items:
        try:
            read(item)
        except Unreachable:  # the storage failed, not the image
            raise
        except InputError as error:
            yield name, str(error)


def check_fit(fit: object, shape: tuple[Any, ...]) -> None:
    """Raises InputError unless `fit` is None, or one of FITS that applies to a codec's shape."""
    if fit not in (None, *FITS):
        raise InputError(f"--fit {', '.join(FITS)}", fit, nearest(str(fit), FITS))
    if fit not in (None, "grey") and shape[0] is None:
        raise InputError(
            f"--fit {fit} is for a codec of one size; this one takes any. Leave it out, or convert "
            "colours for a grey codec with --fit grey."
        )


def _pixels(content, most):
    """(pixels, the kinds of conversion that made them)."""
    if isinstance(content, np.ndarray):
        return decoding.read(content, most), []
    with decoding.opened(content) as picture:
        decoding.check(picture, most)
        return picture.pixels(), picture.conversions()


def _other_size(path, received, shape):
    return InputError(
        f"an image of {shape[1]}x{shape[0]} pixels, the codec's size",
        f"{path} of {received[1]}x{received[0]}",
        "Use a codec for any size, or choose what to lose: --fit letterbox scales it and fills in "
        "black, --fit stretch scales it to the size, and both are scaled back when decompressed; "
        "--fit crop keeps only the centre.",
    )


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
