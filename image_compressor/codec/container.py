"""The .imgc file: a header, payloads of blocks of images, and a footer that finds them.

    magic "IMGC", version (1 byte), codec (4 bytes)
    form (1 byte: 1 stacked, 2 channel axis, 4 names), quality (1 byte)
    height, width, channels, images a block                  (varints)

    the payloads, one after the other, each with at least one byte for IMAGES_A_BYTE images and for
        PIXELS_A_BYTE pixels, padded with zeros where necessary

    images (varint)
    for each block: bytes of its payload (varint), checksum (4 bytes)
        in version 3, before these: height, width of its image (varints)
    with names: the names, joined by NUL, as raw DEFLATE

    bytes of the footer (4 bytes), checksum of header and footer (4 bytes)

Varints are LEB128 (7 bits a byte, low first), other numbers little-endian. Checksums are CRC-32. A
block's checksum covers the header, in version 3 the height and width, the symbols as little-endian
int32, and the payload. So decoding detects damage, and a decoder that gives other symbols. The
minimum length of a payload keeps a small file from claiming many images.

Version 2 is for images of one size. Version 3 is for images of any size: height and width in the
header are 0, and each image is a block of its own.
"""

import math
import zlib
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, BinaryIO

import numpy as np

from image_compressor.codec import names
from image_compressor.codec.batches import LARGEST_IMAGE
from image_compressor.codec.reading import Bytes, Positions, damaged, varint
from image_compressor.codec.tables import QUALITIES
from image_compressor.errors import InputError

MAGIC, VERSION, ANY_SIZE = b"IMGC", 2, 3
LARGEST_BLOCK = 4096  # images; bounds the memory that a block can make a reader allocate
# A blank photograph at quality 1 has 770 pixels a byte, and the emptiest image that the codec
# `photo` can write has 1,820. So only a codec trained on little but blanks needs padding.
IMAGES_A_BYTE, PIXELS_A_BYTE = 4, 2048
MANY_IMAGES, MANY_PIXELS = 2**18, 2**24  # allowed in any file, however short
STACKED, CHANNEL_AXIS, NAMED = 1, 2, 4
TRAILER = 8  # bytes


@dataclass(frozen=True)
class Header:
    """The settings that all images of a file share, and the images' names.

    Attributes:
        codec: 4 bytes, the start of the codec's id.
        quality: 1..100.
        shape: (height, width, channels) of every image; (None, None, channels) for any size.
        block: the number of images in each block but the last.
        stacked: whether the images were one array, not a list.
        channel_axis: whether they had a channel axis.
        names: relative paths with "/", one an image, or None.
    """

    codec: bytes
    quality: int
    shape: tuple[Any, ...]
    block: int
    stacked: bool
    channel_axis: bool
    names: tuple[str, ...] | None = None

    @property
    def version(self) -> int:
        """The version of the format."""
        return ANY_SIZE if self.shape[0] is None else VERSION


