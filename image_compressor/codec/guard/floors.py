"""The floor of an image: the similarity and the colours that compression must keep."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from image_compressor.errors import InputError
from image_compressor.images import colour_difference, similarity

COLOUR = 6.0  # CIEDE2000 that any codec may lose, in the mean of 8x8 pixels
# The share of blocks of a single colour that makes an image plain. Graphics, text and digits are;
# of photographs, 3 in 100 are, with skies of pure white.
PLAIN = 0.1
WEAK = 0.8  # a mean SSIM at the best quality that a trained codec exceeds


def similarities(images: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    """The SSIM of each image, for uint8 [N, H, W, C] of any size: float [N]."""
    return similarity.ssim(similarity.enlarged(images), similarity.enlarged(decoded))


@dataclass(frozen=True)
class Floor:
    """The least that a decoded image must have.

    Attributes:
        ssim: its SSIM.
        colour: the largest CIEDE2000 between the means of its 8x8 blocks.
        plain: the same for plain images, where nothing hides a wrong colour.
    """

    ssim: float
    colour: float = np.inf
    plain: float = np.inf

    def kept(self, image: np.ndarray, decoded: np.ndarray) -> bool:
        """Whether a decoded image has it; both uint8 [H, W, C]."""
        pair = image[None], decoded[None]
        return bool(similarities(*pair)[0] >= self.ssim and self.colours_kept(*pair)[0])

    def colours_kept(self, images: np.ndarray, decoded: np.ndarray) -> np.ndarray:
        """Whether the colours of each image are close enough: bool [N]."""
        strictest = min(self.colour, self.plain)
        if strictest == np.inf:
            return np.ones(len(images), bool)
        differences = colour_difference.largest(images, decoded)
        kept = differences <= strictest
        doubtful = np.flatnonzero(~kept & (differences <= max(self.colour, self.plain)))
        if len(doubtful):
            plain = colour_difference.plain(images[doubtful]) >= PLAIN
            limits = np.where(plain, self.plain, self.colour)
            kept[doubtful] = differences[doubtful] <= limits
        return kept


@dataclass(frozen=True)
class Floors:
    """A codec's floors, measured on validation images at some qualities.

    Attributes:
        qualities: the qualities, ascending.
        mean: the mean SSIM of the images, at each.
        ssim: the floor, a little below a low percentile of it.
        colour, plain: the largest CIEDE2000 of any of them as in `Floor`, COLOUR or more.
    """

    qualities: tuple[int, ...]
    mean: tuple[float, ...]
    ssim: tuple[float, ...]
    colour: tuple[float, ...]
    plain: tuple[float, ...]

    def at(self, quality: int) -> Floor:
        """The floor at a quality, interpolated."""
        points = self.ssim, self.colour, self.plain
        return Floor(*(float(np.interp(quality, self.qualities, each)) for each in points))

    def with_ssim(self, ssim: float) -> Floor:
        """The floor with this SSIM, and the colours of the quality that has it."""
        return replace(self.at(self.quality(ssim)), ssim=ssim)

    def warning(self) -> str | None:
        """A sentence if the codec has hardly learned to compress its own images."""
        best = max(self.mean)
        if best >= WEAK:
            return None
        return (
            f"this codec reached a mean SSIM of only {best:.2f} on the images it was validated "
            "with. Train it longer, or on more images."
        )

    def quality(self, ssim: float) -> int:
        """The lowest measured quality with this floor, or else the highest one."""
        reached = [q for q, each in zip(self.qualities, self.ssim, strict=True) if each >= ssim]
        return min(reached, default=self.qualities[-1])


def of_card(card: dict[str, Any]) -> Floors | None:
    """The floors in the card of an exported codec. Raises InputError if they are malformed."""
    facts = card.get("floors")
    if facts is None:
        return None
    try:
        floors = Floors(**{name: tuple(values) for name, values in facts.items()})
        numbers = np.array([*vars(floors).values()], float)
        whole = numbers.ndim == 2 and numbers.shape[1] and np.isfinite(numbers).all()
        if not whole or (np.diff(numbers[0]) <= 0).any():
            raise ValueError("lists of one length, with ascending qualities")
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError("floors in card.json", error, "Export the codec again.") from None
    return floors
