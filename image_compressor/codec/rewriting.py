"""Images of archives -> another archive, without decoding them to pixels."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import BinaryIO, NamedTuple

import numpy as np

from image_compressor.codec.archive import Archive
from image_compressor.codec.file import metadata_section, sections
from image_compressor.codec.file.container import Header, Writer, filled
from image_compressor.codec.file.sections import STORED
from image_compressor.codec.transform import Coded, Transform, symbols_of
from image_compressor.errors import InputError
from image_compressor.images.metadata import Metadata


class Item(NamedTuple):
    """An image of an archive.

    Attributes:
        archive: the archive; all that have coded images are of one codec.
        number: its number there.
        name: its name in the new archive; None if that has no names.
        metadata: see `Archive.metadata`.
    """

    archive: Archive
    number: int
    name: str | None
    metadata: Metadata = Metadata()

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W, C), before it is scaled back to a size of its own."""
        return self.archive.reader.shapes[self.number // self.archive.header.block]


def items_of(archive: Archive) -> list[Item]:
    """All images of an archive, with their names and metadata."""
    names = archive.header.names or [None] * len(archive)
    metadata = archive.metadata() or [Metadata()] * len(archive)
    each = zip(names, metadata, strict=True)
    return [Item(archive, number, *facts) for number, facts in enumerate(each)]


def rewrite(transform: Transform, items: Sequence[Item], file: BinaryIO) -> int:
    """Writes an archive of these images, in this order, and returns its bytes.

    Symbols, qualities and stored files stay as they are, so every image is decoded to the same
    pixels. Neither the measures of SSIM nor an embedded codec are taken over.

    Args:
        transform: the codec of the archives.
        items: at least one; either all have names or none.
        file: a file open for writing bytes.

    Raises InputError for archives that cannot be one, for names that occur twice, and for damage.
    """
    header, sizes = _header(transform, items), _sizes(items)
    writer, qualities, rest = Writer(file, header), [], iter(items)
    while part := list(islice(rest, header.block)):
        found = [item.archive.undecoded(item.number) for item in part]
        each = np.array([quality for quality, _ in found], np.uint8)
        coded, shape = _coded(found), part[0].shape
        files = [content for quality, content in found if quality == STORED]
        count = len(found) - len(files)
        payload = filled(transform.pack(coded), (count, *shape)) if coded else b""
        writer.add(shape, symbols_of(coded), payload, files, each)
        qualities.append(each)
    every, parts, pixels = np.concatenate(qualities), {}, 0
    if (every != header.quality).any():
        parts[sections.QUALITY] = sections.pack_qualities(every)
    metadata = [item.metadata for item in items]
    if set(metadata) != {Metadata()}:
        parts[sections.METADATA] = metadata_section.pack(metadata)
    if sizes is not None:
        parts[sections.SIZES] = sections.pack_sizes(*sizes)
        pixels = sum(height * width for height, width in sizes[1])
    writer.finish(len(items), parts, pixels)
    return writer.bytes


def _header(transform, items) -> Header:
    """The header of the new archive. Raises InputError for images that its codec does not take."""
    shape = tuple(transform.networks.image_shape)
    for item in items:
        if any(size not in (None, own) for size, own in zip(shape, item.shape, strict=True)):
            fix = "Decompress it, and compress what the codec takes."
            raise InputError(f"images of the codec's shape {shape}", item.shape, fix)
    archives = {id(item.archive): item.archive for item in items}.values()
    headers = [archive.header for archive in archives]
    names = [item.name for item in items if item.name is not None]
    if names and len(names) < len(items):
        raise InputError("Some images have names and others have none. Join only one kind.")
    return replace(
        headers[0],
        codec=transform.identity,
        shape=shape,
        quality=min(_qualities(items) or [header.quality for header in headers]),
        block=1 if transform.any_size else max(header.block for header in headers),
        stacked=all(header.stacked for header in headers) and _sizes(items) is None,
        channel_axis=any(header.channel_axis for header in headers),
        names=tuple(names) or None,
        version=Header.version,
    )


def _qualities(items):
    """The usual quality in each archive of which there are coded images."""
    return [
        item.archive.header.quality
        for item in items
        if item.archive.reader.qualities[item.number] != STORED
    ]


def _sizes(items):
    """(how images were scaled, the size that each had before); None if none was scaled."""
    fits = sorted({item.archive.reader.fit for item in items} - {None})
    if len(fits) > 1:
        ways = " and others by ".join(fits)
        raise InputError(f"Some images were scaled by {ways}. Join only files of one kind.")
    return (fits[0], [_size(item) for item in items]) if fits else None


def _size(item):
    sizes = item.archive.reader.own_sizes
    return item.shape[:2] if sizes is None else sizes[item.number]


def _coded(found) -> list[Coded]:
    """The symbols of a block, by quality, from (quality, symbols) of each image."""
    coded = []
    for quality in sorted({quality for quality, _ in found} - {STORED}):
        positions = [position for position, each in enumerate(found) if each[0] == quality]
        symbols = [found[position][1] for position in positions]
        joined = symbols[0] if len(symbols) == 1 else np.concatenate(symbols)
        coded.append(Coded(quality, np.array(positions), joined))
    return coded
