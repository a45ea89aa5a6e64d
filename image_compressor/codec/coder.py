"""Symbols <-> payload: a range coder over the frozen tables (constriction)."""

import itertools
from collections.abc import Iterator

import constriction
import numpy as np

from image_compressor.codec.tables import PRECISION, SYMBOL_LIMIT, Tables
from image_compressor.errors import InputError

_UNIFORM = constriction.stream.model.Uniform()
LONGEST = 32  # lengths of an escape's gamma code lie below
_LENGTHS = constriction.stream.model.Uniform(LONGEST)


class Coder:
    """Codes int symbols [N, ..., C]: latent vectors of C channels.

    First the class of every vector; then all symbols that share a table, table after table: one
    call a table and none a symbol. After them the escaped symbols, in an Elias gamma code (Elias
    1975) of 2n + 1 for n >= 0 and of -2n for n < 0: all lengths, then all low and all high bits.

    Example: 512 images of 50 symbols make one payload; it ends about 2 bytes over its entropy.
    """

    def __init__(self, tables: Tables):
        self.tables = tables
        self._classes = _model(tables.classes) if len(tables.classes) > 1 else None
        self._models: dict[int, constriction.stream.model.Categorical] = {}

    def encode(self, symbols: np.ndarray) -> bytes:
        """Raises InputError for another number of channels or symbols beyond +-2**30."""
        vectors = self._vectors(symbols)
        classes = self.tables.classify(vectors)
        encoder = constriction.stream.queue.RangeEncoder()
        if self._classes:
            encoder.encode(classes.astype(np.int32), self._classes)
        places = self.tables.places(vectors, classes).astype(np.int32).ravel()
        escaped = []
        for table, members in self._groups(classes):
            coded = places[members]
            encoder.encode(coded, self._model(table))
            escaped.append(members[coded == self.tables.bank.escapes[table]])
        escapes = np.concatenate(escaped)
        _encode_escapes(encoder, (vectors - self.tables.offsets[classes]).ravel()[escapes])
        return encoder.get_compressed().astype("<u4").tobytes()

    def decode(self, payload: bytes, shape: tuple[int, ...]) -> np.ndarray:
        """int32 symbols of `shape` [N, ..., C].

        Raises InputError for a payload that no encoder wrote. Not every damage can be seen
        here: the container's checksum sees the rest.
        """
        if len(payload) % 4:
            raise _damaged(f"{len(payload)} bytes, no whole number of 32-bit words")
        words = np.frombuffer(payload, "<u4").astype(np.uint32)
        decoder = constriction.stream.queue.RangeDecoder(words)
        count, bank = int(np.prod(shape[:-1])), self.tables.bank
        symbols, escaped = np.empty(count * shape[-1], np.int32), []
        try:
            classes = np.zeros(count, np.int64)
            if self._classes:
                classes[:] = decoder.decode(self._classes, count)
            for table, members in self._groups(classes):
                places = decoder.decode(self._model(table), len(members))
                symbols[members] = places + np.int32(bank.minimums[table])
                escaped.append(members[places == bank.escapes[table]])
            escapes = np.concatenate(escaped)
            symbols[escapes] = _decode_escapes(decoder, len(escapes))
        except AssertionError:  # of constriction, which names neither the file nor the place
            raise _damaged("one that no encoder wrote") from None
        vectors = symbols.reshape(count, shape[-1])
        vectors += self.tables.offsets[classes].astype(np.int32)
        return vectors.reshape(shape)

    def bits(self, symbols: np.ndarray) -> np.ndarray:
        """What `encode` spends on each vector of int symbols [..., C]: float [...]."""
        vectors = self._vectors(symbols)
        classes = self.tables.classify(vectors)
        costs = self.tables.costs(vectors, classes).astype(np.float64)
        escapes = self.tables.bank.escapes[self.tables.index[classes]]
        escaped = self.tables.places(vectors, classes) == escapes
        values = (vectors - self.tables.offsets[classes])[escaped]
        costs[escaped] += np.log2(LONGEST) + _gamma(values)[1]
        of_classes = PRECISION - np.log2(self.tables.classes)[classes]
        return (costs.sum(axis=1) + of_classes).reshape(symbols.shape[:-1])

    def _groups(self, classes) -> Iterator[tuple[int, np.ndarray]]:
        """(table, places in the flat symbols that it codes), by table and in their order."""
        index = self.tables.index[classes].astype(np.uint16).ravel()
        order = np.argsort(index, kind="stable")
        grouped = index[order]
        bounds = [0, *(np.flatnonzero(np.diff(grouped)) + 1).tolist(), len(grouped)]
        for start, end in itertools.pairwise(bounds):
            yield int(grouped[start]), order[start:end]

    def _model(self, table):
        if table not in self._models:
            self._models[table] = _model(self.tables.bank.frequencies[table])
        return self._models[table]

    def _vectors(self, symbols):
        """[N, ..., C] -> int64 [M, C]."""
        channels = len(self.tables.widths)
        if symbols.shape[-1] != channels:
            raise InputError(f"symbols of {channels} channels", symbols.shape, "Use the codec's.")
        vectors = symbols.astype(np.int64).reshape(-1, channels)
        if np.abs(vectors).max(initial=0) > SYMBOL_LIMIT:
            raise InputError(
                f"symbols within +-{SYMBOL_LIMIT}",
                int(np.abs(vectors).max()),
                "The network's latents are far out of range: train it again.",
            )
        return vectors


def _model(frequencies):
    """Exact in float32: the frequencies are integers over a power of two."""
    probabilities = (frequencies / 2**PRECISION).astype(np.float32)
    return constriction.stream.model.Categorical(probabilities, perfect=False)


def _gamma(values):
    """The positive numbers that stand for `values`, and their bits below the leading one."""
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
    """Places, alphabets and presence of the digits below the leading bit: at most 16 bits each."""
    low, high = np.minimum(bits, 16), np.maximum(bits - 16, 0)
    return (0, 1 << low, low > 0), (16, 1 << high, high > 0)


def _damaged(what):
    return InputError("a payload of this codec", what, "The file is damaged: get it again.")
