"""Latents <-> symbols <-> payload, range-coded with frozen tables by constriction."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import constriction
import numpy as np

from image_compressor.codec.frozen.tables import PRECISION, SYMBOL_LIMIT, Tables
from image_compressor.codec.grouped import GroupedCoder, model
from image_compressor.errors import DamagedFileError, InputError

HELD = 64  # bits that a range decoder has read ahead, or invents after the end


class LatentCoder(ABC):
    """The interface of a coder; np.asarray makes an int array of its symbols."""

    @abstractmethod
    def quantise(self, latents: np.ndarray) -> Any:
        """Float latents [N, ..., C] -> symbols."""

    @abstractmethod
    def dequantise(self, symbols: Any) -> np.ndarray:
        """Symbols -> float32 latents [N, ..., C]."""

    @abstractmethod
    def write(self, encoder: Any, symbols: Any) -> None:
        """Appends the symbols to a constriction encoder."""

    @abstractmethod
    def read(self, decoder: Any, shape: tuple[int, ...]) -> Any:
        """The symbols for latents of `shape` [N, ..., C], from a constriction decoder."""

    @abstractmethod
    def least_bits(self, shape: tuple[int, ...]) -> float:
        """The fewest bits that any latents of `shape` can take."""

    @abstractmethod
    def bits(self, symbols: Any) -> np.ndarray:
        """The bits that `write` spends: float [N, ...]; sum over all axes but the first."""

    def encode(self, symbols: Any) -> bytes:
        """The payload with these symbols alone."""
        return pack([(self, symbols)])

    def decode(self, payload: bytes, shape: tuple[int, ...]) -> Any:
        """The symbols for latents of `shape`, see `unpack`."""
        return unpack(payload, [(self, shape)])[0]


def pack(groups: Iterable[tuple[LatentCoder, Any]]) -> bytes:
    """The payload with the symbols of each coder."""
    encoder = constriction.stream.queue.RangeEncoder()
    for coder, symbols in groups:
        coder.write(encoder, symbols)
    return encoder.get_compressed().astype("<u4").tobytes()


def unpack(payload: bytes, groups: Sequence[tuple[LatentCoder, tuple[int, ...]]]) -> list[Any]:
    """The symbols of each coder, for latents of its shape [N, ..., C].

    Raises InputError for a payload that no encoder wrote. Not all damage shows here: the
    container's checksum detects the rest. A payload with fewer bits than the symbols take at least
    is refused at once, because the decoder would invent symbols after its end without limit.
    """
    least = sum(coder.least_bits(shape) for coder, shape in groups)
    if 8 * len(payload) + HELD < least:
        raise broken(f"{len(payload)} bytes, where {least / 8:,.0f} are the fewest")
    if len(payload) % 4:
        raise broken(f"{len(payload)} bytes, not a whole number of 32-bit words")
    words = np.frombuffer(payload, "<u4").astype(np.uint32)
    try:
        decoder = constriction.stream.queue.RangeDecoder(words)
        return [coder.read(decoder, shape) for coder, shape in groups]
    except AssertionError:  # constriction's own message names no file
        raise broken("one that no encoder wrote") from None


class Coder(LatentCoder):
    """Codes int symbols [N, ..., C]: latent vectors of C channels.

    The class of every vector comes first, then all symbols in `GroupedCoder`'s order.

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

    def write(self, encoder: Any, symbols: np.ndarray) -> None:
        """Appends them. Raises InputError for other channels and for symbols beyond +-2**30."""
        vectors = self._vectors(symbols)
        classes = self.tables.classify(vectors)
        if self._classes:
            encoder.encode(classes.astype(np.int32), self._classes)
        values = vectors - self.tables.offsets[classes]
        self._grouped.encode(encoder, values.ravel(), self.tables.index[classes].ravel())

    def read(self, decoder: Any, shape: tuple[int, ...]) -> np.ndarray:
        """int32 symbols of `shape` [N, ..., C]."""
        classes = np.zeros(int(np.prod(shape[:-1])), np.int64)
        if self._classes:
            classes[:] = decoder.decode(self._classes, len(classes))
        symbols = self._grouped.decode(decoder, self.tables.index[classes].ravel())
        vectors = symbols.reshape(len(classes), shape[-1])
        vectors += self.tables.offsets[classes].astype(np.int32)
        return vectors.reshape(shape)

    def least_bits(self, shape: tuple[int, ...]) -> float:
        """The bits of vectors that all have the cheapest class and its cheapest symbols."""
        return math.prod(shape[:-1]) * self._least

    def bits(self, symbols: np.ndarray) -> np.ndarray:
        """The bits that `write` spends on each vector of int symbols [..., C]: float [...]."""
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


def broken(what: str) -> DamagedFileError:
    """The error for a payload that no encoder wrote."""
    fix = "The file is damaged: get it again."
    return DamagedFileError("a payload of this codec", what, fix)
