"""Images of any size -> images of one size, for preprocess and for the codec's --fit."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image

from image_compressor.errors import InputError

Fit = Literal["native", "letterbox", "stretch", "crop"]


@dataclass(frozen=True)
class Policy:
    """A rule for bringing images to one number of channels and one size.

    Attributes:
        channels: 1 (colours are converted to luma, ITU-R 601-2) or 3 (grey is repeated).
        fit: native: keep the size;
            letterbox: scale to fit inside the size, centred on black;
            stretch: scale to the size, ignoring proportions;
            crop: cut out a part; a smaller image is first scaled up to cover the size.
            Scaling uses a Lanczos filter.
        size: (height, width); None for native.

    Raises InputError if there is a size with native, or none with the others.
    """

    channels: int
    fit: Fit = "native"
    size: tuple[int, int] | None = None

    def __post_init__(self):
        if (self.fit == "native") != (self.size is None):
            raise InputError(
                "preprocess.size to be [height, width], or null if preprocess.fit is native",
                f"fit {self.fit}, size {self.size}",
                "Change one of them.",
            )

    def apply(self, pixels: np.ndarray, random: np.random.Generator | None = None) -> np.ndarray:
        """uint8 [H, W] or [H, W, 1 or 3] -> uint8 [H, W, C].

        Args:
            random: draws the position of a crop; by default it is the centre.
        """
        image = Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)
        image = image.convert("L" if self.channels == 1 else "RGB")
        if self.size is not None:
            image = _FITS[self.fit](image, self.size[::-1], random)
        return np.asarray(image).reshape(image.height, image.width, self.channels)


def of_codec(card: dict[str, Any], shape: tuple[Any, ...]) -> Policy:
    """The policy in the card of an exported codec for images (H, W, C).

    It is native if the card has no policy, and for images of any size.
    """
    height, width, channels = shape
    try:
        fit = card["parameters"]["preprocess"]["fit"]
        scaled = fit in _FITS
    except (KeyError, TypeError):
        scaled = False
    if not scaled or height is None:
        return Policy(channels)
    return Policy(channels, fit, (height, width))


@dataclass(frozen=True)
class Scaled:
    """An image after scaling, and before.

    Attributes:
        pixels: uint8 [H, W] or [H, W, C].
        fit: letterbox or stretch.
        size: the (height, width) that it had.
    """

    pixels: np.ndarray
    fit: Fit
    size: tuple[int, int]


def unfitted(pixels: np.ndarray, fit: Fit, size: tuple[int, int]) -> np.ndarray:
    """uint8 [H, W, C] after letterbox or stretch -> [height, width, C], scaled back to `size`."""
    if pixels.shape[:2] == size:
        return pixels
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    box = (0, 0, *image.size)
    if fit == "letterbox":
        sides = _sides(size[::-1], image.size, min)
        left, top = _margins(sides, image.size)
        box = (left, top, left + sides[0], top + sides[1])
    image = image.resize(size[::-1], Image.Resampling.LANCZOS, box)
    return np.asarray(image).reshape(*size, pixels.shape[2])


def _letterbox(image, size, random):
    scaled = image.resize(_sides(image.size, size, min), Image.Resampling.LANCZOS)
    box = Image.new(image.mode, size)
    box.paste(scaled, _margins(scaled.size, size))
    return box


def _margins(sides, size):
    """(left, top) of what lies in the centre of `size`."""
    return tuple((n - m) // 2 for n, m in zip(size, sides, strict=True))


def _stretch(image, size, random):
    return image.resize(size, Image.Resampling.LANCZOS)


def _crop(image, size, random):
    small = image.width < size[0] or image.height < size[1]
    sides = _sides(image.size, size, max) if small else image.size
    spare = [n - m for n, m in zip(sides, size, strict=True)]
    left, top = (int(random.integers(n + 1)) if random else n // 2 for n in spare)
    box = (left, top, left + size[0], top + size[1])
    if not small:
        return image.crop(box)
    # Scale only the crop: scaling a long strip would make an enormous image.
    x, y = (m / n for m, n in zip(image.size, sides, strict=True))
    return image.resize(
        size, Image.Resampling.LANCZOS, (box[0] * x, box[1] * y, box[2] * x, box[3] * y)
    )


def _sides(sides, size, choose):
    """The sides after scaling by one factor: the one that fits inside (`min`) or covers (`max`)."""
    factor = choose(n / m for n, m in zip(size, sides, strict=True))
    return [max(1, round(factor * m)) for m in sides]


_FITS = {"letterbox": _letterbox, "stretch": _stretch, "crop": _crop}
