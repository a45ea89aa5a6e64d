"""Writes blocks of images as an .imgc file."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from image_compressor.codec.batches import Batches
from image_compressor.codec.file import metadata_section, sections
from image_compressor.codec.file.container import Header, Writer, filled
from image_compressor.codec.file.sections import STORED
from image_compressor.codec.guard.choosing import Choose
from image_compressor.codec.transform import Transform, symbols_of
from image_compressor.errors import InputError
from image_compressor.images.metadata import Metadata
from image_compressor.parallel import parallel_map


@dataclass(frozen=True)
class Written:
    """The facts about a file that was written.

    Attributes:
        bytes: its size.
        quality: the quality of an image that was neither raised nor stored.
        qualities: uint8 [N], of each image; STORED for an image stored as a file.
        ssim: float [N], of each image; None if it was not measured.
        dissimilar, off_colour: the number of images that were raised or stored because their SSIM
            or their colours were below the floor.
    """

    bytes: int
    quality: int
    qualities: np.ndarray
    ssim: np.ndarray | None
    dissimilar: int
    off_colour: int

    @property
    def images(self) -> int:
        """The number of images."""
        return len(self.qualities)

    @property
    def raised(self) -> int:
        """The number of images with a higher quality."""
        return int((self.qualities > self.quality).sum())

    @property
    def stored(self) -> int:
        """The number of images stored as files."""
        return int((self.qualities == STORED).sum())


def write_blocks(
    transform: Transform,
    file: BinaryIO,
    header: Header,
    blocks: Iterable[tuple[np.ndarray, np.ndarray]],
    choose: Choose,
    source: Batches | None = None,
    embedded: bytes = b"",
    metadata: Callable[[], Sequence[Metadata]] | None = None,
) -> Written:
    """Writes a whole file.

    Args:
        transform: provides the coder for each quality.
        file: a file open for writing bytes.
        header: the file's header.
        blocks: (uint8 images [n, H, W, C], their latents), with `header.block` images in each
            but the last.
        choose: decides how each image is written.
        source: where the images come from, which knows their sizes before scaling.
        embedded: the part of the codec that decodes, from `embedded.pack`, to be in the file.
        metadata: returns that of each image's own file, once all images are written.

    Raises InputError if the images differ in number from the header's names or from the metadata.
    """
    writer, choices = Writer(file, header), []

    def code(block):
        images, latents = block
        choice = choose(images, latents)
        coded = choice.coded
        if coded is None:
            coded = transform.quantise(latents, choice.qualities)
        count = len(images) - len(choice.files)
        payload = filled(transform.pack(coded), (count, *images.shape[1:])) if coded else b""
        return images.shape[1:], symbols_of(coded), payload, choice

    for shape, symbols, payload, choice in parallel_map(code, blocks, ahead=transform.ahead):
        writer.add(shape, symbols, payload, choice.files, choice.qualities)
        choices.append(replace(choice, files=(), coded=None))
    qualities = np.concatenate([choice.qualities for choice in choices])
    measured = [choice.ssim for choice in choices if choice.ssim is not None]
    ssim = np.concatenate(measured) if measured else None
    parts, pixels = {}, 0
    if (qualities != header.quality).any():
        parts[sections.QUALITY] = sections.pack_qualities(qualities)
        if ssim is not None:
            parts[sections.MEASURES] = sections.pack_measures(ssim)
    if source is not None and source.fit is not None:
        parts[sections.SIZES] = sections.pack_sizes(source.fit, source.sizes)
        pixels = sum(height * width for height, width in source.sizes)
    if embedded:
        parts[sections.EMBEDDED] = embedded
    if metadata is not None:
        kept = metadata()
        if len(kept) != len(qualities):
            expected, fix = f"metadata of {len(qualities)} images", "Pass one for each image."
            raise InputError(expected, f"of {len(kept)}", fix)
        parts[sections.METADATA] = metadata_section.pack(kept)
    writer.finish(len(qualities), parts, pixels)
    dissimilar = sum(choice.dissimilar for choice in choices)
    off_colour = sum(choice.off_colour for choice in choices)
    return Written(writer.bytes, header.quality, qualities, ssim, dissimilar, off_colour)
