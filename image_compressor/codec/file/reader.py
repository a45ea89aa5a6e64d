"""Parses an .imgc file: see `container` for the format."""

import zlib
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, BinaryIO

import numpy as np

from image_compressor.codec.batches import LARGEST_IMAGE
from image_compressor.codec.file import metadata_section, names, sections
from image_compressor.codec.file.container import (
    ANY_SIZE,
    CHANNEL_AXIS,
    IMAGES_A_BYTE,
    LARGEST_BLOCK,
    MAGIC,
    MANY_IMAGES,
    NAMED,
    ONE_SIZE,
    SECTIONS,
    STACKED,
    TRAILER,
    VERSION,
    Header,
    block_seed,
    checksum,
    file_checksum,
)
from image_compressor.codec.file.reading import Bytes, Positions, damaged
from image_compressor.codec.file.sections import STORED, File
from image_compressor.codec.frozen.tables import QUALITIES
from image_compressor.errors import InputError
from image_compressor.images.metadata import Metadata


@dataclass(frozen=True)
class Block:
    """The facts about a block of images.

    Attributes:
        number: its number in the file.
        shape: (H, W, C) of its images.
        qualities: uint8 [n], of each of its images; STORED for an image that is a file.
        payload: (position, bytes).
        checksum: of symbols and payload.
        files: (position, File) of the images that are files, in order.
        seed: the CRC-32 with which its checksums begin.
    """

    number: int
    shape: tuple[int, ...]
    qualities: np.ndarray
    payload: tuple[int, int]
    checksum: int
    files: list[tuple[int, File]]
    seed: int


