"""Does what was written compute what the Keras networks compute?

It does where symbols are equal, but for those at a rounding tie, and pixels are within one level
of 255. Sums of floats in another order differ in their last bits, so a latent that is as near to
the middle between two symbols as TIE may be rounded either way.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.codec.exported import NETWORKS
from image_compressor.codec.hyper import HyperSymbols
from image_compressor.errors import InputError
from image_compressor.export.trained_model import TrainedModel

QUALITIES = (1, 50, 100)  # at which symbols and pixels are compared
TIE = 1e-3  # of the distance between two symbols, and
RELATIVE_TIE = 1e-5  # of the symbol
LEVELS = 1  # of 255
FLIPPED = 0.05

Network = Callable[[np.ndarray], np.ndarray]  # float32 [N, ...] -> float32 [N, ...]


class SymbolCodec(Protocol):
    """The part of a Codec that every format has."""

    def encode(self, images: np.ndarray, quality: int) -> np.ndarray:
        """uint8 images [N, H, W, C] -> int32 symbols [N, ..., channels]."""

    def decode(self, symbols: np.ndarray, quality: int) -> np.ndarray:
        """int32 symbols -> uint8 images."""


class WrittenNetworks:
    """`codec.networks.Networks` out of the networks of any format, by their names."""

    def __init__(self, networks: Mapping[str, Network], trained: TrainedModel):
        expected = trained.compressor.networks
        self.image_shape, self.latent_shape = expected.image_shape, expected.latent_shape
        self.encode, self._decoder, *hyper = (networks[n] for n in NETWORKS if n in networks)
        if self.image_shape[0] is None:
            self.stride = expected.stride
        if hyper:
            self.hyper_encode, self.hyper_decode = hyper
            self.hyper_stride = expected.hyper_stride

    def decode(self, y_hat):
        return np.clip(self._decoder(y_hat.astype(np.float32)), 0, 1)


def check_networks(name: str, networks: Mapping[str, Network], trained: TrainedModel) -> None:
    """Raises InputError unless networks compute what those of `trained` do on its images.

    Args:
        name: of their format.
    """
    check_codec(name, Codec(WrittenNetworks(networks, trained), trained.qualities), trained)
    if trained.full:
        check_full(name, networks["full"], trained)


def check_codec(name: str, written: SymbolCodec, trained: TrainedModel) -> None:
    """The same for what encodes to symbols and decodes them."""
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
    """Latents as near as a tie is; what the hyper-decoder tells, equal to the last bit."""
    widths = expected.tables(quality).widths
    latents = expected.latents(images) / widths
    far = np.abs(written.latents(images) / widths - latents) > TIE + RELATIVE_TIE * np.abs(latents)
    if far.any():
        raise _disagreement(name, "the latents", f"{far.sum()} of {far.size} others")
    symbols = expected.encode(images, quality)
    decoded = written.coder(quality).decode(expected.coder(quality).encode(symbols), latents.shape)
    for one, other in zip(symbols.panels, decoded.panels, strict=True):
        for told in ("means", "places", "z", "y"):
            if not np.array_equal(getattr(one, told), getattr(other, told)):
                raise _disagreement(name, f"the {told} of the hyper-decoder", "others")


def check_pixels(name: str, written: np.ndarray, expected: np.ndarray) -> None:
    """Raises InputError where uint8 images differ by more than LEVELS."""
    difference = np.abs(written.astype(int) - expected.astype(int)).max()
    if difference > LEVELS:
        raise _disagreement(name, f"the pixels, within {LEVELS},", f"some {difference} apart")


def check_full(name: str, network: Network, trained: TrainedModel) -> None:
    """The same for what reconstructs images at once, at middle quality.

    Another symbol changes many pixels. So where an image has a latent at a tie they may be further
    apart, but not those of more than FLIPPED of all images.
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
        "Leave this format out of export.formats, or report the architecture as a bug.",
    )
