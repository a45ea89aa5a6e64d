"""An archive of one codec -> an archive of another."""

from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np

from image_compressor.codec.archive import Archive, Progress
from image_compressor.codec.codec import Codec
from image_compressor.codec.file.sections import STORED
from image_compressor.codec.rewriting import Item, rewrite
from image_compressor.errors import InputError


@dataclass(frozen=True)
class Recompressed:
    """The facts about an archive that was recompressed.

    Attributes:
        bytes: its size.
        ssim: of each image that was compressed again, against its old decoding: float [N].
        kept: the number of images that had been stored as files, and still are.
        stored: the number of those that are stored as files only now.
    """

    bytes: int
    ssim: np.ndarray
    kept: int
    stored: int


def recompress(
    archive: Archive, codec: Codec, file: BinaryIO, max_loss: float, progress: Progress = iter
) -> Recompressed:
    """Writes the images of an archive with another codec.

    Each has the lowest quality at which its SSIM against its old decoding is at least 1 - max_loss,
    or is stored as a file if there is none. Images that are stored as files stay as they are.

    Args:
        archive: the old archive.
        codec: the new codec, for images of the same size, or of any.
        file: a file open for writing bytes.
        max_loss: above 0 and below 1.
        progress: wraps the iterable of the archive's blocks, e.g. `tqdm`.

    Raises InputError for images of another size, and for damage.
    """
    check_max_loss(max_loss)
    if archive.reader.own_sizes is not None:
        raise InputError(
            "The images of this archive were scaled to the size of its codec. Decompress it, and "
            "compress the images with the other codec."
        )
    names = archive.header.names or [None] * len(archive)
    again = archive.reader.qualities != STORED
    if not again.any():
        return Recompressed(_copied(archive, codec, file, names), np.empty(0), len(archive), 0)
    images = (image for block in archive.blocks(progress) for image in block)
    coded = (image for image, chosen in zip(images, again, strict=True) if chosen)
    with TemporaryFile() as scratch:
        written = codec.write(scratch, coded, min_ssim=1 - max_loss)
        items = _items(archive, codec.open(scratch), again, names)
        size = rewrite(codec, items, file)
    assert written.ssim is not None
    return Recompressed(size, written.ssim, int((~again).sum()), written.stored)


def check_max_loss(max_loss: float) -> None:
    """Raises InputError unless it is above 0 and below 1."""
    if not 0 < max_loss < 1:
        raise InputError("a max_loss above 0 and below 1", max_loss, "Use 0.02, for instance.")


def _items(archive, new, again, names):
    """The images in order, each from the old archive or the new one."""
    number_in_new = np.cumsum(again) - 1
    return [
        Item(new, int(number_in_new[number]), name)
        if again[number]
        else Item(archive, number, name)
        for number, name in enumerate(names)
    ]


def _copied(archive, codec, file, names):
    return rewrite(codec, [Item(archive, n, name) for n, name in enumerate(names)], file)
