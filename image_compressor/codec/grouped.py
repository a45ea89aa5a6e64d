"""Symbols, each with its own table from a bank, <-> words of a range coder."""

import itertools
from collections.abc import Iterator

import constriction
import numpy as np

from image_compressor.codec.frozen.tables import PRECISION, Bank

_UNIFORM = constriction.stream.model.Uniform()
LONGEST = 32  # exclusive bound on the lengths of an escape's gamma code
_LENGTHS = constriction.stream.model.Uniform(LONGEST)


class GroupedCoder:
    """Codes flat symbols with the tables that `index` names.

    Symbols are grouped by table, so coding takes one call a table rather than one a symbol. The
    escaped symbols follow, in an Elias gamma code (Elias 1975) of 2n + 1 for n >= 0 and of -2n for
    n < 0: all lengths, then all low bits, then all high bits.
    """

    def __init__(self, bank: Bank):
        self.bank = bank
        self._models: dict[int, constriction.stream.model.Categorical] = {}

    def encode(self, encoder, symbols: np.ndarray, index: np.ndarray) -> None:
        """Appends int symbols [N] to a constriction encoder, by the tables of int index [N]."""
        positions = self.bank.positions(symbols, index).astype(np.int32)
        escaped = [np.empty(0, np.int64)]
        for table, members in _groups(index):
            coded = positions[members]
            encoder.encode(coded, self._model(table))
            escaped.append(members[coded == self.bank.escapes[table]])
        _encode_escapes(encoder, symbols[np.concatenate(escaped)])

    def decode(self, decoder, index: np.ndarray) -> np.ndarray:
        """int32 symbols [N] from a constriction decoder.

        Raises constriction's AssertionError for words that no encoder wrote.
        """
        symbols, escaped = np.empty(len(index), np.int32), [np.empty(0, np.int64)]
        for table, members in _groups(index):
            positions = decoder.decode(self._model(table), len(members))
            symbols[members] = positions + np.int32(self.bank.minimums[table])
            escaped.append(members[positions == self.bank.escapes[table]])
        escapes = np.concatenate(escaped)
        symbols[escapes] = _decode_escapes(decoder, len(escapes))
        return symbols

    def bits(self, symbols: np.ndarray, index: np.ndarray) -> np.ndarray:
        """The bits that `encode` spends on each of int symbols [...], by int index [...]."""
        positions = self.bank.positions(symbols, index)
        costs = self.bank.costs[self.bank.starts[index] + positions].astype(np.float64)
        escaped = positions == self.bank.escapes[index]
        costs[escaped] += np.log2(LONGEST) + _gamma(symbols[escaped])[1]
        return costs

    def _model(self, table):
        if table not in self._models:
            self._models[table] = model(self.bank.frequencies[table])
        return self._models[table]


def model(frequencies: np.ndarray):
    """A constriction model. It is exact in float32: frequencies are integers over a power of 2."""
    probabilities = (frequencies / 2**PRECISION).astype(np.float32)
    return constriction.stream.model.Categorical(probabilities, perfect=False)


def _groups(index) -> Iterator[tuple[int, np.ndarray]]:
    """(table, positions of the flat symbols that it codes), sorted by table and position."""
    index = index.astype(np.uint16)
    order = np.argsort(index, kind="stable")
    grouped = index[order]
    bounds = [0, *(np.flatnonzero(np.diff(grouped)) + 1).tolist(), len(grouped)]
    for start, end in itertools.pairwise(bounds):
        if end > start:
            yield int(grouped[start]), order[start:end]


def _gamma(values):
    """The positive numbers that represent `values`, and their bits below the leading 1."""
    values = values.astype(np.int64)
    numbers = np.where(values < 0, -2 * values, 2 * values + 1)
    return numbers, np.frexp(numbers)[1].astype(np.int64) - 1


def _encode_escapes(encoder, values):
    if not len(values):
        return
    numbers, bits = _gamma(values)
    encoder.encode(bits.astype(np.int32), _LENGTHS)
    for shift, sizes, coded in _digits(bits):
        digits = (numbers >> shift) & (sizes - 1)
        encoder.encode(digits[coded].astype(np.int32), _UNIFORM, sizes[coded].astype(np.int32))


def _decode_escapes(decoder, count):
    if not count:
        return np.empty(0, np.int32)
    bits = decoder.decode(_LENGTHS, count).astype(np.int64)
    numbers = 1 << bits
    for shift, sizes, coded in _digits(bits):
        digits = decoder.decode(_UNIFORM, sizes[coded].astype(np.int32))
        numbers[coded] += digits.astype(np.int64) << shift
    return np.where(numbers % 2, numbers // 2, -(numbers // 2)).astype(np.int32)


def _digits(bits):
    """(shift, alphabet sizes, presence) of both digits below the leading 1, 16 bits at most."""
    low, high = np.minimum(bits, 16), np.maximum(bits - 16, 0)
    return (0, 1 << low, low > 0), (16, 1 << high, high > 0)
