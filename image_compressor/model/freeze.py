"""A trained density -> the integer tables of the codec."""

import numpy as np

from image_compressor.codec.tables import PRECISION, Tables
from image_compressor.errors import InputError

WIDEST = 2**12  # symbols on each side of 0
TAIL = 2.0**-PRECISION  # probability that may be left to the escape


def freeze(density) -> Tables:
    """Tables of the probabilities that `density` gives to integers.

    Of each channel the symbols are kept that are likelier than 2**-16; the escape has the rest.
    Frequencies are the probabilities, out of 2**16, rounded by largest remainder, at least 1.

    Args:
        density: a built FactorizedDensity.

    Raises InputError for a density that is not finite or too wide to tabulate.
    """
    probabilities, smallest = _probabilities(density)
    minimums, frequencies = [], []
    for column in probabilities.T:
        kept = np.flatnonzero(column > TAIL)
        first, last = (kept[0], kept[-1]) if len(kept) else (len(column) // 2,) * 2
        inside = column[first : last + 1]
        minimums.append(smallest + first)
        frequencies.append(_round(np.append(inside, max(1 - inside.sum(), 0.0))))
    return Tables(np.array(minimums), frequencies)


def _probabilities(density):
    """(float [symbols, C], the first symbol), of a range with all but 2**-16 of each channel."""
    channels = density.matrices[0].shape[0]
    reach = 16
    while reach <= WIDEST:
        symbols = np.arange(-reach, reach + 1, dtype="float32")
        grid = np.repeat(symbols[:, None], channels, axis=1)
        probabilities = 2.0 ** -np.asarray(density(grid), np.float64)
        if (probabilities.sum(axis=0) > 1 - TAIL).all():
            return probabilities, -reach
        reach *= 2
    raise InputError(
        f"densities within +-{WIDEST}",
        f"{(~(probabilities.sum(axis=0) > 1 - TAIL)).sum()} channels wider or not finite",
        "Raise train.rate_weight, or lower train.learning_rate.",
    )


def _round(probabilities):
    """Positive integers that sum to 2**16, nearest to the probabilities."""
    total = 2**PRECISION
    exact = probabilities / probabilities.sum() * (total - len(probabilities))
    frequencies = np.floor(exact).astype(np.int64) + 1
    missing = total - int(frequencies.sum())
    frequencies[np.argsort(frequencies - exact, kind="stable")[:missing]] += 1
    return frequencies
