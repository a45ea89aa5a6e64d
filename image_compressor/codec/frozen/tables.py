"""The frozen frequency tables for coding symbols; `table_file` stores them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from image_compressor.errors import InputError

QUALITIES = range(1, 101)  # smallest files first
PRECISION = 16  # frequencies of a table sum to 2**PRECISION
SYMBOL_LIMIT = 2**30  # symbols lie in -SYMBOL_LIMIT ... SYMBOL_LIMIT
AGAIN = "Export the codec again."
OFFSET_LIMIT = 2**20
CANDIDATES = 4  # number of classes whose exact costs are compared


class computed_once:
    """`functools.cached_property` without its lock in Python 3.11: a process that is forked while
    another thread holds the lock would wait for ever."""

    def __init__(self, compute: Callable[[Any], Any]):
        self.compute = compute

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        # Called only until the instance has the value, because Python looks there first.
        if owner is None:
            return self
        return vars(owner).setdefault(self.compute.__name__, self.compute(owner))


@dataclass(frozen=True)
class Bank:
    """Frequency tables, shared by channels, classes and qualities.

    Attributes:
        minimums: int [K], the smallest symbol in each table.
        frequencies: K int arrays. Entry i of table k is the frequency, out of 2**16, of the
            symbol `minimums[k] + i`; the last entry is for the escape, any other symbol.

    Example: minimums [-1], frequencies [[16384, 32767, 16384, 1]]: the symbols -1, 0, 1 with
    probabilities 1/4, 1/2, 1/4, and 1/65,536 for all others together.

    Raises InputError unless every frequency is at least 1 and each table sums to 2**16.
    """

    minimums: np.ndarray
    frequencies: list[np.ndarray]

    def __post_init__(self):
        for number, table in enumerate(self.frequencies):
            if len(table) < 2 or table.min() < 1 or table.sum() != 2**PRECISION:
                raise InputError(
                    f"two or more frequencies of at least 1 that sum to {2**PRECISION}",
                    f"table {number}: {table.tolist()[:9]}, sum {table.sum()}",
                    AGAIN,
                )
        if len(self.minimums) != len(self.frequencies) or not self.frequencies:
            raise InputError(
                "a minimum for each table",
                f"{len(self.minimums)} minimums, {len(self.frequencies)} tables",
                AGAIN,
            )

    @computed_once
    def escapes(self) -> np.ndarray:
        """The position of the escape in each table: int [K]."""
        return np.array([len(table) - 1 for table in self.frequencies])

    @computed_once
    def starts(self) -> np.ndarray:
        """The start of each table in `costs`: int [K]."""
        return np.concatenate([[0], np.cumsum(self.escapes + 1)[:-1]])

    @computed_once
    def costs(self) -> np.ndarray:
        """The bits of every entry of all tables, concatenated: float32."""
        return (PRECISION - np.log2(np.concatenate(self.frequencies))).astype(np.float32)

    @computed_once
    def least(self) -> np.ndarray:
        """The bits of the cheapest entry of each table: float32 [K]."""
        return np.minimum.reduceat(self.costs, self.starts)

    @computed_once
    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """The mean and variance of each table: float [K]; the variance is at least 1/12."""
        means, variances = [], []
        for minimum, table in zip(self.minimums, self.frequencies, strict=True):
            symbols, weights = minimum + np.arange(len(table) - 1), table[:-1] / table[:-1].sum()
            means.append(symbols @ weights)
            variances.append((symbols - means[-1]) ** 2 @ weights + 1 / 12)
        return np.array(means), np.array(variances)

    def positions(self, symbols: np.ndarray, index: np.ndarray) -> np.ndarray:
        """The positions of int symbols [...] in the tables of int index [...]: int64 [...]."""
        positions = symbols - self.minimums[index]
        escapes = self.escapes[index]
        return np.where((positions < 0) | (positions > escapes), escapes, positions)


@dataclass(frozen=True)
class Tables:
    """The widths and tables of one quality.

    Latent vectors fall into classes (often only one); the class of a vector and the channel of a
    symbol determine the table that codes it.

    Attributes:
        bank: the codec's bank of tables.
        widths: float32 [C]: a symbol s stands for the latent s * width.
        classes: int [G], the frequency of each class, out of 2**16.
        index: int [G, C], the number of a table in the bank.
        offsets: int [G, C], subtracted from a symbol before that table codes it.

    Raises InputError if the shapes do not fit together, or a number is out of range.
    """

    bank: Bank
    widths: np.ndarray
    classes: np.ndarray
    index: np.ndarray
    offsets: np.ndarray

    def __post_init__(self):
        shape = (len(self.classes), len(self.widths))
        if self.index.shape != shape or self.offsets.shape != shape or 0 in shape:
            raise InputError(
                f"tables and offsets for {shape[0]} classes of {shape[1]} channels",
                f"{self.index.shape} and {self.offsets.shape}",
                AGAIN,
            )
        check_widths(self.widths)
        if self.classes.min() < 1 or self.classes.sum() != 2**PRECISION:
            raise InputError(f"classes that sum to {2**PRECISION}", self.classes, AGAIN)
        if not 0 <= self.index.min() <= self.index.max() < len(self.bank.frequencies):
            raise InputError(f"tables below {len(self.bank.frequencies)}", self.index.max(), AGAIN)
        if np.abs(self.offsets).max() > OFFSET_LIMIT:
            raise InputError(f"offsets within +-{OFFSET_LIMIT}", self.offsets, AGAIN)

    def quantise(self, latents: np.ndarray) -> np.ndarray:
        """Float latents [..., C] -> int32 symbols: the nearest multiples of the widths."""
        symbols = in_bins(latents, self.widths)
        return np.rint(symbols, out=symbols).astype(np.int32)

    def positions(self, symbols: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """The positions of int symbols [..., C] in the tables of classes [...]: int64 [..., C]."""
        return self.bank.positions(symbols - self.offsets[classes], self.index[classes])

    def costs(self, symbols: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """The bits of int symbols [..., C] in classes [...], without their escaped values."""
        starts = self.bank.starts[self.index[classes]]
        return self.bank.costs[starts + self.positions(symbols, classes)]

    def classify(self, symbols: np.ndarray) -> np.ndarray:
        """The cheapest class of int symbols [M, C]: int [M].

        It compares exact costs for only a few candidates, the nearest by mean and variance.
        """
        count = len(self.classes)
        if count == 1:
            return np.zeros(len(symbols), np.int64)
        x = symbols.astype(np.float32)
        distance = (x * x) @ self._gaussians[0] + x @ self._gaussians[1] + self._gaussians[2]
        kept = min(CANDIDATES, count)
        candidates = np.argpartition(distance, kept - 1, axis=1)[:, :kept]
        costs = self.costs(symbols[:, None], candidates).sum(axis=2)
        costs += PRECISION - np.log2(self.classes)[candidates]
        return candidates[np.arange(len(symbols)), costs.argmin(axis=1)]

    @computed_once
    def _gaussians(self):
        """The quadratic, linear and constant terms of each class's cost, if latents are normal."""
        means, variances = (moment[self.index] for moment in self.bank.moments)
        means = means + self.offsets
        constant = (np.log(variances) + means * means / variances).sum(axis=1)
        constant -= 2 * np.log(self.classes / 2**PRECISION)
        terms = (1 / variances).T, (-2 * means / variances).T, constant
        return [np.ascontiguousarray(term, np.float32) for term in terms]


def check_widths(widths: np.ndarray) -> None:
    """Raises InputError unless all widths are finite and above 0."""
    if not (np.isfinite(widths) & (widths > 0)).all():
        raise InputError("widths above 0", widths, AGAIN)


def in_bins(latents: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Float latents [..., C] in units of their bins. Raises InputError beyond SYMBOL_LIMIT."""
    bins = latents / widths
    if not (np.abs(bins) <= SYMBOL_LIMIT).all():
        raise InputError(
            f"latents within +-{SYMBOL_LIMIT}", "larger or not finite", "Train the model again."
        )
    return bins