class Writer:
    """Writes a file front to back.

    Args:
        file: a file open for writing bytes.
        header: its header.

    Raises InputError for names that are not safe to extract.
    """

    def __init__(self, file: BinaryIO, header: Header):
        if not hasattr(file, "write"):
            fix = 'Open it with open(path, "wb").'
            raise InputError("a file open for writing bytes", repr(file)[:80], fix)
        form = STACKED * header.stacked | CHANNEL_AXIS * header.channel_axis
        form |= NAMED * (header.names is not None)
        numbers = b"".join(varint(number or 0) for number in (*header.shape, header.block))
        start = MAGIC + bytes([header.version]) + header.codec + bytes([form, header.quality])
        self.names = header.names
        self.packed_names = b"" if self.names is None else names.pack(self.names)
        self.file, self.header, self.index = file, header, bytearray()
        self.seed = zlib.crc32(start + numbers)
        self.bytes = file.write(start + numbers)

    def add(self, shape: tuple[int, ...], symbols: Any, payload: bytes) -> None:
        """Writes the next block: its images' shape (H, W, C), its symbols and their payload."""
        size = _size(self.header, shape)
        self.index += size + varint(len(payload))
        seed = zlib.crc32(size, self.seed)
        self.index += checksum(symbols, payload, seed).to_bytes(4, "little")
        self.bytes += self.file.write(payload)

    def finish(self, count: int) -> None:
        """Ends a file of `count` images. Raises InputError if the number of names differs."""
        if self.names is not None and len(self.names) != count:
            received = f"{len(self.names)} names"
            raise InputError(f"{count} names", received, "Pass one name for each image.")
        footer = varint(count) + bytes(self.index) + self.packed_names
        trailer = len(footer).to_bytes(4, "little")
        trailer += zlib.crc32(footer, self.seed).to_bytes(4, "little")
        self.bytes += self.file.write(footer + trailer)


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
        bytes: the sizes of the parts `header`, `payloads`, `index` and `names`.

    Raises InputError for anything but a whole file of this version. Declared sizes are checked
    against the bytes present, and against the limits, before memory is allocated.
    """

    def __init__(self, file: BinaryIO, max_images: int | None = None):
        self.read = Positions(file)
        length = self.length = self.read.length
        start = Bytes(self.read.start, length)
        self.header, named = _header(start)
        self.seed = zlib.crc32(start.data[: start.position])
        footer = Bytes(self._footer(length, start.position), length)
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
        self._checksums = [checksum for _, _, checksum in entries]
        self._positions = list(accumulate((size for _, size, _ in entries), initial=start.position))
        index, rest = footer.position, footer.data[footer.position :]
        if self._positions[-1] + len(footer.data) + TRAILER != length:
            raise damaged(f"payloads up to {self._positions[-1]} in {length} bytes")
        if named:
            self.header = replace(self.header, names=names.unpack(rest, self.count))
        elif rest:
            raise damaged(f"{len(rest)} bytes after its index")
        self.bytes = {
            "header": start.position + TRAILER,
            "payloads": self._positions[-1] - start.position,
            "index": index,
            "names": len(rest),
        }

    @property
    def pixels(self) -> int:
        """The number of pixels in all images."""
        return sum(n * h * w for n, (h, w, _) in zip(self.sizes, self.shapes, strict=True))

    @property
    def raw_bytes(self) -> int:
        """The bytes of all pixels, uncompressed."""
        return self.pixels * self.header.shape[2]

    def payload(self, number: int) -> bytes:
        """The payload of a block. Threads and processes may read concurrently."""
        start = self._positions[number]
        return self.read(start, self._positions[number + 1] - start)

    def check(self, number: int, symbols: Any, payload: bytes) -> None:
        """Raises InputError unless a block's symbols match its checksum."""
        seed = zlib.crc32(_size(self.header, self.shapes[number]), self.seed)
        if checksum(symbols, payload, seed) != self._checksums[number]:
            raise damaged(f"block {number} fails its checksum")

    def _footer(self, length, header_end):
        if length < header_end + TRAILER:
            raise damaged(f"it ends after {length} bytes")
        size, expected = np.frombuffer(self.read(length - TRAILER, TRAILER), "<u4").tolist()
        if size > length - TRAILER - header_end:
            raise damaged(f"a footer of {size} bytes in {length}")
        footer = self.read(length - TRAILER - size, size)
        if zlib.crc32(footer, self.seed) != expected:
            raise damaged("header or footer fails its checksum")
        return footer


def filled(payload: bytes, shape: tuple[int, ...]) -> bytes:
    """The payload of images [N, H, W, C], padded to the minimum length for them."""
    count, height, width, _ = shape
    fewest = max(count / IMAGES_A_BYTE, count * height * width / PIXELS_A_BYTE)
    return payload.ljust(4 * math.ceil(fewest / 4), b"\0")  # decoders read whole words


def checksum(symbols: Any, payload: bytes, seed: int) -> int:
    """CRC-32 of int symbols and their payload, started at `seed`."""
    return zlib.crc32(payload, zlib.crc32(np.ascontiguousarray(symbols, "<i4").data, seed))


def _size(header, shape):
    """The size of a block's images as the index stores it: empty if all images have one size."""
    return varint(shape[0]) + varint(shape[1]) if header.version == ANY_SIZE else b""


def _entry(footer, header):
    """(shape of a block's images, bytes of its payload, checksum), read from the index."""
    shape = header.shape
    if header.version == ANY_SIZE:
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
    if version not in (VERSION, ANY_SIZE):
        raise InputError(
            f"version {VERSION} or {ANY_SIZE} of the .imgc format",
            version,
            "Use the release of this package that wrote it.",
        )
    codec, form, quality = start.take(4), start.byte(), start.byte()
    height, width, channels, block = (start.varint() for _ in range(4))
    if form > STACKED + CHANNEL_AXIS + NAMED or not 1 <= block <= LARGEST_BLOCK:
        raise damaged(f"form {form}, blocks of {block}")
    if quality not in QUALITIES:
        raise damaged(f"quality {quality}")
    any_size = version == ANY_SIZE
    if any_size and (height, width, block) != (0, 0, 1):
        raise damaged(f"a fixed size {height}x{width} or {block} a block in version {ANY_SIZE}")
    header = Header(
        codec=codec,
        quality=quality,
        shape=(None, None, channels) if any_size else (height, width, channels),
        block=block,
        stacked=bool(form & STACKED),
        channel_axis=bool(form & CHANNEL_AXIS),
    )
    return header, bool(form & NAMED)
