"""Networks, tables, coder and container in one call: images -> bytes -> images."""

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

from image_compressor.codec import released, tables, targets
from image_compressor.codec.archive import Archive, Progress
from image_compressor.codec.batches import Images, batches
from image_compressor.codec.coder import Coder
from image_compressor.codec.container import Header
from image_compressor.codec.networks import DECODER, ENCODER, LiteRTNetworks, Networks
from image_compressor.codec.parallel import ordered
from image_compressor.codec.policy import Policy, of_codec
from image_compressor.codec.tables import QUALITIES, TABLES, Tables
from image_compressor.codec.writing import Blocks, write_blocks
from image_compressor.errors import InputError

BLOCK = 512  # images that share a payload: 8 bytes of overhead a block, .02 an image
DEFAULT_QUALITY = 50


class Codec:
    """Compresses images of one shape with a trained model.

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
        qualities: Sequence[Tables],
        identity: bytes = bytes(4),
        policy: Policy | None = None,
    ):
        self.networks, self.qualities, self.identity = networks, qualities, identity
        self.policy = policy or Policy(networks.image_shape[2])
        self.coder = lru_cache(maxsize=8)(self._coder)
        if len(qualities) != len(QUALITIES):
            raise InputError(f"tables for {len(QUALITIES)} qualities", len(qualities), tables.AGAIN)
        if networks.latent_shape[-1] != len(qualities[0].widths):
            raise InputError(
                f"tables for {networks.latent_shape[-1]} latent channels",
                len(qualities[0].widths),
                "Take tables and networks from one export.",
            )

    @classmethod
    def load(cls, directory: str | Path) -> "Codec":
        """An exported codec, or a released one by its name.

        Raises InputError where a file is missing or broken.
        """
        directory = released.find(directory)
        for name in (TABLES, ENCODER, DECODER):
            if not (directory / name).is_file():
                raise InputError(
                    f"an exported codec with {name}",
                    f"{directory} has none",
                    "Name another directory, or write one with `make reproduce`.",
                )
        identity = codec_id(directory)
        qualities = tables.load(directory / TABLES)
        networks = LiteRTNetworks(directory)
        policy = of_codec(directory, networks.image_shape)
        if codec_id(directory) != identity:
            raise InputError(
                "a codec that is not replaced while it is loaded", directory, "Load it again."
            )
        return cls(networks, qualities, bytes.fromhex(identity)[:4], policy)

    def compress(self, images: Images, names: Iterable[str] | None = None, **options) -> bytes:
        """The images as the bytes of an .imgc file: `write` into memory."""
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
                C are the codec's, and without the axis C is 1.
            names: relative paths, one an image, kept in the file.
            quality: 1 (smallest file) ... 100; 50 where there is no target either.
            target_ssim: the lowest quality with this mean SSIM, instead.
            target_bytes: the highest quality with at most so many bytes in all, instead.
            progress: wraps the iterable of blocks, e.g. `tqdm`.

        Raises InputError for images of another dtype or shape, for unsafe names, and for a
        target that no quality reaches.
        """
        given = [choice for choice in (quality, target_ssim, target_bytes) if choice is not None]
        if len(given) > 1:
            raise InputError("one of quality, target_ssim and target_bytes", given, "Choose.")
        if quality is not None:
            self.tables(quality)
        if isinstance(names, str):
            raise InputError("a name for each image", repr(names[:80]), "Give a list of them.")
        paths = None if names is None else tuple(names)
        source = batches(images, tuple(self.networks.image_shape), BLOCK)
        header = Header(
            codec=self.identity,
            quality=quality or DEFAULT_QUALITY,
            shape=tuple(self.networks.image_shape),
            block=BLOCK,
            stacked=source.stacked,
            channel_axis=source.channel_axis,
            names=paths,
        )
        blocks: Blocks = ordered(lambda some: (some, self.latents(some)), progress(source.blocks))
        if target_ssim is not None or target_bytes is not None:
            blocks = list(blocks)
            best = targets.quality(self, header, blocks, target_ssim, target_bytes)
            header = replace(header, quality=best)
        return write_blocks(self, file, header, blocks)[0]

    def open(self, file: BinaryIO) -> Archive:
        """The images of an .imgc file that is open for reading, decoded when asked for."""
        return Archive(self, file)

    def decompress(self, data: bytes, progress: Progress = iter) -> np.ndarray | list[np.ndarray]:
        """The images, in the form they were given to `compress`: an array, or a list.

        Raises InputError for a file of another codec, and for one that is damaged.
        """
        if not isinstance(data, bytes | bytearray | memoryview):
            raise InputError("the bytes of an .imgc file", type(data).__name__, "Read the file.")
        archive = self.open(io.BytesIO(data))
        images = np.concatenate(list(archive.blocks(progress)))
        return images if archive.header.stacked else list(images)

    def tables(self, quality: int) -> Tables:
        """Those of a quality. Raises InputError unless it is one."""
        whole = isinstance(quality, int | np.integer) and not isinstance(quality, bool)
        if not whole or quality not in QUALITIES:
            raise InputError("a quality of 1 to 100", repr(quality), "Give another whole number.")
        return self.qualities[quality - 1]

    def latents(self, images: np.ndarray) -> np.ndarray:
        """uint8 images [N, H, W, C] -> float latents [N, ..., channels], not yet rounded."""
        x = np.multiply(images, np.float32(1 / 255), dtype=np.float32)
        return np.asarray(self.networks.encode(x))

    def encode(self, images: np.ndarray, quality: int = DEFAULT_QUALITY) -> np.ndarray:
        """uint8 images [N, H, W, C] -> int32 symbols [N, ..., channels]."""
        return self.tables(quality).quantise(self.latents(images))

    def bits(self, images: np.ndarray, quality: int = DEFAULT_QUALITY) -> np.ndarray:
        """What the tables charge for uint8 images [N, H, W, C]: float [N]."""
        symbols = self.encode(images, quality)
        return self.coder(quality).bits(symbols).reshape(len(images), -1).sum(axis=1)

    def decode(self, symbols: np.ndarray, quality: int = DEFAULT_QUALITY) -> np.ndarray:
        """int32 symbols [N, ..., channels] -> uint8 images [N, H, W, C], by rounding."""
        y_hat = symbols * self.tables(quality).widths
        images = np.asarray(self.networks.decode(y_hat))
        return (images * np.float32(255) + np.float32(0.5)).astype(np.uint8)

    def _coder(self, quality):
        return Coder(self.tables(quality))


def codec_id(directory: str | Path) -> str:
    """Hex SHA-256 of what decoding depends on: the tables and the decoder."""
    digest = hashlib.sha256()
    for name in (TABLES, DECODER):
        digest.update((Path(directory) / name).read_bytes())
    return digest.hexdigest()
