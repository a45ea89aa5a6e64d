"""Networks, tables, coder and container in one call: images -> bytes -> images."""

import hashlib
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from image_compressor.codec import container
from image_compressor.codec.coder import Coder
from image_compressor.codec.networks import DECODER, ENCODER, LiteRTNetworks, Networks
from image_compressor.codec.tables import SYMBOL_LIMIT, TABLES, Tables
from image_compressor.errors import InputError

BLOCK = 256  # images that share a payload: 6 bytes of overhead a block, 0.03 an image

Images = np.ndarray | list[np.ndarray]
Progress = Callable[[Iterable[Any]], Iterable[Any]]


class Codec:
    """Compresses images of one shape with a trained model.

    Args:
        networks: the encoder and the decoder.
        tables: frozen with them.
        identity: 4 bytes written into every file; only a codec of the same identity reads it.

    Example:
        codec = Codec.load("models/exported")
        data = codec.compress(images)         # uint8 [N, H, W], [N, H, W, C] or a list
        assert codec.decompress(data).shape == images.shape
    """

    def __init__(self, networks: Networks, tables: Tables, identity: bytes = bytes(4)):
        self.networks, self.tables, self.identity = networks, tables, identity
        self.coder = Coder(tables)
        if networks.latent_shape[-1] != len(tables.frequencies):
            raise InputError(
                f"tables for {networks.latent_shape[-1]} latent channels",
                len(tables.frequencies),
                "Take tables and networks from one export.",
            )

    @classmethod
    def load(cls, directory: str | Path) -> "Codec":
        """An exported codec. Raises InputError where a file is missing or broken."""
        directory = Path(directory)
        for name in (TABLES, ENCODER, DECODER):
            if not (directory / name).is_file():
                raise InputError(
                    f"an exported codec with {name}",
                    f"{directory} has none",
                    "Name another directory, or write one with `make reproduce`.",
                )
        tables = Tables.load(directory / TABLES)
        return cls(LiteRTNetworks(directory), tables, bytes.fromhex(codec_id(directory))[:4])

    def compress(
        self, images: Images, names: Iterable[str] | None = None, progress: Progress = iter
    ) -> bytes:
        """The images as the bytes of an .imgc file.

        Args:
            images: uint8 [N, H, W] or [N, H, W, C], or a list of [H, W] or [H, W, C]; H, W, C
                are the codec's, and without the axis C is 1.
            names: relative paths, one an image, kept in the file.
            progress: wraps the iterable of blocks, e.g. `tqdm`.

        Raises InputError for images of another dtype or shape, and for unsafe names.
        """
        stack, stacked, channel_axis = self._stack(images)
        header = container.Header(
            codec=self.identity,
            shape=tuple(stack.shape[1:]),
            count=len(stack),
            block=BLOCK,
            stacked=stacked,
            channel_axis=channel_axis,
            names=None if names is None else tuple(names),
        )
        packed = container.pack_header(header)
        seed = zlib.crc32(packed)
        blocks = []
        for start in progress(range(0, len(stack), BLOCK)):
            symbols = self.encode(stack[start : start + BLOCK])
            payload = self.coder.encode(symbols)
            blocks.append(container.Block(payload, container.checksum(symbols, payload, seed)))
        return container.pack(packed, blocks)

    def decompress(self, data: bytes, progress: Progress = iter) -> Images:
        """The images, in the form they were given to `compress`.

        Raises InputError for a file of another codec, and for one that is damaged: the checksum
        of each block misses one damage in 2**32.
        """
        if not isinstance(data, bytes):
            raise InputError("the bytes of an .imgc file", type(data).__name__, "Read the file.")
        contents = container.unpack(data)
        header = contents.header
        self._check(header)
        images = np.empty((header.count, *header.shape), np.uint8)
        for number, block in progress(list(enumerate(contents.blocks))):
            part = images[number * header.block : (number + 1) * header.block]
            symbols = self.coder.decode(block.payload, (len(part), *self.networks.latent_shape))
            if container.checksum(symbols, block.payload, contents.seed) != block.checksum:
                raise container.damaged(f"block {number} fails its checksum")
            part[:] = self.decode(symbols)
        formed = images if header.channel_axis else images[..., 0]
        return formed if header.stacked else list(formed)

    def encode(self, images: np.ndarray) -> np.ndarray:
        """uint8 images [N, H, W, C] -> int32 symbols [N, ..., channels], latents rounded."""
        latents = np.asarray(self.networks.encode(images.astype(np.float32) / 255))
        if not (np.abs(latents) <= SYMBOL_LIMIT).all():
            raise InputError(
                f"latents within +-{SYMBOL_LIMIT}", "larger or not finite", "Train the model again."
            )
        return np.rint(latents).astype(np.int32)

    def bits(self, images: np.ndarray) -> np.ndarray:
        """What the tables charge for uint8 images [N, H, W, C]: float [N]."""
        return self.coder.bits(self.encode(images)).reshape(len(images), -1).sum(axis=1)

    def decode(self, symbols: np.ndarray) -> np.ndarray:
        """int32 symbols [N, ..., channels] -> uint8 images [N, H, W, C], by rounding."""
        images = np.asarray(self.networks.decode(symbols.astype(np.float32)))
        return np.rint(255 * images).astype(np.uint8)

    def _stack(self, images):
        """(uint8 [N, H, W, C], were they stacked, had they an axis for the channels)."""
        shape = self.networks.image_shape
        allowed = [shape, shape[:2]] if shape[-1] == 1 else [shape]
        stacked = isinstance(images, np.ndarray)
        if not stacked and not isinstance(images, list):
            raise InputError("an array or a list of arrays", type(images).__name__, "Give one.")
        if (stacked and images.ndim < 3) or not len(images):
            raise InputError(
                "a stack [N, H, W] or [N, H, W, C] or a list, of one image or more",
                f"an array of shape {images.shape}" if stacked else "an empty list",
                "Give images; add an axis for N to a single one.",
            )
        for image in images[:1] if stacked else images:
            if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
                received = getattr(image, "dtype", type(image).__name__)
                raise InputError("images of dtype uint8", received, "Convert them to 0..255.")
            if image.shape not in allowed:
                raise InputError(
                    f"images of shape {' or '.join(map(str, allowed))}, the codec's",
                    image.shape,
                    "Resize or crop them, or train a codec for theirs.",
                )
        if len({image.ndim for image in images}) > 1:
            raise InputError("images all with or all without a channel axis", "both", "Choose one.")
        stack = np.asarray(images)
        return stack.reshape(-1, *shape), stacked, stack.ndim == 4

    def _check(self, header):
        if header.codec != self.identity:
            raise InputError(
                f"a file of codec {self.identity.hex()}",
                f"one of codec {header.codec.hex()}",
                "Name the codec that wrote it with --codec.",
            )
        other_shape = header.shape != tuple(self.networks.image_shape)
        if other_shape or (header.shape[2] > 1 and not header.channel_axis):
            raise container.damaged(f"images of {header.shape} from a codec of others")


def codec_id(directory: str | Path) -> str:
    """Hex SHA-256 of what decoding depends on: the tables and the decoder."""
    digest = hashlib.sha256()
    for name in (TABLES, DECODER):
        digest.update((Path(directory) / name).read_bytes())
    return digest.hexdigest()
