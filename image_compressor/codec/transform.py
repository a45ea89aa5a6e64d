"""Networks, tables and coder: images <-> symbols <-> payloads, at each quality."""

from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any, NamedTuple, cast

import numpy as np

from image_compressor.codec import coder as range_coder
from image_compressor.codec.coder import Coder, LatentCoder
from image_compressor.codec.file.sections import STORED
from image_compressor.codec.frozen.hyper_tables import HyperTables
from image_compressor.codec.frozen.table_file import Qualities
from image_compressor.codec.frozen.tables import AGAIN, QUALITIES, Tables
from image_compressor.codec.guard.floors import Floors
from image_compressor.codec.hyper import HyperCoder, HyperNetworks
from image_compressor.codec.networks import AnySize, Networks
from image_compressor.codec.tiles import tiled
from image_compressor.errors import InputError
from image_compressor.images.fitting import Policy
from image_compressor.parallel import WORKERS

DEFAULT_QUALITY = 50


class Coded(NamedTuple):
    """The symbols of the images in a block that have one quality.

    Attributes:
        quality: 1..100.
        positions: int [n], the positions of the images in the block.
        symbols: of these n images: int32 [n, ..., channels], or HyperSymbols.
    """

    quality: int
    positions: np.ndarray
    symbols: Any


