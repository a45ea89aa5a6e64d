"""The .imgc file: a header, payloads of blocks of images, and a footer that finds them.

    magic "IMGC", version (1 byte), codec (4 bytes)
    form (1 byte: 1 stacked, 2 channel axis, 4 names), quality (1 byte)
    height, width, channels, images a block                  (varints)

    for each block: its payload, and its images that are stored as files
        a payload has at least one byte for IMAGES_A_BYTE images and for PIXELS_A_BYTE pixels,
        padded with zeros where necessary; so has the file, for PIXELS_A_BYTE pixels beyond
        MANY_PIXELS
    zeros, as many as the section PADDING says

    images (varint)
    for each block: bytes of its payload (varint), checksum (4 bytes)
        before these, for images of any size: height, width of its image (varints)
    with sections: see `sections`
    with names: the names, joined by NUL, as raw DEFLATE

    bytes of the footer, plus 2**31 with sections (4 bytes)
    checksum of header, footer and the number before it (4 bytes)

Varints are LEB128 (7 bits a byte, low first), other numbers little-endian. Checksums are CRC-32. A
block's checksum covers the header, the height and width if they are in the index, the qualities of
its images (a byte each) unless all have the header's, the symbols as little-endian int32, and the
payload. So decoding detects damage, and a decoder that gives other symbols. A file's checksum
covers the same, but its kind (a byte) and its content instead of symbols and payload. The minimum
lengths keep a small file from claiming many images.

For images of any size, height and width in the header are 0, and each image is a block of its own.
Versions 2 (images of one size) and 3 (of any size) are still read. They have no sections, and their
last checksum leaves out the number before it.
"""

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from image_compressor.codec.file import names, sections
from image_compressor.codec.file.reading import varint
from image_compressor.codec.file.sections import File
from image_compressor.errors import InputError

MAGIC, VERSION, ONE_SIZE, ANY_SIZE = b"IMGC", 4, 2, 3  # the last two are of older files
LARGEST_BLOCK = 4096  # images; bounds the memory that a block can make a reader allocate
# A blank photograph at quality 1 has 770 pixels a byte, and the emptiest image that the codec
# `photo` can write has 1,820. So only a codec trained on little but blanks needs padding.
IMAGES_A_BYTE, PIXELS_A_BYTE = 4, 2048
MANY_IMAGES, MANY_PIXELS = 2**18, 2**24  # allowed in any file, however short
STACKED, CHANNEL_AXIS, NAMED = 1, 2, 4
TRAILER, SECTIONS = 8, 2**31  # bytes; added to the size of a footer
PIECE = 2**20  # zeros written at a time


