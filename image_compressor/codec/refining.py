"""Symbols chosen for their image: fewer bits at the same similarity, from the same decoder.

An encoder network and rounding give good symbols, but not the best. Here, symbols are changed by
one step at a time where that lowers

    bits + slope * distortion,    distortion = 1 - SSIM + MSE_WEIGHT * MSE of pixels in 0..1

as encoders of video choose theirs (Sullivan and Wiegand 1998, "Rate-distortion optimization for
video compression"). The slope is that of a curve on which bits * distortion is constant; those of
codecs are close to one. MSE takes part so that PSNR does not fall at equal SSIM.

In each round, the most promising moves of each image are tried one by one, decoded together; then
as many of the good ones are made at once as lower the cost most.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from image_compressor.codec.coder import Coder
from image_compressor.codec.guard.floors import similarities
from image_compressor.codec.transform import Transform
from image_compressor.errors import InputError

ROUNDS = (0, 1, 2, 3, 4, 5, 6, 8, 12, 16)  # of each effort
MOVES = 1 / 6  # tried in a round, for each symbol
MSE_WEIGHT = 5  # at which PSNR stays the same at equal SSIM, measured on digits
BIN = 6 / np.log(2)  # bits that a squared error of one bin is worth, where bins are narrow
PIXELS = 2**21  # decoded at a time
RESTS = 2  # rounds after which a move that was bad is tried again
SHARES = (1, 0.6, 0.35, 0.15)  # of an image's good moves, to make together


@dataclass
class _State:
    """Symbols int64 [n, K], each image's bits and distortion: float [n]."""

    symbols: np.ndarray
    bits: np.ndarray
    distortion: np.ndarray

    def take(self, other: "_State", better: np.ndarray) -> None:
        """Replaces the images chosen by `better`, bool [n]."""
        self.symbols[better] = other.symbols[better]
        self.bits[better], self.distortion[better] = other.bits[better], other.distortion[better]


class Refiner:
    """Refines symbols of a codec for images of one size.

    Args:
        transform: the codec.
        effort: 1..9.

    Raises InputError for another effort, and for a codec for images of any size.
    """

    def __init__(self, transform: Transform, effort: int):
        check(effort, transform)
        self.transform, self.rounds = transform, ROUNDS[effort]

    def refined(self, images: np.ndarray, latents: np.ndarray, quality: int) -> np.ndarray:
        """uint8 images [n, H, W, C] and their latents -> int32 symbols, at one quality."""
        coder = self.transform.coder(quality)
        assert isinstance(coder, Coder)
        shape, widths = latents.shape, coder.tables.widths
        bins = (latents / widths).reshape(len(latents), -1)
        now = self._state(images, coder, np.rint(bins).astype(np.int64), shape)
        slope = now.bits.mean() / max(now.distortion.mean(), 1e-6)
        bad = np.zeros((2, *bins.shape), np.int8)  # rounds for which a move is not tried again
        for _ in range(self.rounds):
            self._round(images, coder, now, bins, shape, slope, bad)
        return now.symbols.reshape(shape).astype(np.int32)

    def _round(self, images, coder, now, bins, shape, slope, bad):
        """Tries moves that are not known to be bad, and makes the good ones."""
        image, place, step, saved = self._promising(coder, now.symbols, bins, shape, bad)
        added = self._added(images, coder, now, shape, image, place, step)
        gain = saved + slope * added
        bad[bad > 0] -= 1
        bad[(step + 1) // 2, image, place] = RESTS * (gain >= 0)
        order = np.lexsort((gain, image))
        order = order[gain[order] < 0]
        image, place, step = image[order], place[order], step[order]
        if not len(image):
            return
        # The rank of each move among the good ones of its image, and their number.
        rank, count = np.arange(len(image)) - np.searchsorted(image, image), np.bincount(image)
        start = _State(now.symbols.copy(), now.bits.copy(), now.distortion.copy())
        for share in SHARES:
            made = rank < np.ceil(share * count[image])
            symbols = start.symbols.copy()
            symbols[image[made], place[made]] += step[made]
            tried = self._state(images, coder, symbols, shape)
            better = tried.bits - now.bits + slope * (tried.distortion - now.distortion) < 0
            now.take(tried, better)

    def _promising(self, coder, symbols, bins, shape, bad):
        """(image, place, step, bits added) of the moves that are likely to be good."""
        vectors = symbols.reshape(-1, shape[-1])
        classes = coder.tables.classify(vectors)
        before = coder.tables.costs(vectors, classes)
        found = []
        for step in (-1, 1):
            bits = coder.tables.costs(vectors + step, classes) - before
            bits = bits.reshape(symbols.shape)
            further = (symbols + step - bins) ** 2 - (symbols - bins) ** 2
            found.append((bits, bits + BIN * further))
        bits, promise = (np.stack(each) for each in zip(*found, strict=True))
        promise[bad > 0] = np.inf
        count = min(max(len(symbols), int(MOVES * symbols.size)), int((bad == 0).sum()))
        chosen = np.argsort(promise, axis=None)[:count]
        direction, image, place = np.unravel_index(chosen, promise.shape)
        return image, place, 2 * direction - 1, bits.ravel()[chosen]

    def _added(self, images, coder, now, shape, image, place, step):
        """The distortion that each move adds alone: float [m]."""
        added = np.empty(len(image))
        for part in _parts(len(image), images[0].size):
            symbols = now.symbols[image[part]]
            symbols[np.arange(len(symbols)), place[part]] += step[part]
            added[part] = self._distortion(images[image[part]], coder, symbols, shape)
        return added - now.distortion[image]

    def _state(self, images, coder, symbols, shape):
        bits = coder.bits(symbols.reshape(shape)).reshape(len(symbols), -1).sum(axis=1)
        return _State(symbols, bits, self._distortion(images, coder, symbols, shape))

    def _distortion(self, images, coder, symbols, shape):
        latents = coder.dequantise(symbols.reshape(-1, *shape[1:]))
        return distortion(images, self.transform.decoded(latents))


def distortion(images: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    """The distortion of each of uint8 images [n, H, W, C]: float [n]."""
    error = (images.astype(np.float32) - decoded) / 255
    return 1 - similarities(images, decoded) + MSE_WEIGHT * (error**2).mean(axis=(1, 2, 3))


def check(effort: int, transform: Transform) -> None:
    """Raises InputError unless it is a whole number with an entry in ROUNDS, and 0 for a codec for
    images of any size."""
    whole = isinstance(effort, int) and not isinstance(effort, bool)
    if not whole or not 0 <= effort < len(ROUNDS):
        raise InputError(f"an effort of 0 to {len(ROUNDS) - 1}", repr(effort), "0 is the fastest.")
    if effort and transform.any_size:
        raise InputError("effort 0 with a codec for images of any size", effort, "Leave it out.")


def _parts(count, pixels) -> Iterator[slice]:
    size = max(1, PIXELS // pixels)
    return (slice(start, start + size) for start in range(0, count, size))
