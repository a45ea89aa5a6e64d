"""An image file with its header read -> its pixels as uint8 in sRGB, opaque and upright."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from image_compressor.images import colour
from image_compressor.images.orientation import upright
from image_compressor.images.unusable import as_unusable


@dataclass(frozen=True)
class Samples:
    """Decoded samples.

    Attributes:
        colours: uint8 or uint16 [H, W] grey, [H, W, 3] RGB or [H, W, 4] CMYK.
        alpha: [H, W] of the same type; 0 is transparent.
    """

    colours: np.ndarray
    alpha: np.ndarray | None = None


@dataclass(frozen=True)
class Picture:
    """An image file with its header read, whose pixels are decoded on demand.

    Attributes:
        kind: the format, by Pillow's name.
        mode: the mode of its samples, by Pillow's name.
        size: (width, height) before the orientation is applied.
        samples: a function that decodes it, while the file is open.
        frames: the number of frames.
        transparent: whether it may have transparent pixels.
        deep: whether samples have more than 8 bits.
        orientation: 1 to 8, as in EXIF.
        profile: the ICC profile of the samples.
        exif, xmp: the blocks of metadata, where the format has them.
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
    exif: bytes = b""
    xmp: bytes = b""

    @property
    def channels(self) -> int:
        """1 for grey samples, 3 for colours."""
        return 1 if self.mode in ("1", "L", "LA", "I;16") else 3

    def pixels(self) -> np.ndarray:
        """The pixels as uint8 [H, W] if the image is grey, else [H, W, 3]. Raises Unusable."""
        with as_unusable():
            samples = self.samples()
            return upright(plain(samples, self.profile), self.orientation)

    def conversions(self) -> list[str]:
        """The kinds of conversion that `pixels` makes, in a word or two each."""
        kinds = {
            "rotated": self.orientation != 1,
            "transparent": self.transparent,
            "more than 8 bits": self.deep,
            "the first frame of several": self.frames > 1,
            "CMYK": self.mode == "CMYK",
            "a colour profile": colour.other_than_srgb(self.profile, self.channels) is not None,
        }
        return [kind for kind, there in kinds.items() if there]


def plain(samples: Samples, profile: bytes | None = None) -> np.ndarray:
    """The samples as uint8 [H, W] or [H, W, 3] in sRGB, blended with white."""
    colours = colour.to_srgb(samples.colours, profile)
    if samples.alpha is not None:
        colours = _over_white(colours, samples.alpha)
    return eight_bits(colours)


def eight_bits(samples: np.ndarray) -> np.ndarray:
    """uint16 -> uint8, rounding v / 257, so that black and white stay the same."""
    if samples.dtype != np.uint16:
        return samples
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def scaled(samples: np.ndarray, bits: int) -> np.ndarray:
    """Integers of 1 to 16 bits -> uint8, or uint16 if there are more than 8 bits."""
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
