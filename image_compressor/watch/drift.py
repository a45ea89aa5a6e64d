"""Whether images are still of the kind that a codec was made for.

A codec gives few bits to images like those that it was validated with, and keeps them well. Others
take more bits, or come back less similar, so the codec itself tells them apart. Two tests of each
measure compare images with the validation images: that of Kolmogorov and Smirnov, for a shift of
all of them, and Fisher's exact test of those beyond the 1st and the 99th percentile, for a few of
another kind among many.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.codec.guard.floors import similarities
from image_compressor.errors import InputError
from image_compressor.images.groups import Group, stacks

QUALITY = 50
BATCH = 256  # images
MOST = 2**24  # pixels of validation images
FALSE_ALARMS = 0.01  # share of windows without drift in which it is found nevertheless
NAMED = 10  # images
MEASURES = {"bpp": "bits a pixel", "ssim": "SSIM"}


@dataclass(frozen=True)
class Typical:
    """Measures of a codec's validation images.

    Attributes:
        quality: 1..100, at which they were measured.
        images: their number.
        bpp: bits a pixel: the percentiles 0 to 100, ascending.
        ssim: the same of their SSIM.
    """

    quality: int
    images: int
    bpp: tuple[float, ...]
    ssim: tuple[float, ...]

    def sample(self, measure: str) -> np.ndarray:
        """Values with these percentiles, as many as there were images."""
        ranks = (np.arange(self.images) + 0.5) / self.images * 100
        return np.interp(ranks, np.arange(101), getattr(self, measure))

    def distance(self, measure: str, values: np.ndarray) -> np.ndarray:
        """How far values [N] lie from the median; 1 is the 1st or the 99th percentile."""
        percentiles = getattr(self, measure)
        low, middle, high = (percentiles[number] for number in (1, 50, 99))
        widths = np.where(values < middle, middle - low, high - middle)
        return np.abs(values - middle) / np.maximum(widths, 1e-6)


@dataclass(frozen=True)
class Compared:
    """A measure of the images beside that of the validation images.

    Attributes:
        measure: one of MEASURES.
        typical, now: medians of the validation images and of these.
        beyond: share of these images beyond the 1st or the 99th percentile of the others.
        p_shift, p_beyond: probability of such a difference by chance, of the Kolmogorov-Smirnov
            test and of Fisher's, times the number of tests (Bonferroni).
    """

    measure: str
    typical: float
    now: float
    beyond: float
    p_shift: float
    p_beyond: float


@dataclass(frozen=True)
class Unlike:
    """An image that is unlike the validation images.

    Attributes:
        name: its name.
        bpp, ssim: its measures.
        distance: the larger of their distances, see `Typical.distance`.
    """

    name: str
    bpp: float
    ssim: float
    distance: float


@dataclass(frozen=True)
class Drift:
    """Comparison of images with a codec's validation images.

    Attributes:
        images: their number.
        quality: 1..100, at which they were measured.
        found: whether they are of another kind.
        measures: one for each of MEASURES.
        unlike: those that are farthest away.
    """

    images: int
    quality: int
    found: bool
    measures: list[Compared]
    unlike: list[Unlike]


def measure(codec: Codec, images: Group, quality: int = QUALITY) -> Typical:
    """Measures a codec's validation images, uint8 [H, W, C]."""
    parts = [each(codec, stack, quality) for stack in stacks(images, BATCH)]
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    bpp, ssim = (
        tuple(np.percentile(column, np.arange(101)).round(5).tolist()) for column in columns
    )
    return Typical(quality, len(images), bpp, ssim)


def each(codec: Codec, stack: np.ndarray, quality: int) -> tuple[np.ndarray, np.ndarray]:
    """The bits a pixel and the SSIM of uint8 images [N, H, W, C]: float [N] each."""
    symbols = codec.encode(stack, quality)
    bits = codec.coder(quality).bits(symbols).reshape(len(stack), -1).sum(axis=1)
    decoded = codec.decode(symbols, quality, stack.shape[1:3])
    return bits / (stack.shape[1] * stack.shape[2]), similarities(stack, decoded)


def of_card(card: dict[str, Any]) -> Typical:
    """The measures in the card of a codec. Raises InputError if there are none."""
    try:
        facts = card["typical"]
        columns = {name: tuple(map(float, facts[name])) for name in MEASURES}
        typical = Typical(int(facts["quality"]), int(facts["images"]), **columns)
        whole = all(len(column) == 101 and np.isfinite(column).all() for column in columns.values())
        if not whole or typical.images < 1 or not 1 <= typical.quality <= 100:
            raise ValueError("percentiles 0 to 100 of each measure")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            "a codec whose card.json has the measures of its validation images",
            f"{error!r} in {card.get('typical')!s:.40}" if "typical" in card else "none",
            "Export it again with this version.",
        ) from None
    return typical


def compare(typical: Typical, names: Sequence[str], bpp: np.ndarray, ssim: np.ndarray) -> Drift:
    """Compares images by their bits a pixel and their SSIM, float [N], see `each`."""
    values = {"bpp": bpp, "ssim": ssim}
    compared = [_compared(typical, name, values[name]) for name in MEASURES]
    distance = np.max([typical.distance(name, values[name]) for name in MEASURES], axis=0)
    unlike = [
        Unlike(names[number], *(round(float(each[number]), 4) for each in (bpp, ssim, distance)))
        for number in np.argsort(-distance, kind="stable")[:NAMED]
    ]
    found = any(min(one.p_shift, one.p_beyond) < FALSE_ALARMS for one in compared)
    return Drift(len(names), typical.quality, found, compared, unlike)


def _compared(typical, measure, values):
    from scipy import stats  # not in an installation for using codecs only

    others = typical.sample(measure)
    beyond, usual = (int((typical.distance(measure, each) > 1).sum()) for each in (values, others))
    counts = [[beyond, len(values) - beyond], [usual, len(others) - usual]]
    shift = stats.ks_2samp(values, others).pvalue
    rare = stats.fisher_exact(counts, alternative="greater").pvalue
    return Compared(
        measure=measure,
        typical=round(float(np.median(others)), 4),
        now=round(float(np.median(values)), 4),
        beyond=round(beyond / len(values), 4),
        p_shift=_corrected(shift),
        p_beyond=_corrected(rare),
    )


def _corrected(p):
    """A probability times the number of tests, rounded."""
    return float(f"{min(1, 2 * len(MEASURES) * p):.3g}")
