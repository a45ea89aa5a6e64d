"""Codes latents with means and scales that a hyperprior predicts from a few numbers sent first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from image_compressor.codec.coder import HELD, LatentCoder, broken
from image_compressor.codec.frozen.hyper_tables import (
    HYPER_LIMIT,
    MEAN_STEPS,
    PRICE,
    SCALES,
    HyperTables,
)
from image_compressor.codec.frozen.tables import in_bins
from image_compressor.codec.grouped import GroupedCoder

PANEL = 64  # latents along an axis that share hyper-latents; bounds memory


class HyperNetworks(Protocol):
    """The two networks of a hyperprior, for one image at a time."""

    @property
    def hyper_stride(self) -> int: ...  # latents a hyper-latent, along an axis

    def hyper_encode(self, bins: np.ndarray) -> Any:
        """float32 latents [1, h, w, C], in bins, -> float hyper-latents [1, h', w', D]."""

    def hyper_decode(self, z_hat: np.ndarray) -> Any:
        """float32 whole numbers [1, h', w', D] -> whole numbers [1, h, w, 2C]: means, in
        1/MEAN_STEPS of a bin, and positions in SCALES. Every machine gives the same result."""


@dataclass(frozen=True)
class Panel:
    """A part of an image.

    Attributes:
        z: int32 hyper-latents [h', w', D].
        y: int32 symbols [h, w, C].
        means: int16 [h, w, C], predicted from z, in 1/MEAN_STEPS of a bin.
        positions: uint8 [h, w, C], predicted from z: positions in SCALES.
    """

    z: np.ndarray
    y: np.ndarray
    means: np.ndarray
    positions: np.ndarray


@dataclass(frozen=True)
class HyperSymbols:
    """Symbols for latents of `shape` [N, h, w, C], in panels in the order of `_panels`.

    As an array: all coded numbers, in order.
    """

    shape: tuple[int, ...]
    panels: list[Panel]

    def __len__(self):
        return self.shape[0]

    def __array__(self, dtype=None, copy=None):
        parts = [part.ravel() for panel in self.panels for part in (panel.z, panel.y)]
        return np.concatenate(parts).astype(dtype or np.int32)


class HyperCoder(LatentCoder):
    """Codes each panel's hyper-latents, then its symbols by their scales."""

    def __init__(self, networks: HyperNetworks, tables: HyperTables):
        self.networks, self.tables = networks, tables
        self._grouped = GroupedCoder(tables.bank)
        self._least = tables.bank.least
        self._dead_zones = self._zones()

    def quantise(self, latents: np.ndarray) -> HyperSymbols:
        """Float latents [N, h, w, C] -> the nearest symbols, but 0 instead of 1 or -1 where the
        saved bits outweigh the error. Raises InputError beyond SYMBOL_LIMIT."""
        bins = in_bins(latents, self.tables.widths)
        return HyperSymbols(latents.shape, [self._quantise(bins[p]) for p in _panels(bins.shape)])

    def dequantise(self, symbols: HyperSymbols) -> np.ndarray:
        """Symbols -> float32 latents: means plus symbols, times the widths of the bins."""
        latents = np.empty(symbols.shape, np.float32)
        for index, panel in zip(_panels(symbols.shape), symbols.panels, strict=True):
            bins = panel.y + panel.means * np.float32(1 / MEAN_STEPS)
            latents[index] = bins * self.tables.widths
        return latents

    def write(self, encoder: Any, symbols: HyperSymbols) -> None:
        """Appends them. `quantise` has checked the symbols, so this never fails."""
        for panel in symbols.panels:
            for numbers, index in self._coded(panel):
                self._grouped.encode(encoder, numbers.ravel().astype(np.int64), index.ravel())

    def read(self, decoder: Any, shape: tuple[int, ...]) -> HyperSymbols:
        """Symbols for latents of `shape`. Raises InputError if the payload ends too early."""
        panels = []
        for index in _panels(shape):
            size = (*_size(index), shape[-1])
            if decoder.maybe_exhausted() and self.least_bits((1, *size)) > HELD:
                raise broken("one that ends before its image does")
            panels.append(self._read(decoder, size))
        return HyperSymbols(shape, panels)

    def least_bits(self, shape: tuple[int, ...]) -> float:
        """The bits of the cheapest hyper-latents and of the cheapest symbols at any scale."""
        count, height, width, channels = shape
        stride, depth, least = self.networks.hyper_stride, self.tables.hyper_channels, self._least
        z = -(-height // stride) * -(-width // stride) * float(least[:depth].sum())
        return count * (z + height * width * channels * float(least[depth:].min()))

    def bits(self, symbols: HyperSymbols) -> np.ndarray:
        """The bits that `write` spends on each image: float [N]."""
        each = [
            sum(self._grouped.bits(*coded).sum() for coded in self._coded(panel))
            for panel in symbols.panels
        ]
        return np.reshape(each, (len(symbols), -1)).sum(axis=1)

    def _quantise(self, bins):
        height, width = bins.shape[:2]
        stride = self.networks.hyper_stride
        margins = ((0, -height % stride), (0, -width % stride), (0, 0))
        padded = np.pad(bins, margins).astype(np.float32)[None]
        z = np.rint(self.networks.hyper_encode(padded))[0]
        z = np.clip(z, -HYPER_LIMIT, HYPER_LIMIT).astype(np.int32)
        means, positions = self._predicted(z, height, width)
        residuals = bins - means * np.float32(1 / MEAN_STEPS)
        symbols = np.rint(residuals).astype(np.int32)
        symbols[np.abs(residuals) < self._dead_zones[positions]] = 0
        return Panel(z, symbols, means, positions)

    def _read(self, decoder, shape):
        height, width, _ = shape
        stride, depth = self.networks.hyper_stride, self.tables.hyper_channels
        hyper_shape = (-(-height // stride), -(-width // stride), depth)
        index = np.broadcast_to(np.arange(depth), hyper_shape)
        z = self._grouped.decode(decoder, index.ravel()).reshape(hyper_shape)
        # Only a damaged payload exceeds the limit, and it fails the checksum later.
        z = np.clip(z, -HYPER_LIMIT, HYPER_LIMIT)
        means, positions = self._predicted(z, height, width)
        symbols = self._grouped.decode(decoder, self._index(positions).ravel())
        return Panel(z, symbols.reshape(shape), means, positions)

    def _predicted(self, z, height, width):
        """(means, positions in SCALES), each [height, width, C]."""
        output = np.asarray(self.networks.hyper_decode(z[None].astype(np.float32)))
        means, positions = np.split(output[0, :height, :width], 2, axis=-1)
        limit = 2**15 - 1
        means = np.clip(means, -limit, limit).astype(np.int16)
        return means, np.clip(positions, 0, len(SCALES) - 1).astype(np.uint8)

    def _coded(self, panel) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """(numbers, table of each number), in coding order."""
        yield panel.z, np.broadcast_to(np.arange(self.tables.hyper_channels), panel.z.shape)
        yield panel.y, self._index(panel.positions)

    def _zones(self):
        """The threshold for each of SCALES, in bins, below which a residual r rounds to 0: there
        r^2 + PRICE * bits(0) is less than (|r| - 1)^2 + PRICE * bits(1)."""
        positions = np.arange(len(SCALES))
        zero, one = (self._grouped.bits(0 * positions + n, self._index(positions)) for n in (0, 1))
        return 0.5 + PRICE / 2 * (one - zero)

    def _index(self, positions):
        return self.tables.hyper_channels + positions.astype(np.int64)


def _panels(shape):
    """The index of each panel in latents [N, h, w, C], by image, then row, then column."""
    return [
        (number, slice(top, min(top + PANEL, shape[1])), slice(left, min(left + PANEL, shape[2])))
        for number in range(shape[0])
        for top in range(0, shape[1], PANEL)
        for left in range(0, shape[2], PANEL)
    ]


def _size(index):
    """(height, width) of the panel with this index."""
    return tuple(part.stop - part.start for part in index[1:])
