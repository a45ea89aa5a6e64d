"""Latents <-> symbols <-> payload, with frozen tables (constriction)."""

import math
from collections.abc import Callable
from typing import Any, Protocol

import constriction
import numpy as np

from image_compressor.codec.grouped import GroupedCoder, model
from image_compressor.codec.tables import PRECISION, SYMBOL_LIMIT, Tables
from image_compressor.errors import InputError

HELD = 64  # bits that a range decoder has read ahead, or makes up behind the end


class LatentCoder(Protocol):
    """What a codec needs of a coder; its symbols are an int array, or become one by np.asarray."""

    def quantise(self, latents: np.ndarray) -> Any:
        """Float latents [N, ..., C] -> symbols."""

    def dequantise(self, symbols: Any) -> np.ndarray:
        """Symbols -> float32 latents [N, ..., C]."""

    def encode(self, symbols: Any) -> bytes: ...

    def decode(self, payload: bytes, shape: tuple[int, ...]) -> Any:
        """The symbols of latents of `shape` [N, ..., C]. Raises InputError for damaged payloads."""

    def least_bits(self, shape: tuple[int, ...]) -> float:
        """The fewest bits that latents of `shape` can take, whatever they are."""

    def bits(self, symbols: Any) -> np.ndarray:
        """What `encode` spends: float [N, ...], to be summed over all axes but the first."""


class Coder:
    """Codes int symbols [N, ..., C]: latent vectors of C channels.

    First the class of every vector, then all symbols, as GroupedCoder has it.

    Example: 512 images of 50 symbols make one payload; it ends about 2 bytes over its entropy.
    """

    def __init__(self, tables: Tables):
        self.tables = tables
        self._classes = model(tables.classes) if len(tables.classes) > 1 else None
        self._grouped = GroupedCoder(tables.bank)
        symbols = tables.bank.least[tables.index].sum(axis=1, dtype=np.float64)
        self._least = float((symbols + PRECISION - np.log2(tables.classes)).min())

    def quantise(self, latents: np.ndarray) -> np.ndarray:
        """Float latents [..., C] -> int32 symbols, see `Tables.quantise`."""
        return self.tables.quantise(latents)

    def dequantise(self, symbols: np.ndarray) -> np.ndarray:
        """int symbols [..., C] -> float32 latents: multiples of the widths."""
        return symbols * self.tables.widths

    def encode(self, symbols: np.ndarray) -> bytes:
        """Raises InputError for another number of channels or symbols beyond +-2**30."""
        vectors = self._vectors(symbols)
        classes = self.tables.classify(vectors)
        encoder = constriction.stream.queue.RangeEncoder()
        if self._classes:
            encoder.encode(classes.astype(np.int32), self._classes)
        values = vectors - self.tables.offsets[classes]
        self._grouped.encode(encoder, values.ravel(), self.tables.index[classes].ravel())
        return payload_of(encoder)

    def decode(self, payload: bytes, shape: tuple[int, ...]) -> np.ndarray:
        """int32 symbols of `shape` [N, ..., C].

        Raises InputError for a payload that no encoder wrote. Not every damage can be seen
        here: the container's checksum sees the rest.
        """
        return decoded(payload, self.least_bits(shape), lambda read: self._decode(read, shape))

    def least_bits(self, shape: tuple[int, ...]) -> float:
        """Bits of vectors that are all of the cheapest class and its cheapest symbols."""
        return math.prod(shape[:-1]) * self._least

    def _decode(self, decoder, shape):
        classes = np.zeros(int(np.prod(shape[:-1])), np.int64)
        if self._classes:
            classes[:] = decoder.decode(self._classes, len(classes))
        symbols = self._grouped.decode(decoder, self.tables.index[classes].ravel())
        vectors = symbols.reshape(len(classes), shape[-1])
        vectors += self.tables.offsets[classes].astype(np.int32)
        return vectors.reshape(shape)

    def bits(self, symbols: np.ndarray) -> np.ndarray:
        """What `encode` spends on each vector of int symbols [..., C]: float [...]."""
        vectors = self._vectors(symbols)
        classes = self.tables.classify(vectors)
        values = vectors - self.tables.offsets[classes]
        costs = self._grouped.bits(values, self.tables.index[classes])
        of_classes = PRECISION - np.log2(self.tables.classes)[classes]
        return (costs.sum(axis=1) + of_classes).reshape(symbols.shape[:-1])

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


def payload_of(encoder) -> bytes:
    """What constriction's encoder has, as bytes."""
    return encoder.get_compressed().astype("<u4").tobytes()


def decoded(payload: bytes, least_bits: float, read: Callable[[Any], Any]) -> Any:
    """What `read` makes of constriction's decoder of a payload.

    Raises InputError for a payload that no encoder wrote, as one of less than `least_bits` is:
    behind its end the decoder would go on for ever.
    """
    if 8 * len(payload) + HELD < least_bits:
        raise broken(f"{len(payload)} bytes, where {least_bits / 8:,.0f} are the fewest")
    if len(payload) % 4:
        raise broken(f"{len(payload)} bytes, no whole number of 32-bit words")
    words = np.frombuffer(payload, "<u4").astype(np.uint32)
    try:
        return read(constriction.stream.queue.RangeDecoder(words))
    except AssertionError:  # of constriction, which names neither the file nor the place
        raise broken("one that no encoder wrote") from None


def broken(what: str) -> InputError:
    """The error for a payload that no encoder wrote."""
    return InputError("a payload of this codec", what, "The file is damaged: get it again.")
