"""The optional parts of a footer: each image's quality, its file, its own size, and more."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import constriction
import numpy as np

from image_compressor.codec.file.reading import Bytes, damaged, varint
from image_compressor.codec.frozen.tables import PRECISION, QUALITIES
from image_compressor.codec.grouped import model

# Tags. A reader refuses an unknown one below OPTIONAL, and skips one from there on.
QUALITY, FILES, SIZES, PADDING = 1, 2, 3, 4
OPTIONAL = MEASURES = 128
EMBEDDED = 129  # the codec itself, see `codec.embedded`
METADATA = 130  # see `metadata_section`
KNOWN = (QUALITY, FILES, SIZES, PADDING, MEASURES, EMBEDDED, METADATA)
STORED = 0  # the "quality" of an image that is stored as a file
SCALES = ("letterbox", "stretch")  # how an image was brought to the codec's size
FULL = 2**16 - 1  # an SSIM of 1


@dataclass(frozen=True)
class File:
    """An image stored as a file: see `stored_files`.

    Attributes:
        kind: a key of `stored_files.KINDS`.
        bytes: its size in the archive.
        checksum: CRC-32, see `container`.
    """

    kind: int
    bytes: int
    checksum: int


def pack(parts: Mapping[int, bytes]) -> bytes:
    """The sections {tag: content}."""
    packed = (bytes([tag]) + varint(len(content)) + content for tag, content in parts.items())
    return varint(len(parts)) + b"".join(packed)


def unpack(fields: Bytes) -> dict[int, bytes]:
    """The sections, without the optional ones that this version does not know."""
    parts = {}
    for _ in range(fields.varint()):
        tag = fields.byte()
        content = fields.take(fields.varint())
        if tag in parts:
            raise damaged(f"two sections {tag}")
        if tag in KNOWN:
            parts[tag] = content
        elif tag < OPTIONAL:
            raise damaged(f"a section {tag}, which needs a newer version of this package")
    return parts


def pack_qualities(qualities: np.ndarray) -> bytes:
    """Numbers in 0..100, near their entropy: the distinct ones with their counts, then a range
    coder's words for the order."""
    values, counts = np.unique(qualities, return_counts=True)
    pairs = zip(values.tolist(), counts.tolist(), strict=True)
    head = varint(len(values)) + b"".join(bytes([value]) + varint(n) for value, n in pairs)
    if len(values) == 1:
        return head
    encoder = constriction.stream.queue.RangeEncoder()
    positions = np.searchsorted(values, qualities).astype(np.int32)
    encoder.encode(positions, model(_frequencies(counts.tolist())))
    return head + encoder.get_compressed().astype("<u4").tobytes()


def unpack_qualities(content: bytes, count: int) -> np.ndarray:
    """`count` numbers, uint8. Raises InputError for bytes that `pack_qualities` did not write."""
    fields = Bytes(content, len(content))
    pairs = [(fields.byte(), fields.varint()) for _ in range(min(fields.varint(), 102))]
    values, counts = [value for value, _ in pairs], [number for _, number in pairs]
    known = all(value == STORED or value in QUALITIES for value in values)
    if not known or values != sorted(set(values)) or sum(counts) != count or 0 in counts:
        raise damaged(f"qualities {pairs[:9]} of {count} images")
    rest = content[fields.position :]
    positions = np.zeros(count, np.int32)
    if len(values) > 1 and len(rest) % 4 == 0:
        words = np.frombuffer(rest, "<u4").astype(np.uint32)
        try:
            decoder = constriction.stream.queue.RangeDecoder(words)
            positions = decoder.decode(model(_frequencies(counts)), count)
        except AssertionError:  # constriction's own message names no file
            raise damaged("qualities that no encoder wrote") from None
    elif rest:
        raise damaged(f"{len(rest)} bytes after its qualities")
    if np.bincount(positions).tolist() != counts:
        raise damaged("qualities other than their counts")
    return np.array(values, np.uint8)[positions]


def _frequencies(counts):
    """Frequencies out of 2**PRECISION, at least 1 each, in proportion to the counts."""
    spare, total = 2**PRECISION - len(counts), sum(counts)
    shares = [1 + count * spare // total for count in counts]
    shares[counts.index(max(counts))] += 2**PRECISION - sum(shares)
    return np.array(shares)


def pack_files(files: Sequence[File]) -> bytes:
    """The kind, size and checksum of each file."""
    return b"".join(
        bytes([file.kind]) + varint(file.bytes) + file.checksum.to_bytes(4, "little")
        for file in files
    )


def unpack_files(content: bytes, count: int) -> list[File]:
    """`count` files. Raises InputError for other bytes than theirs."""
    fields = Bytes(content, len(content))
    files = []
    for _ in range(count):
        kind, size = fields.byte(), fields.varint()
        files.append(File(kind, size, int.from_bytes(fields.take(4), "little")))
    _check_end(fields)
    return files


def pack_sizes(fit: str, sizes: Sequence[tuple[int, int]]) -> bytes:
    """How images were scaled, and the (height, width) that each had before."""
    numbers = b"".join(varint(side) for size in sizes for side in size)
    return bytes([SCALES.index(fit)]) + zlib.compress(numbers, 9, wbits=-15)


def unpack_sizes(content: bytes, count: int, largest: int) -> tuple[str, list[tuple[int, int]]]:
    """The fit and the sizes of `count` images, each of 1 to `largest` pixels."""
    fields = Bytes(content, len(content))
    fit, most = fields.byte(), 12 * count  # a varint has up to 6 bytes
    if fit >= len(SCALES):
        raise damaged(f"a fit {fit}")
    inflater = zlib.decompressobj(wbits=-15)
    try:
        numbers = inflater.decompress(content[1:], most + 1)
    except zlib.error as error:
        raise damaged(f"sizes that cannot be read: {error}") from None
    if not inflater.eof or inflater.unused_data or len(numbers) > most:
        raise damaged(f"sizes that are not those of {count} images")
    fields = Bytes(numbers, len(numbers))
    sizes = [(fields.varint(), fields.varint()) for _ in range(count)]
    _check_end(fields)
    for height, width in sizes:
        if not 1 <= height * width <= largest:
            raise damaged(f"an image of {height}x{width} pixels, more than {largest} or none")
    return SCALES[fit], sizes


def pack_measures(ssim: np.ndarray) -> bytes:
    """The mean, 5th percentile and minimum of SSIM, each as a 16-bit part of 1."""
    facts = ssim.mean(), np.percentile(ssim, 5), ssim.min()
    return np.rint(np.clip(facts, 0, 1) * FULL).astype("<u2").tobytes()


def unpack_measures(content: bytes) -> tuple[float, ...]:
    """(mean, 5th percentile, minimum) of SSIM."""
    if len(content) != 6:
        raise damaged(f"{len(content)} bytes of measures")
    return tuple((np.frombuffer(content, "<u2") / FULL).round(4).tolist())


def _check_end(fields):
    if fields.position != len(fields.data):
        raise damaged(f"{len(fields.data) - fields.position} bytes too many in a section")
