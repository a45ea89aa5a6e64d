"""Forges .imgc files for fuzz.py, made from files that a codec wrote.

- damaged: bytes are changed, removed, inserted, moved, or spliced with those of another file;
- sealed: damaged, and then the file's checksum is corrected, so that its fields are trusted;
- forged: rewritten with any header, sizes, payloads and names;
- claimed: at most SMALL bytes that claim as much as possible, with correct checksums: blocks of
  thousands of images, images of millions of pixels, empty payloads, names that inflate.
"""

import io
import itertools
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from image_compressor import Codec, InputError
from image_compressor.codec.file import names, sections
from image_compressor.codec.file.container import SECTIONS, TRAILER, VERSION, Writer
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.file.reading import Bytes, varint

SMALL = 100_000  # bytes
INTERESTING = [0, 1, 127, 128, 255, 2**14, 2**16, 2**28, 2**31, 2**32 - 1, 2**41]


@dataclass
class Sample:
    """A valid file, and its images as bytes with their shapes."""

    codec: Codec
    data: bytes
    images: set[tuple[tuple[int, ...], bytes]]
    reader: Reader


def samples() -> Iterator[Sample]:
    """Yields files of codecs with and without a hyperprior, with images of one and of any size."""
    noise = np.random.default_rng(0)
    digits = noise.integers(0, 256, (300, 28, 28), np.uint8)
    photographs = [noise.integers(0, 256, (*size, 3), np.uint8) for size in [(9, 20), (40, 33)]]
    with_strokes = np.tril(digits[:40]) // 2  # some keep their quality, some are raised or stored
    given = ("digits", digits), ("digits", list(with_strokes)), ("photo", photographs)
    for (name, images), guard in itertools.product(given, (False, True)):
        codec = Codec.load(name)
        paths = [f"a/{number}.png" for number in range(len(images))]
        for names_ in (None, paths):
            data = codec.compress(images, names_, quality=30, guard=guard)
            yield Sample(codec, data, known(codec.decompress(data)), Reader(io.BytesIO(data)))


def known(images) -> set[tuple[tuple[int, ...], bytes]]:
    return {(image.shape, image.tobytes()) for image in images}


