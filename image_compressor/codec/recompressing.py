"""An archive of one codec -> an archive of another."""

from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO, cast

import numpy as np

from image_compressor.codec.archive import Archive, Progress
from image_compressor.codec.codec import Codec
from image_compressor.codec.file.sections import STORED
from image_compressor.codec.rewriting import Item, items_of, rewrite
from image_compressor.errors import InputError
from image_compressor.images.fitting import Fit, Scaled

MAX_LOSS = 0.02  # of SSIM, unless another one is chosen


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
    archive: Archive,
    codec: Codec,
    file: BinaryIO,
    max_loss: float,
    effort: int = 0,
    progress: Progress = iter,
) -> Recompressed:
    """Writes the images of an archive with another codec.

    Each has the lowest quality at which its SSIM against its old decoding is at least 1 - max_loss,
    or is stored as a file if there is none. Images that are stored as files stay as they are.

    Args:
        archive: the old archive.
        codec: the new codec, for images of the same size, or of any. Images that had been scaled
            to the old codec's size stay so if the new one has it too.
        file: a file open for writing bytes.
        max_loss: above 0 and below 1.
        effort: see `Codec.write`.
        progress: wraps the iterable of the archive's blocks, e.g. `tqdm`.

    Raises InputError for images of another size, and for damage.
    """
    check_max_loss(max_loss)
    old, again = items_of(archive), archive.reader.qualities != STORED
    if not again.any():
        return Recompressed(rewrite(codec, old, file), np.empty(0), len(archive), 0)
    images = _images(archive, codec, progress)
    coded = (image for image, chosen in zip(images, again, strict=True) if chosen)
    with TemporaryFile() as scratch:
        written = codec.write(scratch, coded, min_ssim=1 - max_loss, effort=effort)
        size = rewrite(codec, _replaced(old, codec.open(scratch), again), file)
    assert written.ssim is not None
    return Recompressed(size, written.ssim, int((~again).sum()), written.stored)


def _images(archive, codec, progress) -> Iterator[np.ndarray | Scaled]:
    """The decoded images."""
    sizes, fit = archive.reader.own_sizes, cast(Fit, archive.reader.fit)
    scaled = sizes is not None and not codec.any_size
    images = (image for block in archive.blocks(progress, not scaled) for image in block)
    if not scaled:
        return images
    return (Scaled(image, fit, size) for image, size in zip(images, sizes, strict=True))


def check_max_loss(max_loss: float) -> None:
    """Raises InputError unless it is above 0 and below 1."""
    if not 0 < max_loss < 1:
        raise InputError("a max_loss above 0 and below 1", max_loss, "Use 0.02, for instance.")


def _replaced(items: list[Item], new: Archive, again: np.ndarray) -> list[Item]:
    """The items in order, with those chosen by `again` from the new archive."""
    numbers = np.cumsum(again) - 1
    return [
        item._replace(archive=new, number=int(number)) if chosen else item
        for item, number, chosen in zip(items, numbers, again, strict=True)
    ]
