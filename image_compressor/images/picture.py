"""An image file whose header is read -> its pixels as uint8 in sRGB, opaque and upright."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from image_compressor.images import colour
from image_compressor.images.orientation import upright
from image_compressor.images.unusable import told_as_damage


@dataclass(frozen=True)
class Samples:
    """Decoded samples.

    Attributes:
        colours: uint8 or uint16 [H, W] grey, [H, W, 3] RGB or [H, W, 4] CMYK.
        alpha: [H, W] of the same type, 0 where the image is transparent.
    """

    colours: np.ndarray
    alpha: np.ndarray | None = None


@dataclass(frozen=True)
class Picture:
    """An image file whose header is read. Its pixels are decoded when asked for.

    Attributes:
        kind: the format, by Pillow's names.
        mode: of its samples, by Pillow's names.
        size: (width, height) before it is turned.
        samples: decodes it, while the file is open.
        transparent: are there transparent pixels, or could there be?
        deep: are there more than 8 bits in a sample?
        orientation: as EXIF counts it.
        profile: the ICC profile that says what colours the samples mean.
    """

    kind: str
    mode: str
    size: tuple[int, int]
    samples: Callable[[], Samples]
    frames: int = 1
    transparent: bool = False
    deep: bool = False
    orientation: int = 1
    profile: bytes | None = None

    def pixels(self) -> np.ndarray:
        """uint8 [H, W] where the image is grey, else [H, W, 3]. Raises Unusable."""
        with told_as_damage():
            samples = self.samples()
            return upright(plain(samples, self.profile), self.orientation)


def plain(samples: Samples, profile: bytes | None = None) -> np.ndarray:
    """uint8 [H, W] or [H, W, 3] in sRGB, laid over white."""
    colours = colour.to_srgb(samples.colours, profile)
    if samples.alpha is not None:
        colours = _over_white(colours, samples.alpha)
    return eight_bits(colours)


def eight_bits(samples: np.ndarray) -> np.ndarray:
    """uint16 -> uint8, rounding v / 257, so that black and white stay what they are."""
    if samples.dtype != np.uint16:
        return samples
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def scaled(samples: np.ndarray, bits: int) -> np.ndarray:
    """Integers of 1 to 16 bits -> uint8, or uint16 where there are more than 8."""
    kind, most = (np.uint8, 255) if bits <= 8 else (np.uint16, 65535)
    if bits in (8, 16):
        return samples.astype(kind, copy=False)
    top = 2**bits - 1
    return ((np.minimum(samples, top).astype(np.uint32) * most + top // 2) // top).astype(kind)


def _over_white(colours, alpha):
    most = np.iinfo(colours.dtype).max
    wide = np.uint16 if most == 255 else np.uint32
    alpha = alpha.reshape(*alpha.shape, *[1] * (colours.ndim - 2)).astype(wide)
    mixed = colours.astype(wide) * alpha + most * (most - alpha) + wide(most // 2)
    return (mixed // most).astype(colours.dtype)
