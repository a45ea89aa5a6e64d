"""Symbols <-> payload: a range coder over the frozen tables (constriction)."""

import constriction
import numpy as np

from image_compressor.codec.tables import PRECISION, SYMBOL_LIMIT, Tables
from image_compressor.errors import InputError

_UNIFORM = constriction.stream.model.Uniform()
LONGEST = 32  # lengths of an escape's gamma code lie below
_LENGTHS = constriction.stream.model.Uniform(LONGEST)


class Coder:
    """Codes int symbols [N, ..., C] with the table of their channel.

    All of channel 0, then all of channel 1, ...: one call a channel and none a symbol. After
    them the escaped symbols, in the same order, in an Elias gamma code (Elias 1975) of 2n + 1
    for n >= 0 and of -2n for n < 0: all lengths, then all low and all high bits.

    Example: 256 images of 50 symbols make one payload; it ends about 2 bytes over its entropy.
    """

    def __init__(self, tables: Tables):
        self.tables = tables
        self.models = [
            # Exact in float32: the frequencies are integers over a power of two.
            constriction.stream.model.Categorical(
                (table / 2**PRECISION).astype(np.float32), perfect=False
            )
            for table in tables.frequencies
        ]

    def encode(self, symbols: np.ndarray) -> bytes:
        """Raises InputError for another number of channels or symbols beyond +-2**30."""
        columns = self._columns(symbols)
        encoder = constriction.stream.queue.RangeEncoder()
        escapes = []
        for channel, (column, model) in enumerate(zip(columns, self.models, strict=True)):
            index, escaped = self.tables.index(column, channel)
            encoder.encode(index, model)
            escapes.append(column[escaped])
        _encode_escapes(encoder, np.concatenate(escapes))
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
        length = int(np.prod(shape[:-1]))
        columns = np.empty((len(self.models), length), np.int32)
        try:
            for column, model in zip(columns, self.models, strict=True):
                column[:] = decoder.decode(model, length)
            escaped = columns == np.array([[len(t) - 1] for t in self.tables.frequencies])
            columns += self.tables.minimums.astype(np.int32)[:, None]
            columns[escaped] = _decode_escapes(decoder, int(escaped.sum()))
        except AssertionError as error:
            raise _damaged(str(error)) from None
        return np.moveaxis(columns.reshape(shape[-1:] + tuple(shape[:-1])), 0, -1)

    def bits(self, symbols: np.ndarray) -> np.ndarray:
        """What `encode` spends on each of int symbols [..., C]: float [..., C]."""
        costs = np.empty(symbols.shape)
        for channel, table in enumerate(self.tables.frequencies):
            index, escaped = self.tables.index(symbols[..., channel], channel)
            costs[..., channel] = PRECISION - np.log2(table[index])
            lengths = _gamma(symbols[..., channel][escaped])[1]
            costs[..., channel][escaped] += np.log2(LONGEST) + lengths
        return costs

    def _columns(self, symbols):
        """[N, ..., C] -> [C, N * ...]."""
        if symbols.shape[-1] != len(self.models):
            raise InputError(
                f"symbols of {len(self.models)} channels", symbols.shape, "Use the codec's own."
            )
        if symbols.size and np.abs(symbols.astype(np.int64)).max() > SYMBOL_LIMIT:
            raise InputError(
                f"symbols within +-{SYMBOL_LIMIT}",
                int(np.abs(symbols.astype(np.int64)).max()),
                "The network's latents are far out of range: train it again.",
            )
        return np.moveaxis(symbols, -1, 0).reshape(len(self.models), -1)


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