def damaged(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Makes one to three changes."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        start, end = sorted(chance.choices(range(len(changed) + 1), k=2))
        end = min(end, start + chance.choice([1, 2, 4, 1000]))
        part = changed[start:end]
        match chance.randrange(6):
            case 0:
                part = bytes(byte ^ 1 << chance.randrange(8) for byte in part[:1]) + part[1:]
            case 1:
                part = chance.randbytes(len(part))
            case 2:
                part = b""
            case 3:
                part = part + part
            case 4:
                part = varint(chance.choice(INTERESTING))
            case 5:
                part = other[start:end]
        changed[start:end] = part
    return bytes(changed)


def sealed(data: bytes) -> bytes:
    """Corrects the checksum of header and footer, if the file has such parts."""
    start = Bytes(data[:64], len(data))
    try:
        start.take(11)
        for _ in range(4):
            start.varint()
    except InputError:
        return data
    flag, size = divmod(int.from_bytes(data[-TRAILER : -TRAILER + 4], "little"), SECTIONS)
    if len(data) < start.position + TRAILER + size:
        size = max(0, len(data) - start.position - TRAILER)
        data = data[:-TRAILER] + (size + SECTIONS * flag).to_bytes(4, "little") + bytes(4)
    end = -4 if data[4] == VERSION else -TRAILER
    footer = data[len(data) - TRAILER - size : end]
    return data[:-4] + zlib.crc32(footer, zlib.crc32(data[: start.position])).to_bytes(4, "little")


def forged(sample: Sample, chance: random.Random) -> bytes:
    """Writes a file with any header, and with blocks of the sample, possibly changed."""
    reader, blocks = sample.reader, range(len(sample.reader.sizes))
    header = reader.header
    for field, values in {
        "quality": range(1, 101),
        "block": [1, 2, 256, 4096],
        "stacked": [True, False],
        "channel_axis": [True, False],
        "names": [None, ("a",), header.names],
    }.items():
        if chance.random() < 0.2:
            header = replace(header, **{field: chance.choice(values)})
    file = io.BytesIO()
    writer = Writer(file, header)
    if header.names is not None and chance.random() < 0.3:
        writer.packed_names = damaged(writer.packed_names, names.pack(["b"]), chance)
    chosen = [chance.choice(blocks) for _ in blocks] if chance.random() < 0.3 else blocks
    for number in chosen:
        block = reader.block(number)
        shape, payload = block.shape, reader.payload(block)
        files = [(each.kind, reader.stored(block, at, each)) for at, each in block.files]
        if files and chance.random() < 0.3:
            files = [(chance.choice([kind, 1, 2, 3, 4]), content) for kind, content in files]
            files[0] = files[0][0], damaged(files[0][1], sample.data, chance)
        if chance.random() < 0.5:
            payload = damaged(payload, sample.data, chance)
            payload = payload[: len(payload) & ~3]
        if chance.random() < 0.2:
            shape = (chance.choice([1, 7, 100, 2**14]), chance.choice([1, 7, 100, 2**14]), 3)
        writer.add(shape, np.zeros(0, np.int32), payload, files, block.qualities)
        for position, (_, own) in enumerate(block.files, len(writer.files) - len(files)):
            # With a checksum of its own it would be another valid file.
            changed = replace(writer.files[position], checksum=own.checksum)
            writer.files[position] = changed
        if chance.random() < 0.7:  # keeps the original checksum
            writer.index[-4:] = block.checksum.to_bytes(4, "little")
    writer.names = None  # any number of them
    parts = {sections.QUALITY: sections.pack_qualities(reader.qualities)} if reader.files else {}
    parts |= {sections.PADDING: b"\0"} if chance.random() < 0.1 else {}
    writer.finish(chance.choice([reader.count] * 9 + INTERESTING), parts)
    return file.getvalue()


def claimed(sample: Sample, chance: random.Random) -> bytes:
    """Writes a small file with a few kinds of blocks, repeated, and with names that inflate."""
    names = None if chance.random() < 0.5 else ()
    any_size = sample.codec.any_size
    block = 1 if any_size else chance.choice([1, 2, 512, 4096])
    header = replace(sample.reader.header, block=block, names=names, quality=chance.randint(1, 100))
    file = io.BytesIO()
    writer = Writer(file, header)
    kinds = [_block(sample, chance) for _ in range(chance.randint(1, 3))]
    count = chance.choice([1, 2, 10, 100, 1000, 10_000])
    for number in range(count):
        if writer.bytes + len(writer.index) > SMALL // 2:
            break
        writer.add(*kinds[number % len(kinds)])
    images = block * (number + 1) - chance.choice([0, 0, 1])
    parts = _parts(images, chance)
    if names is not None:
        images = chance.choice([images, min(images, 300_000)])
        writer.packed_names = _bomb(images, chance)[: SMALL // 2]
    writer.names = None
    writer.finish(max(1, images), parts)
    return file.getvalue()


def _parts(images, chance):
    """Returns sections that claim much: stored files, sizes, padding."""
    parts = {}
    count = max(1, min(images, 300_000))
    if chance.random() < 0.3:
        kinds = np.zeros(count, np.uint8) if chance.random() < 0.5 else np.arange(count) % 3 * 40
        parts[sections.QUALITY] = sections.pack_qualities(kinds.astype(np.uint8))
    if chance.random() < 0.2:
        side = chance.choice([1, 100, 4000, 2**14])
        packed = sections.pack_sizes("letterbox", min(count, 9999) * [(side, side)])
        parts[sections.SIZES] = packed
    if chance.random() < 0.2:
        parts[sections.PADDING] = varint(chance.choice(INTERESTING))
    return parts


def _block(sample, chance):
    """Returns a block's shape, symbols and payload."""
    if sample.codec.any_size:
        sides = [1, 16, 100, 500, 1000, 3000, 2**14]
        shape = (chance.choice(sides), chance.choice(sides), 3)
    else:
        shape = sample.reader.header.shape
    reader = sample.reader
    own = reader.payload(reader.block(chance.randrange(len(reader.sizes))))
    payload = chance.choice([b"", own, bytes(len(own)), chance.randbytes(len(own) & ~3), own * 20])
    return shape, np.zeros(0, np.int32), payload


def _bomb(images, chance):
    """Packs about as many names as images: equal, numbered, or long."""
    start = chance.choice(["", "a/" * chance.choice([1, 10, 500]), "a" * chance.choice([9, 1000])])
    most = min(images, 2**24 // (len(start) + 9))
    other = chance.choice([1, 9, most])
    joined = "\0".join(f"{start}{number % other:x}" for number in range(most))
    return zlib.compress(joined.encode(), chance.choice([1, 9]), wbits=-15)


# Each makes a file from a sample and another one.
KINDS: dict[str, Callable[[Sample, Sample, random.Random], bytes]] = {
    "damaged": lambda sample, other, chance: damaged(sample.data, other.data, chance),
    "sealed": lambda sample, other, chance: sealed(damaged(sample.data, other.data, chance)),
    "forged": lambda sample, other, chance: forged(sample, chance),
    "claimed": lambda sample, other, chance: claimed(sample, chance),
}
