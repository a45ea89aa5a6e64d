"""Probabilities -> integer frequencies."""

import numpy as np

from image_compressor.codec.tables import PRECISION

TAIL = 2.0**-PRECISION  # probability that may be left to the escape


def frozen(probabilities: np.ndarray) -> tuple[int, np.ndarray]:
    """(place of the first symbol that is kept, frequencies) of the probabilities of symbols.

    The symbols are kept that are likelier than 2**-16; the escape, last, has the rest.
    """
    kept = np.flatnonzero(probabilities > TAIL)
    first, last = (kept[0], kept[-1]) if len(kept) else (len(probabilities) // 2,) * 2
    inside = probabilities[first : last + 1]
    return int(first), rounded(np.append(inside, max(1 - inside.sum(), 0.0)))


def rounded(probabilities: np.ndarray) -> np.ndarray:
    """Frequencies, out of 2**16, nearest to the probabilities, at least 1; by largest remainder."""
    total = 2**PRECISION
    exact = probabilities / probabilities.sum() * (total - len(probabilities))
    frequencies = np.floor(exact).astype(np.int64) + 1
    missing = total - int(frequencies.sum())
    frequencies[np.argsort(frequencies - exact, kind="stable")[:missing]] += 1
    return frequencies
