"""Latents <-> symbols <-> payload, range-coded with frozen tables by constriction."""

import math
from collections.abc import Callable
from typing import Any, Protocol

import constriction
import numpy as np

from image_compressor.codec.grouped import GroupedCoder, model
from image_compressor.codec.tables import PRECISION, SYMBOL_LIMIT, Tables
from image_compressor.errors import InputError

HELD = 64  # bits that a range decoder has read ahead, or invents after the end


class LatentCoder(Protocol):
    """The interface of a coder; np.asarray makes an int array of its symbols."""

    def quantise(self, latents: np.ndarray) -> Any:
        """Float latents [N, ..., C] -> symbols."""

    def dequantise(self, symbols: Any) -> np.ndarray:
        """Symbols -> float32 latents [N, ..., C]."""

    def encode(self, symbols: Any) -> bytes: ...

    def decode(self, payload: bytes, shape: tuple[int, ...]) -> Any:
        """The symbols for latents of `shape` [N, ..., C]. Raises InputError if it is damaged."""

    def least_bits(self, shape: tuple[int, ...]) -> float:
        """The fewest bits that any latents of `shape` can take."""

    def bits(self, symbols: Any) -> np.ndarray:
        """The bits that `encode` spends: float [N, ...]; sum over all axes but the first."""


class Coder:
    """Codes int symbols [N, ..., C]: latent vectors of C channels.

    The payload has the class of every vector first, then all symbols in `GroupedCoder`'s order.

    Example: 512 images of 50 symbols make one payload, about 2 bytes longer than its entropy.
    """

    def __init__(self, tables: Tables):
        self.tables = tables
        self._classes = model(tables.classes) if len(tables.classes) > 1 else None
        self._grouped = GroupedCoder(tables.bank)
        symbols = tables.bank.least[tables.index].sum(axis=1, dtype=np.float64)
        self._least = float((symbols + PRECISION - np.log2(tables.classes)).min())

    def quantise(self, latents: np.ndarray) -> np.ndarray:
        """Float latents [..., C] -> int32 symbols: see `Tables.quantise`."""
        return self.tables.quantise(latents)

    def dequantise(self, symbols: np.ndarray) -> np.ndarray:
        """int symbols [..., C] -> float32 latents: multiples of the widths."""
        return symbols * self.tables.widths

    def encode(self, symbols: np.ndarray) -> bytes:
        """The payload. Raises InputError for other channels and for symbols beyond +-2**30."""
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

        Raises InputError for a payload that no encoder wrote. Not all damage shows here: the
        container's checksum detects the rest.
        """
        return decoded(payload, self.least_bits(shape), lambda read: self._decode(read, shape))

    def least_bits(self, shape: tuple[int, ...]) -> float:
        """The bits of vectors that all have the cheapest class and its cheapest symbols."""
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
        """The bits that `encode` spends on each vector of int symbols [..., C]: float [...]."""
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
    """The bytes that a constriction encoder has produced."""
    return encoder.get_compressed().astype("<u4").tobytes()


def decoded(payload: bytes, least_bits: float, read: Callable[[Any], Any]) -> Any:
    """The result of `read`, called with a constriction decoder for the payload.

    Raises InputError for a payload that no encoder wrote. A payload of less than `least_bits` is
    refused at once, because the decoder would invent symbols after its end without limit.
    """
    if 8 * len(payload) + HELD < least_bits:
        raise broken(f"{len(payload)} bytes, where {least_bits / 8:,.0f} are the fewest")
    if len(payload) % 4:
        raise broken(f"{len(payload)} bytes, not a whole number of 32-bit words")
    words = np.frombuffer(payload, "<u4").astype(np.uint32)
    try:
        return read(constriction.stream.queue.RangeDecoder(words))
    except AssertionError:  # constriction's own message names no file
        raise broken("one that no encoder wrote") from None


def broken(what: str) -> InputError:
    """The error for a payload that no encoder wrote."""
    return InputError("a payload of this codec", what, "The file is damaged: get it again.")