class Reader:
    """Parses a file, without decoding any image.

    Args:
        file: a file open for reading bytes, at any position.
        max_images: the limit on images; the default is MANY_IMAGES, or IMAGES_A_BYTE for each
            byte of the file if that is more.

    Attributes:
        header: the file's header.
        count: the number of images, >= 1.
        length: the file's length in bytes.
        shapes: (H, W, C) of the images in each block.
        sizes: the number of images in each block: (512, 512, ..., rest).
        qualities: uint8 [count], the quality of each image; STORED for an image that is a file.
        fit: how images were scaled to the codec's size; None if none was.
        own_sizes: the (height, width) that each image had before; None if none was scaled.
        measures: (mean, 5th percentile, minimum) of the images' SSIM, if the file states it.
        embedded: the codec in the file, see `codec.embedded`; empty if there is none.
        bytes: the sizes of the parts `header`, `payloads`, `files`, `index`, `names`, `codec` and
            `metadata`.

    Raises InputError for anything but a whole file of a known version. Declared sizes are checked
    against the bytes present, and against the limits, before memory is allocated.
    """

    def __init__(self, file: BinaryIO, max_images: int | None = None):
        self.read = Positions(file)
        length = self.length = self.read.length
        start = Bytes(self.read.start, length)
        self.header, named = _header(start)
        self.seed = zlib.crc32(start.data[: start.position])
        footer, sectioned = self._footer(length, start.position)
        self.count = footer.varint()
        block = self.header.block
        # A block takes at least five bytes, so a short file cannot claim many images.
        if not 1 <= self.count <= block * (len(footer.data) // 5):
            raise damaged(f"{self.count} images in an index of {len(footer.data)} bytes")
        if max_images is None:
            max_images = max(MANY_IMAGES, IMAGES_A_BYTE * length)
        if self.count > max_images:
            raise InputError(
                f"The file claims {self.count:,} images in {length:,} bytes. If you trust it, "
                "raise --max-images, or max_images."
            )
        starts = range(0, self.count, block)
        self.sizes = tuple(min(block, self.count - first) for first in starts)
        entries = [_entry(footer, self.header) for _ in starts]
        self.shapes = [shape for shape, _, _ in entries]
        self._parse(sections.unpack(footer) if sectioned else {})
        end = self._place(entries, start.position)
        index, rest = footer.position, footer.data[footer.position :]
        if end + self._padding + len(footer.data) + TRAILER != length:
            raise damaged(f"payloads up to {end + self._padding} in {length} bytes")
        if named:
            self.header = replace(self.header, names=names.unpack(rest, self.count))
        elif rest:
            raise damaged(f"{len(rest)} bytes after its index")
        stored = sum(file.bytes for file in self.files)
        self.bytes = {
            "header": start.position + TRAILER,
            "payloads": end - start.position - stored,
            "files": stored,
            "index": index + self._padding - len(self.embedded) - len(self._metadata),
            "names": len(rest),
            "codec": len(self.embedded),
            "metadata": len(self._metadata),
        }

    @property
    def pixels(self) -> int:
        """The number of pixels in all images."""
        if self.own_sizes is not None:
            return sum(height * width for height, width in self.own_sizes)
        return sum(n * h * w for n, (h, w, _) in zip(self.sizes, self.shapes, strict=True))

    @property
    def raised(self) -> int:
        """The number of images with a higher quality than the header's."""
        return int((self.qualities > self.header.quality).sum())

    @property
    def raw_bytes(self) -> int:
        """The bytes of all pixels, uncompressed."""
        return self.pixels * self.header.shape[2]

    def metadata(self) -> list[Metadata] | None:
        """Each image's metadata, from its own file; None if that was not kept."""
        return metadata_section.unpack(self._metadata, self.count) if self._metadata else None

    def block(self, number: int) -> Block:
        """The facts about a block."""
        first, position = number * self.header.block, self._positions[number]
        size, checksum = self._entries[number]
        files, start = [], position + size
        for file in self.files[slice(*self._files_before[number : number + 2])]:
            files.append((start, file))
            start += file.bytes
        qualities = self.qualities[first : first + self.sizes[number]]
        return Block(
            number=number,
            shape=self.shapes[number],
            qualities=qualities,
            payload=(position, size),
            checksum=checksum,
            files=files,
            seed=block_seed(self.header, self.seed, self.shapes[number], qualities),
        )

    def payload(self, block: Block) -> bytes:
        """The payload of a block. Threads and processes may read concurrently."""
        return self.read(*block.payload)

    def check(self, block: Block, symbols: Any, payload: bytes) -> None:
        """Raises InputError unless a block's symbols match its checksum."""
        if checksum(symbols, payload, block.seed) != block.checksum:
            raise damaged(f"block {block.number} fails its checksum")

    def stored(self, block: Block, position: int, file: File) -> bytes:
        """The content of a file of a block. Raises InputError unless it matches its checksum."""
        content = self.read(position, file.bytes)
        if file_checksum(file.kind, content, block.seed) != file.checksum:
            raise damaged(f"a stored image of block {block.number} fails its checksum")
        return content

    def _parse(self, parts):
        """Reads the sections."""
        count = self.count
        self.qualities = np.broadcast_to(np.uint8(self.header.quality), count)
        if sections.QUALITY in parts:
            self.qualities = sections.unpack_qualities(parts[sections.QUALITY], count)
        stored = int((self.qualities == STORED).sum())
        self.files = sections.unpack_files(parts.get(sections.FILES, b""), stored)
        self.fit = self.own_sizes = self.measures = None
        if sections.SIZES in parts:
            content = parts[sections.SIZES]
            self.fit, self.own_sizes = sections.unpack_sizes(content, count, LARGEST_IMAGE)
        if sections.MEASURES in parts:
            self.measures = sections.unpack_measures(parts[sections.MEASURES])
        self.embedded = parts.get(sections.EMBEDDED, b"")
        self._metadata = parts.get(sections.METADATA, b"")
        padding = parts.get(sections.PADDING, b"\0")
        self._padding = Bytes(padding, len(padding)).varint()

    def _place(self, entries, start):
        """Computes the positions of payloads and files; returns their end."""
        self._entries = [(size, checksum) for _, size, checksum in entries]
        firsts = range(0, self.count, self.header.block)
        each = np.add.reduceat(self.qualities == STORED, firsts).tolist()
        self._files_before = list(accumulate(each, initial=0))
        ends = list(accumulate((file.bytes for file in self.files), initial=0))
        of_files = [ends[n] for n in self._files_before]
        payloads = accumulate((size for size, _ in self._entries), initial=start)
        self._positions = [sum(pair) for pair in zip(payloads, of_files, strict=True)]
        return self._positions[-1]

    def _footer(self, length, header_end):
        """(the footer, whether it has sections)."""
        if length < header_end + TRAILER:
            raise damaged(f"it ends after {length} bytes")
        trailer = self.read(length - TRAILER, TRAILER)
        size, expected = np.frombuffer(trailer, "<u4").tolist()
        covered, sectioned = b"", False
        if self.header.version == VERSION:
            covered, (sectioned, size) = trailer[:4], divmod(size, SECTIONS)
        if size > length - TRAILER - header_end:
            raise damaged(f"a footer of {size} bytes in {length}")
        footer = self.read(length - TRAILER - size, size)
        if zlib.crc32(footer + covered, self.seed) != expected:
            raise damaged("header or footer fails its checksum")
        return Bytes(footer, length), bool(sectioned)


def _entry(footer, header):
    """(shape of a block's images, bytes of its payload, checksum), read from the index."""
    shape = header.shape
    if shape[0] is None:
        shape = (footer.varint(), footer.varint(), shape[2])
        if not 1 <= shape[0] * shape[1] <= LARGEST_IMAGE:
            size = f"{shape[0]}x{shape[1]}"
            raise damaged(f"an image of {size} pixels, more than {LARGEST_IMAGE} or none")
    return shape, footer.varint(), int.from_bytes(footer.take(4), "little")


def _header(start):
    magic = start.take(4)
    if magic != MAGIC:
        raise InputError("an .imgc file", f"one that begins with {magic!r}", "Name another file.")
    version = start.byte()
    if version not in (ONE_SIZE, ANY_SIZE, VERSION):
        raise InputError(
            f"version {ONE_SIZE}, {ANY_SIZE} or {VERSION} of the .imgc format",
            version,
            "Use the release of this package that wrote it.",
        )
    codec, form, quality = start.take(4), start.byte(), start.byte()
    height, width, channels, block = (start.varint() for _ in range(4))
    if form > STACKED + CHANNEL_AXIS + NAMED or not 1 <= block <= LARGEST_BLOCK:
        raise damaged(f"form {form}, blocks of {block}")
    if quality not in QUALITIES:
        raise damaged(f"quality {quality}")
    if version == VERSION and (height == 0) != (width == 0):
        raise damaged(f"images of {height}x{width} pixels")
    any_size = version == ANY_SIZE if version != VERSION else (height, width) == (0, 0)
    if any_size and (height, width, block) != (0, 0, 1):
        raise damaged(f"a fixed size {height}x{width}, or {block} images of any size a block")
    header = Header(
        codec=codec,
        quality=quality,
        shape=(None, None, channels) if any_size else (height, width, channels),
        block=block,
        stacked=bool(form & STACKED),
        channel_axis=bool(form & CHANNEL_AXIS),
        version=version,
    )
    return header, bool(form & NAMED)
