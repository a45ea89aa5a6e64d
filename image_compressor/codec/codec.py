"""The complete codec in one class: images -> bytes -> images."""

import io
import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Unpack

import numpy as np

from image_compressor.codec import exported, table_file, writing
from image_compressor.codec.archive import Archive, Limits, Progress
from image_compressor.codec.batches import Images, batches
from image_compressor.codec.container import Header
from image_compressor.codec.networks import LiteRTNetworks
from image_compressor.codec.transform import DEFAULT_QUALITY, Transform
from image_compressor.errors import InputError
from image_compressor.images.fitting import of_codec
from image_compressor.parallel import parallel_map

BLOCK = 512  # images that share a payload: its 8 bytes of overhead are .02 bytes an image
_alone = Lock()  # two threads that redirect file descriptor 2 at once could lose it


class Codec(Transform):
    """A trained codec, for images of one shape or of any size: see `Transform`.

    Example:
        codec = Codec.load("models/exported")
        data = codec.compress(images, quality=60)       # uint8 [N, H, W], [N, H, W, C] or a list
        assert codec.decompress(data).shape == images.shape
    """

    @classmethod
    def load(cls, codec: str | Path) -> "Codec":
        """Loads an exported codec by its directory, or a released one by its name.

        Raises InputError if a file is missing or corrupt, or has changed since the export.
        """
        files = exported.read_whole(exported.find(codec))
        networks, qualities = LiteRTNetworks(files), table_file.load(files[table_file.TABLES])
        policy = of_codec(exported.card(files), networks.image_shape)
        return cls(networks, qualities, bytes.fromhex(exported.codec_id(files))[:4], policy)

    def compress(self, images: Images, names: Iterable[str] | None = None, **options) -> bytes:
        """The bytes of an .imgc file with these images; takes the arguments of `write`."""
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
        """Writes the images as an .imgc file, and returns their number.

        Memory use is constant, however many images there are. With a target, all images are
        kept in memory during the search for the best quality.

        Args:
            file: a file open for writing bytes.
            images: uint8 [N, H, W] or [N, H, W, C], or an iterable of [H, W] or [H, W, C]. H, W
                and C must be the codec's; with a codec for any size, each image may have its own
                H and W. Without a channel axis, C is 1.
            names: relative paths to store in the file, one an image.
            quality: 1 (smallest file) to 100; the default is 50.
            target_ssim: instead of a quality: choose the lowest with this mean SSIM.
            target_bytes: instead of a quality: choose the highest with a file of at most this
                size.
            progress: wraps the iterable of blocks, e.g. `tqdm`.

        Raises InputError for images of another dtype or shape, for unsafe names, and for a
        target that no quality reaches.
        """
        writing.check_target(quality, target_ssim, target_bytes)
        if quality is not None:
            self.tables(quality)
        if names is not None and (isinstance(names, str) or not isinstance(names, Iterable)):
            raise InputError("a name for each image", repr(names)[:80], "Pass a list of names.")
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
        blocks: writing.Blocks = parallel_map(
            lambda stack: (stack, self.latents(stack)), progress(source.blocks), ahead=self.ahead
        )
        if target_ssim is not None or target_bytes is not None:
            blocks = list(blocks)
            best = writing.best_quality(self, header, blocks, target_ssim, target_bytes)
            header = replace(header, quality=best)
        return writing.write_blocks(self, file, header, blocks)[0]

    def open(self, file: BinaryIO, **limits: Unpack[Limits]) -> Archive:
        """The images of an .imgc file that is open for reading, decoded on access.

        Args:
            file: a file open for reading bytes; it stays open.
            limits: see `Archive`.
        """
        return Archive(self, file, **limits)

    def decompress(
        self, data: bytes, progress: Progress = iter, **limits: Unpack[Limits]
    ) -> np.ndarray | list[np.ndarray]:
        """The images, in the form in which `compress` received them: an array, or a list.

        Args:
            data: the content of an .imgc file.
            progress: see `write`.
            limits: see `Archive`.

        Raises InputError for a file of another codec, for more images or pixels than the limits,
        and for a damaged file.
        """
        if not isinstance(data, bytes | bytearray | memoryview):
            raise InputError("the bytes of an .imgc file", type(data).__name__, "Read the file.")
        archive = self.open(io.BytesIO(data), **limits)
        blocks = archive.blocks(progress)
        if archive.header.stacked:
            return np.concatenate(list(blocks))
        return [image for block in blocks for image in block]


def load_quietly(codec: str | Path) -> Codec:
    """Loads a codec without the line that LiteRT writes to file descriptor 2."""
    with _alone:
        sys.stderr.flush()
        stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            return Codec.load(codec)
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            os.close(nowhere)
