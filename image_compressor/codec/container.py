"""The .imgc file: a header, then blocks of images that share a payload.

    magic "IMGC", version (1 byte), codec (4 bytes)
    form (1 byte: 1 stacked, 2 channel axis, 4 names)
    height, width, channels, images, images a block          (varints)
    with names: bytes of what follows, then the names, joined by NUL, as raw DEFLATE
    for each block: bytes of its payload (varint), checksum (4 bytes)
    the payloads

Varints are LEB128 (7 bits a byte, low first), other numbers little-endian. A checksum is the
CRC-32 of all before the first block's entry, the block's symbols as little-endian int32, and its
payload: damage to header, names or payload is seen when a block is decoded, and so is a decoder
that gives other symbols.
"""

import zlib
from dataclasses import dataclass

import numpy as np

from image_compressor.codec import names
from image_compressor.errors import InputError

MAGIC, VERSION = b"IMGC", 1
LARGEST_BLOCK = 4096  # images: bounds what a block can make a reader allocate
STACKED, CHANNEL_AXIS, NAMED = 1, 2, 4


@dataclass(frozen=True)
class Header:
    """What a file says of its images before any of them is decoded.

    Attributes:
        codec: 4 bytes, the start of the codec's id.
        shape: (height, width, channels) of every image.
        count: images in the file, >= 1.
        block: images in each block but the last.
        stacked: the images were one array, not a list.
        channel_axis: they had an axis for the channels.
        names: relative paths with "/", one an image, or None.
    """

    codec: bytes
    shape: tuple[int, int, int]
    count: int
    block: int
    stacked: bool
    channel_axis: bool
    names: tuple[str, ...] | None = None

    def block_sizes(self):
        """Images in each block: [256, 256, ..., rest]."""
        starts = range(0, self.count, self.block)
        return [min(self.block, self.count - start) for start in starts]


@dataclass(frozen=True)
class Block:
    """A payload and its checksum."""

    payload: bytes
    checksum: int


@dataclass(frozen=True)
class Contents:
    """A file taken apart.

    Attributes:
        header, blocks: what `pack` was given.
        header_bytes: length of the packed header.
        seed: CRC-32 of the packed header, which the checksums begin with.
    """

    header: Header
    blocks: list[Block]
    header_bytes: int
    seed: int


def pack_header(header: Header) -> bytes:
    """Raises InputError for names that could not be written back safely."""
    form = STACKED * header.stacked | CHANNEL_AXIS * header.channel_axis
    form |= NAMED * (header.names is not None)
    parts = [MAGIC, bytes([VERSION]), header.codec, bytes([form])]
    parts += [_varint(number) for number in (*header.shape, header.count, header.block)]
    if header.names is not None:
        packed = names.pack(header.names, header.count)
        parts += [_varint(len(packed)), packed]
    return b"".join(parts)


def pack(header: bytes, blocks: list[Block]) -> bytes:
    """The whole file, from a packed header and the blocks."""
    index = [_varint(len(block.payload)) + block.checksum.to_bytes(4, "little") for block in blocks]
    return b"".join([header, *index, *(block.payload for block in blocks)])


def unpack(data: bytes) -> Contents:
    """Takes a file apart, and decodes nothing yet.

    Raises InputError for anything but a whole file of this version. Declared sizes are held
    against the bytes that are there, and names against a limit, before anything is allocated.
    """
    reader = _Reader(data)
    if reader.take(4) != MAGIC:
        raise InputError("an .imgc file", f"it begins with {bytes(data[:4])!r}", "Choose another.")
    version = reader.byte()
    if version != VERSION:
        raise InputError(
            f"version {VERSION} of the .imgc format", version, "Use the release that wrote it."
        )
    codec, form = reader.take(4), reader.byte()
    height, width, channels, count, block = (reader.varint() for _ in range(5))
    if form > STACKED + CHANNEL_AXIS + NAMED or not 1 <= block <= LARGEST_BLOCK or count < 1:
        raise damaged(f"form {form}, {count} images in blocks of {block}")
    # A block takes at least five bytes; so a short file cannot claim many images.
    if count > block * (len(data) // 5 + 1):
        raise damaged(f"{count} images in {len(data)} bytes")
    packed = reader.take(reader.varint()) if form & NAMED else None
    header = Header(
        codec=codec,
        shape=(height, width, channels),
        count=count,
        block=block,
        stacked=bool(form & STACKED),
        channel_axis=bool(form & CHANNEL_AXIS),
        names=None if packed is None else names.unpack(packed, count),
    )
    header_bytes = reader.place
    sizes = header.block_sizes()
    index = [(reader.varint(), int.from_bytes(reader.take(4), "little")) for _ in sizes]
    blocks = [Block(reader.take(length), checksum) for length, checksum in index]
    if reader.place != len(data):
        raise damaged(f"{len(data) - reader.place} bytes after the end")
    return Contents(header, blocks, header_bytes, zlib.crc32(data[:header_bytes]))


def checksum(symbols: np.ndarray, payload: bytes, seed: int) -> int:
    """CRC-32 of int symbols and the payload they are in, begun at `seed`."""
    return zlib.crc32(payload, zlib.crc32(np.ascontiguousarray(symbols, "<i4").tobytes(), seed))


def damaged(what: str) -> InputError:
    """The error for a file that is not as it was written."""
    return InputError("a whole .imgc file", what, "It is damaged or cut short: get it again.")


def _varint(number):
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


class _Reader:
    """Takes bytes from the front, and never more than there are."""

    def __init__(self, data):
        self.data, self.place = data, 0

    def take(self, length):
        if length > len(self.data) - self.place:
            raise damaged(f"it ends after {len(self.data)} bytes")
        self.place += length
        return bytes(self.data[self.place - length : self.place])

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        number = 0
        for shift in range(0, 42, 7):
            byte = self.byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
        raise damaged("a number of more than 42 bits")
