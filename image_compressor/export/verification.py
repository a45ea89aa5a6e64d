"""Verifies that exported files compute the same as the Keras networks.

They do if all symbols are equal, except at rounding ties, and pixels differ by at most one level
of 255. Sums of floats in another order differ in their last bits, so a latent within TIE of the
middle between two symbols may be rounded either way.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.codec.exported import NETWORKS
from image_compressor.codec.hyper import HyperSymbols
from image_compressor.errors import InputError
from image_compressor.export.trained_model import TrainedModel

QUALITIES = (1, 50, 100)  # to compare
TIE = 1e-3  # of the distance between two symbols, and
RELATIVE_TIE = 1e-5  # of the symbol
LEVELS = 1  # of 255
FLIPPED = 0.05

Network = Callable[[np.ndarray], np.ndarray]  # float32 [N, ...] -> float32 [N, ...]


class SymbolCodec(Protocol):
    """Methods of a Codec that every format has."""

    def encode(self, images: np.ndarray, quality: int) -> np.ndarray:
        """Encodes uint8 images [N, H, W, C] as int32 symbols [N, ..., channels]."""

    def decode(self, symbols: np.ndarray, quality: int) -> np.ndarray:
        """Decodes int32 symbols to uint8 images."""


class WrittenNetworks:
    """A `codec.networks.Networks` made of networks in any format, by the names of their files."""

    def __init__(self, networks: Mapping[str, Network], trained: TrainedModel):
        expected = trained.compressor.networks
        self.image_shape, self.latent_shape = expected.image_shape, expected.latent_shape
        self.encode, self._decoder, *hyper = (networks[n] for n in NETWORKS if n in networks)
        if self.image_shape[0] is None:
            self.stride = expected.stride
        if hyper:
            self.hyper_stride = expected.hyper_stride
            self.hyper_encode, self.hyper_decode = hyper

    def decode(self, y_hat):
        return np.clip(self._decoder(y_hat.astype(np.float32)), 0, 1)


def check_networks(name: str, networks: Mapping[str, Network], trained: TrainedModel) -> None:
    """Raises InputError unless networks compute the same as those of `trained` on its images.

    Args:
        name: name of their format.
    """
    check_codec(name, Codec(WrittenNetworks(networks, trained), trained.qualities), trained)
    if trained.full:
        check_full(name, networks["full"], trained)


def check_codec(name: str, written: SymbolCodec, trained: TrainedModel) -> None:
    """Raises InputError unless a codec's symbols and pixels match those of `trained`."""
    expected, images = trained.codec, trained.images
    for quality in QUALITIES:
        symbols = expected.encode(images, quality)
        if isinstance(written, Codec) and isinstance(symbols, HyperSymbols):
            _check_hyper(name, written, expected, images, quality)
        else:
            tie = _ties(expected.latents(images), expected.tables(quality).widths)
            wrong = (written.encode(images, quality) != symbols) & ~tie
            if wrong.any():
                raise _disagreement(name, "the symbols", f"{wrong.sum()} of {wrong.size} others")
        check_pixels(name, written.decode(symbols, quality), expected.decode(symbols, quality))


def _check_hyper(name, written, expected, images, quality):
    """Checks that latents agree within a tie, and that hyper-decoders agree to the last bit."""
    widths = expected.tables(quality).widths
    latents = expected.latents(images) / widths
    # Rounding errors grow with what is added up, whether a single latent is large or not.
    typical = max(1.0, float(np.sqrt(np.square(latents).mean())))
    apart = np.abs(written.latents(images) / widths - latents)
    far = apart > TIE * typical + RELATIVE_TIE * np.abs(latents)
    if far.any():
        raise _disagreement(name, "the latents", f"{far.sum()} of {far.size} others")
    symbols = expected.encode(images, quality)
    decoded = written.coder(quality).decode(expected.coder(quality).encode(symbols), latents.shape)
    for ours, theirs in zip(symbols.panels, decoded.panels, strict=True):
        for output in ("means", "positions", "z", "y"):
            if not np.array_equal(getattr(ours, output), getattr(theirs, output)):
                raise _disagreement(name, f"the {output} of the hyper-decoder", "other values")


def check_pixels(name: str, written: np.ndarray, expected: np.ndarray) -> None:
    """Raises InputError if uint8 images differ by more than LEVELS."""
    difference = np.abs(written.astype(int) - expected.astype(int)).max()
    if difference > LEVELS:
        raise _disagreement(name, f"the pixels, within {LEVELS},", f"some {difference} apart")


def check_full(name: str, network: Network, trained: TrainedModel) -> None:
    """Raises InputError unless a full network reconstructs the same images at middle quality.

    A different symbol changes many pixels, so pixels may differ more in images with a latent at a
    tie, but at most a share FLIPPED of all pixels.
    """
    generator = trained.generator
    x = trained.images / np.float32(255)
    y = np.asarray(generator.encode(x))
    widths = np.asarray(generator.rates.widths(np.full(1, 0.5, np.float32)))
    tied = _ties(y, widths[0]).reshape(len(x), -1).any(axis=1)
    written, expected = (np.rint(255 * np.asarray(part(x))) for part in (network, generator))
    apart = np.abs(written - expected) > LEVELS
    if apart[~tied].any() or apart.mean() > FLIPPED:
        received = f"{apart.mean():.2%} of them further apart"
        raise _disagreement(name, f"the pixels of the full network, within {LEVELS},", received)


def _ties(latents, widths):
    symbols = np.abs(latents / widths)
    return np.abs(symbols % 1 - 0.5) < TIE + RELATIVE_TIE * symbols


def _disagreement(name, what, received):
    return InputError(
        f"{what} of the Keras networks from the {name} export",
        received,
        "Remove this format from export.formats, or report the architecture as a bug.",
    )
