"""Images of any size -> images of one: in preprocess, and in the codec where it is asked to."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image

from image_compressor.errors import InputError

Fit = Literal["native", "letterbox", "stretch", "crop"]


@dataclass(frozen=True)
class Policy:
    """How an image is brought to channels and size.

    Attributes:
        channels: 1, colour becoming its luma (ITU-R 601-2), or 3, grey becoming three times itself.
        fit: native: the size stays;
            letterbox: scaled to lie within the size, centred, black around it;
            stretch: scaled to the size, whatever its proportions;
            crop: a part of it, of a smaller one after scaling it up to cover the size.
            What is scaled is resampled with Lanczos' filter.
        size: (height, width); None where it is native.

    Raises InputError for a size with native, and for none with the others.
    """

    channels: int
    fit: Fit = "native"
    size: tuple[int, int] | None = None

    def __post_init__(self):
        if (self.fit == "native") != (self.size is None):
            raise InputError(
                "preprocess.size to be [height, width], or null where preprocess.fit is native",
                f"fit {self.fit}, size {self.size}",
                "Change one of them.",
            )

    def apply(self, pixels: np.ndarray, random: np.random.Generator | None = None) -> np.ndarray:
        """uint8 [H, W] or [H, W, 1 or 3] -> uint8 [H, W, C].

        Args:
            random: draws where a crop is taken; without it from the centre.
        """
        image = Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)
        image = image.convert("L" if self.channels == 1 else "RGB")
        if self.size is not None:
            image = _FITS[self.fit](image, self.size[::-1], random)
        return np.asarray(image).reshape(image.height, image.width, self.channels)


def of_codec(card: dict[str, Any], shape: tuple[Any, ...]) -> Policy:
    """The policy in the card of an exported codec for images (H, W, C).

    Native without one, and for images of any size.
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


def _letterbox(image, size, random):
    scaled = image.resize(_sides(image, size, min), Image.Resampling.LANCZOS)
    box = Image.new(image.mode, size)
    box.paste(scaled, tuple((n - m) // 2 for n, m in zip(size, scaled.size, strict=True)))
    return box


def _stretch(image, size, random):
    return image.resize(size, Image.Resampling.LANCZOS)


def _crop(image, size, random):
    small = image.width < size[0] or image.height < size[1]
    sides = _sides(image, size, max) if small else image.size
    spare = [n - m for n, m in zip(sides, size, strict=True)]
    left, top = (int(random.integers(n + 1)) if random else n // 2 for n in spare)
    box = (left, top, left + size[0], top + size[1])
    if not small:
        return image.crop(box)
    # Only the crop is scaled: a long strip would become an enormous image.
    x, y = (m / n for m, n in zip(image.size, sides, strict=True))
    return image.resize(
        size, Image.Resampling.LANCZOS, (box[0] * x, box[1] * y, box[2] * x, box[3] * y)
    )


def _sides(image, size, choose):
    """Scaled by one factor, the smaller (`min`) or larger (`max`) of those that fit."""
    factor = choose(n / m for n, m in zip(size, image.size, strict=True))
    return [max(1, round(factor * m)) for m in image.size]


_FITS = {"letterbox": _letterbox, "stretch": _stretch, "crop": _crop}
