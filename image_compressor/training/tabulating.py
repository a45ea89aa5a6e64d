"""Densities and probabilities -> integer tables."""

import numpy as np
from keras import ops

from image_compressor.codec.frozen.tables import PRECISION, Bank, Tables
from image_compressor.errors import InputError

TAIL = 2.0**-PRECISION  # largest probability that the escape may cover
WIDEST = 2**12  # symbols on each side of 0


def tables(density, widths: np.ndarray) -> list[Tables]:
    """Makes the tables of a FactorizedDensity, for each row of widths float32 [Q, C].

    Raises InputError for a density that is not finite or too wide to tabulate.
    """
    of_rows = [channel_tables(density, row) for row in widths]
    minimums, frequencies = zip(*(table for row in of_rows for table in row), strict=True)
    bank = Bank(np.array(minimums), list(frequencies))
    numbers = np.arange(widths.size).reshape(len(widths), 1, -1)
    one = np.array([2**PRECISION])
    return [
        Tables(bank, row, one, index, np.zeros_like(index))
        for row, index in zip(widths, numbers, strict=True)
    ]


def channel_tables(density, widths: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Returns (the first symbol, frequencies) of each channel, for bin widths float32 [C].

    Raises InputError like `tables`.
    """
    probabilities, smallest = _probabilities(density, widths)
    each = [frozen(column) for column in probabilities.T]
    return [(smallest + first, table) for first, table in each]


def _probabilities(density, widths):
    """Returns (float [symbols, C], the first symbol) that cover all but 2**-16 of each channel."""
    reach = 16
    while reach <= WIDEST:
        symbols = np.arange(-reach, reach + 1, dtype="float32")
        bits = ops.convert_to_numpy(density.bits(symbols[:, None] * widths, widths))
        probabilities = 2.0 ** -bits.astype(np.float64)
        if (probabilities.sum(axis=0) > 1 - TAIL).all():
            return probabilities, -reach
        reach *= 2
    unfit = (~(probabilities.sum(axis=0) > 1 - TAIL)).sum()
    raise InputError(
        f"The density of {unfit} channels is wider than +-{WIDEST} symbols or not finite. Increase "
        "train.rate_weights, or reduce train.learning_rate."
    )


def frozen(probabilities: np.ndarray) -> tuple[int, np.ndarray]:
    """Converts probabilities to (index of the first symbol kept, frequencies).

    Symbols above a probability of 2**-16 are kept; the last frequency, the escape's, has the rest.
    """
    kept = np.flatnonzero(probabilities > TAIL)
    first, last = (kept[0], kept[-1]) if len(kept) else (len(probabilities) // 2,) * 2
    inside = probabilities[first : last + 1]
    return int(first), rounded(np.append(inside, max(1 - inside.sum(), 0.0)))


def rounded(probabilities: np.ndarray) -> np.ndarray:
    """Rounds probabilities to frequencies out of 2**16, at least 1, by largest remainder."""
    total = 2**PRECISION
    exact = probabilities / probabilities.sum() * (total - len(probabilities))
    frequencies = np.floor(exact).astype(np.int64) + 1
    missing = total - int(frequencies.sum())
    frequencies[np.argsort(frequencies - exact, kind="stable")[:missing]] += 1
    return frequencies
