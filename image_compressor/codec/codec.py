"""Networks, tables, coder and container in one call: images -> bytes -> images."""

import io
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO, Unpack, cast

import numpy as np

from image_compressor.codec import directory, released, stored, targets
from image_compressor.codec.archive import Archive, Limits, Progress
from image_compressor.codec.batches import Images, batches
from image_compressor.codec.coder import Coder, LatentCoder
from image_compressor.codec.container import Header
from image_compressor.codec.hyper import HyperCoder, HyperNetworks, HyperTables
from image_compressor.codec.networks import AnySize, LiteRTNetworks, Networks
from image_compressor.codec.parallel import WORKERS, ordered
from image_compressor.codec.policy import Policy, of_codec
from image_compressor.codec.stored import Qualities
from image_compressor.codec.tables import AGAIN, QUALITIES, Tables
from image_compressor.codec.tiles import tiled
from image_compressor.codec.writing import Blocks, write_blocks
from image_compressor.errors import InputError

BLOCK = 512  # images of one size that share a payload: 8 bytes of overhead a block, .02 an image
DEFAULT_QUALITY = 50


class Codec:
    """Compresses images with a trained model: of one shape, or of any size.

    An image of any size is extended by its last row and column to whole latents, and cut back to
    its size when it is decoded. Threads and forked processes may share a codec, and it pickles.

    Args:
        networks: the encoder and the decoder.
        qualities: the tables of each quality, frozen with them.
        identity: 4 bytes written into every file; only a codec of the same identity reads it.
        policy: how the images of the training were brought to one form; `policy.apply` does it
            to another. Without it their size is taken to have been as it is.

    Example:
        codec = Codec.load("models/exported")
        data = codec.compress(images, quality=60)       # uint8 [N, H, W], [N, H, W, C] or a list
        assert codec.decompress(data).shape == images.shape
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
        # Of a function without this codec: a cycle would keep its networks until it is collected.
        self.coder = lru_cache(maxsize=8)(partial(_coder, networks, qualities))
        if len(qualities) != len(QUALITIES):
            raise InputError(f"tables for {len(QUALITIES)} qualities", len(qualities), AGAIN)
        if networks.latent_shape[-1] != len(qualities[0].widths) or (
            isinstance(qualities[0], HyperTables) and not hasattr(networks, "hyper_decode")
        ):
            raise InputError(
                f"tables for {networks.latent_shape[-1]} latent channels",
                len(qualities[0].widths),
                "Take tables and networks from one export.",
            )

    def __reduce__(self):
        return type(self), (self.networks, self.qualities, self.identity, self.policy)

    @classmethod
    def load(cls, codec: str | Path) -> "Codec":
        """Loads an exported codec by its directory, or a released one by its name.

        Raises InputError where a file is missing or broken, or not as it was exported.
        """
        files = directory.read_whole(released.find(codec))
        networks, qualities = LiteRTNetworks(files), stored.load(files[directory.TABLES])
        policy = of_codec(directory.card(files), networks.image_shape)
        return cls(networks, qualities, bytes.fromhex(directory.codec_id(files))[:4], policy)

    def compress(self, images: Images, names: Iterable[str] | None = None, **options) -> bytes:
        """Returns the images as the bytes of an .imgc file: `write` into memory."""
        file = io.BytesIO()
        self.write(file, images, names, **options)
        return file.getvalue()

    def write(
        self,
        file: BinaryIO,
        images: Images,
        names: Iterable[str] | None = None,
        *,
        quality: int | None = None,
        target_ssim: float | None = None,
        target_bytes: int | None = None,
        progress: Progress = iter,
    ) -> int:
        """Writes the images as an .imgc file, and returns how many there were.

        Memory stays the same however many there are, unless there is a target: then they are
        held in memory, while the best quality is sought.

        Args:
            file: open for writing bytes.
            images: uint8 [N, H, W] or [N, H, W, C], or an iterable of [H, W] or [H, W, C]; H, W,
                C are the codec's, H and W of each image its own with a codec for any size, and
                without the axis C is 1.
            names: relative paths, one an image, kept in the file.
            quality: 1 (smallest file) ... 100; 50 where there is no target either.
            target_ssim: the lowest quality with this mean SSIM, instead.
            target_bytes: the highest quality with at most so many bytes in all, instead.
            progress: wraps the iterable of blocks, e.g. `tqdm`.

        Raises InputError for images of another dtype or shape, for unsafe names, and for a
        target that no quality reaches.
        """
        targets.check(quality, target_ssim, target_bytes)
        if quality is not None:
            self.tables(quality)
        if names is not None and (isinstance(names, str) or not isinstance(names, Iterable)):
            raise InputError("a name for each image", repr(names)[:80], "Give a list of them.")
        paths = None if names is None else tuple(names)
        block = 1 if self.any_size else BLOCK
        source = batches(images, tuple(self.networks.image_shape), block)
        header = Header(
            codec=self.identity,
            quality=quality or DEFAULT_QUALITY,
            shape=tuple(self.networks.image_shape),
            block=block,
            stacked=source.stacked,
            channel_axis=source.channel_axis,
            names=paths,
        )
        blocks: Blocks = ordered(
            lambda some: (some, self.latents(some)), progress(source.blocks), ahead=self.ahead
        )
        if target_ssim is not None or target_bytes is not None:
            blocks = list(blocks)
            best = targets.quality(self, header, blocks, target_ssim, target_bytes)
            header = replace(header, quality=best)
        return write_blocks(self, file, header, blocks)[0]

    def open(self, file: BinaryIO, **limits: Unpack[Limits]) -> Archive:
        """Opens the images of an .imgc file, each decoded when it is asked for.

        Args:
            file: open for reading bytes.
            limits: as for `Archive`.
        """
        return Archive(self, file, **limits)

    def decompress(
        self, data: bytes, progress: Progress = iter, **limits: Unpack[Limits]
    ) -> np.ndarray | list[np.ndarray]:
        """Returns the images in the form they were given to `compress`: an array, or a list.

        Args:
            data: an .imgc file.
            progress: as for `write`.
            limits: as for `Archive`.

        Raises InputError where `Archive` does: for another codec's file, for more images or pixels
        than the limits, and for damage.
        """
        if not isinstance(data, bytes | bytearray | memoryview):
            raise InputError("the bytes of an .imgc file", type(data).__name__, "Read the file.")
        archive = self.open(io.BytesIO(data), **limits)
        blocks = archive.blocks(progress)
        if archive.header.stacked:
            return np.concatenate(list(blocks))
        return [image for block in blocks for image in block]

    @property
    def any_size(self) -> bool:
        """Are images of any size taken?"""
        return self.networks.image_shape[0] is None

    @property
    def _stride(self):
        return cast(AnySize, self.networks).stride

    @property
    def ahead(self) -> int:
        """Blocks that are worked on before they are asked for: enough for all cores; of images of
        any size, which may be large and whose networks take all cores by themselves, one."""
        return 1 if self.any_size else 2 * WORKERS

    def latent_shape(self, count: int, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Of so many images of `shape` (H, W, C): (N, ..., channels)."""
        sizes = self.networks.latent_shape
        if self.any_size:
            sizes = (*(-(-size // self._stride) for size in shape[:2]), sizes[-1])
        return (count, *sizes)

    def tables(self, quality: int) -> Tables | HyperTables:
        """Those of a quality. Raises InputError unless it is one."""
        return _tables(self.qualities, quality)

    def latents(self, images: np.ndarray) -> np.ndarray:
        """uint8 images [N, H, W, C] -> float latents [N, ..., channels], not yet rounded."""
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
        """Bits that the tables charge for uint8 images [N, H, W, C]: float [N]."""
        symbols = self.encode(images, quality)
        return self.coder(quality).bits(symbols).reshape(len(images), -1).sum(axis=1)

    def decode(
        self, symbols: Any, quality: int = DEFAULT_QUALITY, size: tuple[int, ...] | None = None
    ) -> np.ndarray:
        """Symbols -> uint8 images [N, H, W, C], by rounding.

        Args:
            size: (H, W), what is cut out of images of any size. Without it none is.
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
        raise InputError("a quality of 1 to 100", repr(quality), "Give another whole number.")
    return qualities[quality - 1]


def _coder(networks, qualities, quality) -> LatentCoder:
    tables = _tables(qualities, quality)
    if isinstance(tables, HyperTables):
        return HyperCoder(cast(HyperNetworks, networks), tables)
    return Coder(tables)