@dataclass(frozen=True)
class Header:
    """The settings that all images of a file share, and the images' names.

    Attributes:
        codec: 4 bytes, the start of the codec's id.
        quality: 1..100, of every image without another one in the section QUALITY.
        shape: (height, width, channels) of every image; (None, None, channels) for any size.
        block: the number of images in each block but the last.
        stacked: whether the images were one array, not a list.
        channel_axis: whether they had a channel axis.
        names: relative paths with "/", one an image, or None.
        version: of the format.
    """

    codec: bytes
    quality: int
    shape: tuple[Any, ...]
    block: int
    stacked: bool
    channel_axis: bool
    names: tuple[str, ...] | None = None
    version: int = VERSION


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
        self.names = header.names
        self.packed_names = b"" if self.names is None else names.pack(self.names)
        self.file, self.header, self.index = file, header, bytearray()
        self.files: list[File] = []
        self.pixels = 0  # of the files
        start = start_of(header)
        self.seed = zlib.crc32(start)
        self.bytes = file.write(start)

    def add(
        self,
        shape: tuple[int, ...],
        symbols: Any,
        payload: bytes,
        files: Sequence[tuple[int, bytes]] = (),
        qualities: np.ndarray | None = None,
    ) -> None:
        """Writes the next block.

        Args:
            shape: (H, W, C) of its images.
            symbols, payload: those of its images that the codec codes.
            files: (kind, content) of the others, in order.
            qualities: uint8, of each of its images; None if all have the header's.
        """
        seed = block_seed(self.header, self.seed, shape, qualities)
        self.index += size_of(self.header, shape) + varint(len(payload))
        self.index += checksum(symbols, payload, seed).to_bytes(4, "little")
        self.bytes += self.file.write(payload)
        for kind, content in files:
            self.files.append(File(kind, len(content), file_checksum(kind, content, seed)))
            self.bytes += self.file.write(content)
            self.pixels += shape[0] * shape[1]

    def finish(self, count: int, parts: Mapping[int, bytes] | None = None, pixels: int = 0) -> None:
        """Ends a file of `count` images.

        Args:
            parts: the sections, besides those for files.
            pixels: the pixels of images that will be scaled back to a size of their own.

        Raises InputError if the number of names differs.
        """
        if self.names is not None and len(self.names) != count:
            received = f"{len(self.names)} names"
            raise InputError(f"{count} names", received, "Pass one name for each image.")
        parts = dict(parts or {})
        if self.files:
            parts[sections.FILES] = sections.pack_files(self.files)
        missing = self._missing(self.pixels + pixels)
        if missing:
            parts[sections.PADDING] = varint(missing)
            for start in range(0, missing, PIECE):
                self.bytes += self.file.write(bytes(min(PIECE, missing - start)))
        packed = sections.pack(dict(sorted(parts.items()))) if parts else b""
        footer = varint(count) + bytes(self.index) + packed + self.packed_names
        size = (len(footer) + SECTIONS * bool(parts)).to_bytes(4, "little")
        checksum = zlib.crc32(footer + size, self.seed).to_bytes(4, "little")
        self.bytes += self.file.write(footer + size + checksum)

    def _missing(self, pixels):
        """The zeros that the file needs: a small file must not claim many pixels."""
        if pixels <= MANY_PIXELS:
            return 0
        return max(0, math.ceil(pixels / PIXELS_A_BYTE) - self.bytes)


def filled(payload: bytes, shape: tuple[int, ...]) -> bytes:
    """The payload of images [N, H, W, C], padded to the minimum length for them."""
    count, height, width, _ = shape
    fewest = max(count / IMAGES_A_BYTE, count * height * width / PIXELS_A_BYTE)
    return payload.ljust(4 * math.ceil(fewest / 4), b"\0")  # decoders read whole words


def checksum(symbols: Any, payload: bytes, seed: int) -> int:
    """CRC-32 of int symbols and their payload, started at `seed`."""
    return zlib.crc32(payload, zlib.crc32(np.ascontiguousarray(symbols, "<i4").data, seed))


def file_checksum(kind: int, content: bytes, seed: int) -> int:
    """CRC-32 of a stored file and its kind, started at `seed`."""
    return zlib.crc32(content, zlib.crc32(bytes([kind]), seed))


def start_of(header):
    """The bytes of a header."""
    form = STACKED * header.stacked | CHANNEL_AXIS * header.channel_axis
    form |= NAMED * (header.names is not None)
    numbers = b"".join(varint(number or 0) for number in (*header.shape, header.block))
    return MAGIC + bytes([header.version]) + header.codec + bytes([form, header.quality]) + numbers


def block_seed(
    header: Header, seed: int, shape: tuple[int, ...], qualities: np.ndarray | None
) -> int:
    """The CRC-32 with which the checksums of a block begin, after that of the file's header.

    Args:
        shape: (H, W, C) of its images.
        qualities: uint8, of each of its images; they count only if one differs from the header's.
    """
    other = qualities is not None and bool((qualities != header.quality).any())
    covered = qualities.tobytes() if qualities is not None and other else b""
    return zlib.crc32(size_of(header, shape) + covered, seed)


def size_of(header, shape):
    """The size of a block's images as the index stores it: empty if all images have one size."""
    return varint(shape[0]) + varint(shape[1]) if header.shape[0] is None else b""