class Transform:
    """Images <-> symbols with a trained model, for images of one shape or of any size.

    With a model for any size, an image is padded with its last row and column to whole latents,
    and cropped when it is decoded. Threads and forked processes may share a transform, and it
    pickles.

    Args:
        networks: the encoder and the decoder.
        qualities: the tables of each quality, frozen with the networks.
        identity: 4 bytes written into every file; only a codec with the same identity reads it.
        policy: how training images were brought to one form, and how to do so with others; by
            default their size is left as it is.
        floors: what an image must keep at each quality; None if that was not measured.

    Raises InputError if tables and networks do not fit together.
    """

    def __init__(
        self,
        networks: Networks,
        qualities: Qualities,
        identity: bytes = bytes(4),
        policy: Policy | None = None,
        floors: Floors | None = None,
    ):
        self.networks, self.qualities, self.identity = networks, qualities, identity
        self.policy = policy or Policy(networks.image_shape[2])
        self.floors = floors
        # Caches a function without `self`: a reference cycle would delay freeing the networks.
        self.coder = lru_cache(maxsize=len(QUALITIES))(partial(_coder, networks, qualities))
        if len(qualities) != len(QUALITIES):
            raise InputError(f"tables for {len(QUALITIES)} qualities", len(qualities), AGAIN)
        if networks.latent_shape[-1] != len(qualities[0].widths) or (
            isinstance(qualities[0], HyperTables) and not hasattr(networks, "hyper_decode")
        ):
            raise InputError(
                f"tables for {networks.latent_shape[-1]} latent channels",
                len(qualities[0].widths),
                "Use tables and networks from one export.",
            )

    def __reduce__(self):
        own = (self.networks, self.qualities, self.identity, self.policy, self.floors)
        return type(self), own

    @property
    def any_size(self) -> bool:
        """Whether images of any size are accepted."""
        return self.networks.image_shape[0] is None

    @property
    def stride(self) -> int:
        """Pixels a latent, along an axis, where images of any size are accepted."""
        return cast(AnySize, self.networks).stride

    @property
    def ahead(self) -> int:
        """The number of blocks to process in advance: enough for all cores; only one for images of
        any size, which may be large and whose networks already use all cores."""
        return 1 if self.any_size else 2 * WORKERS

    def latent_shape(self, count: int, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape (N, ..., channels) of the latents of `count` images of `shape` (H, W, C)."""
        sizes = self.networks.latent_shape
        if self.any_size:
            sizes = (*(-(-size // self.stride) for size in shape[:2]), sizes[-1])
        return (count, *sizes)

    def tables(self, quality: int) -> Tables | HyperTables:
        """The tables of a quality. Raises InputError unless it is in 1..100."""
        return _tables(self.qualities, quality)

    def latents(self, images: np.ndarray) -> np.ndarray:
        """uint8 images [N, H, W, C] -> float latents [N, ..., channels], before rounding."""
        if not self.any_size:
            return self._latents(images)
        margins = [(0, -size % self.stride) for size in images.shape[1:3]]
        padded = np.pad(images, [(0, 0), *margins, (0, 0)], "edge")
        return tiled(self._latents, padded, self.stride, 1)

    def _latents(self, images):
        x = np.multiply(images, np.float32(1 / 255), dtype=np.float32)
        return np.asarray(self.networks.encode(x))

    def quantise(self, latents: np.ndarray, qualities: np.ndarray) -> list[Coded]:
        """The symbols for latents [n, ..., C] at the quality of each image, uint8 [n].

        Images with the quality STORED have none.
        """
        return [
            Coded(quality, positions, self.coder(quality).quantise(latents[positions]))
            for quality, positions in _groups(qualities)
        ]

    def rebuild(
        self, coded: list[Coded], count: int, size: tuple[int, ...] | None = None
    ) -> np.ndarray:
        """The images of a block of `count`, uint8 [count, H, W, C]; STORED ones are anything.

        Args:
            size: (H, W) to which images of any size are cropped; by default they are not.
        """
        latents = [(each, self.coder(each.quality).dequantise(each.symbols)) for each in coded]
        if len(latents) == 1 and len(coded[0].positions) == count:
            return self.decoded(latents[0][1], size)
        shape = latents[0][1].shape[1:]
        y_hat = np.zeros((count, *shape), np.float32)
        for each, values in latents:
            y_hat[each.positions] = values
        return self.decoded(y_hat, size)

    def pack(self, coded: list[Coded]) -> bytes:
        """The payload of a block."""
        return range_coder.pack([(self.coder(each.quality), each.symbols) for each in coded])

    def unpack(self, payload: bytes, qualities: np.ndarray, shape: tuple[int, ...]) -> list[Coded]:
        """The symbols in a payload, for the quality of each image and the images' shape (H, W, C).

        Raises InputError for a payload that no encoder wrote.
        """
        groups = list(_groups(qualities))
        shapes = [self.latent_shape(len(positions), shape) for _, positions in groups]
        coders = [self.coder(quality) for quality, _ in groups]
        found = range_coder.unpack(payload, list(zip(coders, shapes, strict=True)))
        return [Coded(*group, each) for group, each in zip(groups, found, strict=True)]

    def encode(self, images: np.ndarray, quality: int = DEFAULT_QUALITY) -> Any:
        """uint8 images [N, H, W, C] -> symbols: int32 [N, ..., channels], or HyperSymbols."""
        return self.coder(quality).quantise(self.latents(images))

    def decode(
        self, symbols: Any, quality: int = DEFAULT_QUALITY, size: tuple[int, ...] | None = None
    ) -> np.ndarray:
        """Symbols -> uint8 images [N, H, W, C]; see `rebuild` for the size."""
        return self.decoded(self.coder(quality).dequantise(symbols), size)

    def bits(self, images: np.ndarray, quality: int = DEFAULT_QUALITY) -> np.ndarray:
        """The bits of uint8 images [N, H, W, C] according to the tables: float [N]."""
        symbols = self.encode(images, quality)
        return self.coder(quality).bits(symbols).reshape(len(images), -1).sum(axis=1)

    def decoded(self, y_hat: np.ndarray, size: tuple[int, ...] | None = None) -> np.ndarray:
        """float32 quantised latents -> uint8 images [N, H, W, C]; see `rebuild` for the size."""
        if not self.any_size:
            return self._images(y_hat)
        images = tiled(self._images, y_hat, 1, self.stride)
        return images if size is None else images[:, : size[0], : size[1]]

    def _images(self, y_hat):
        images = np.asarray(self.networks.decode(y_hat))
        return (images * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def symbols_of(coded: list[Coded]) -> np.ndarray:
    """All symbols of a block, in the order in which they are coded: int32."""
    parts = [np.asarray(each.symbols, np.int32).ravel() for each in coded]
    return np.concatenate(parts) if parts else np.empty(0, np.int32)


def _groups(qualities) -> Iterator[tuple[int, np.ndarray]]:
    """(quality, positions of its images), in the order in which they are coded."""
    for quality in np.unique(qualities).tolist():
        if quality != STORED:
            yield quality, np.flatnonzero(qualities == quality)


def _tables(qualities, quality):
    whole = isinstance(quality, int | np.integer) and not isinstance(quality, bool)
    if not whole or quality not in QUALITIES:
        raise InputError("a quality of 1 to 100", repr(quality), "Choose a whole number.")
    return qualities[quality - 1]


def _coder(networks, qualities, quality) -> LatentCoder:
    tables = _tables(qualities, quality)
    if isinstance(tables, HyperTables):
        return HyperCoder(cast(HyperNetworks, networks), tables)
    return Coder(tables)
