"""Networks, tables and coder: images <-> symbols <-> payloads, at each quality."""

from functools import lru_cache, partial
from typing import Any, cast

import numpy as np

from image_compressor.codec.coder import Coder, LatentCoder
from image_compressor.codec.hyper import HyperCoder, HyperNetworks
from image_compressor.codec.hyper_tables import HyperTables
from image_compressor.codec.networks import AnySize, Networks
from image_compressor.codec.table_file import Qualities
from image_compressor.codec.tables import AGAIN, QUALITIES, Tables
from image_compressor.codec.tiles import tiled
from image_compressor.errors import InputError
from image_compressor.images.fitting import Policy
from image_compressor.parallel import WORKERS

DEFAULT_QUALITY = 50


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

    Raises InputError if tables and networks do not fit together.
    """

    def __init__(
        self,
        networks: Networks,
        qualities: Qualities,
        identity: bytes = bytes(4),
        policy: Policy | None = None,
    ):
        self.networks, self.qualities, self.identity = networks, qualities, identity
        self.policy = policy or Policy(networks.image_shape[2])
        # Caches a function without `self`: a reference cycle would delay freeing the networks.
        self.coder = lru_cache(maxsize=8)(partial(_coder, networks, qualities))
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
        return type(self), (self.networks, self.qualities, self.identity, self.policy)

    @property
    def any_size(self) -> bool:
        """Whether images of any size are accepted."""
        return self.networks.image_shape[0] is None

    @property
    def _stride(self):
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
            sizes = (*(-(-size // self._stride) for size in shape[:2]), sizes[-1])
        return (count, *sizes)

    def tables(self, quality: int) -> Tables | HyperTables:
        """The tables of a quality. Raises InputError unless it is in 1..100."""
        return _tables(self.qualities, quality)

    def latents(self, images: np.ndarray) -> np.ndarray:
        """uint8 images [N, H, W, C] -> float latents [N, ..., channels], before rounding."""
        if not self.any_size:
            return self._latents(images)
        margins = [(0, -size % self._stride) for size in images.shape[1:3]]
        padded = np.pad(images, [(0, 0), *margins, (0, 0)], "edge")
        return tiled(self._latents, padded, self._stride, 1)

    def _latents(self, images):
        x = np.multiply(images, np.float32(1 / 255), dtype=np.float32)
        return np.asarray(self.networks.encode(x))

    def encode(self, images: np.ndarray, quality: int = DEFAULT_QUALITY) -> Any:
        """uint8 images [N, H, W, C] -> symbols: int32 [N, ..., channels], or HyperSymbols."""
        return self.coder(quality).quantise(self.latents(images))

    def bits(self, images: np.ndarray, quality: int = DEFAULT_QUALITY) -> np.ndarray:
        """The bits of uint8 images [N, H, W, C] according to the tables: float [N]."""
        symbols = self.encode(images, quality)
        return self.coder(quality).bits(symbols).reshape(len(images), -1).sum(axis=1)

    def decode(
        self, symbols: Any, quality: int = DEFAULT_QUALITY, size: tuple[int, ...] | None = None
    ) -> np.ndarray:
        """Symbols -> uint8 images [N, H, W, C], rounded.

        Args:
            size: (H, W) to which images of any size are cropped; by default they are not.
        """
        y_hat = self.coder(quality).dequantise(symbols)
        if not self.any_size:
            return self._images(y_hat)
        images = tiled(self._images, y_hat, 1, self._stride)
        return images if size is None else images[:, : size[0], : size[1]]

    def _images(self, y_hat):
        images = np.asarray(self.networks.decode(y_hat))
        return (images * np.float32(255) + np.float32(0.5)).astype(np.uint8)


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
