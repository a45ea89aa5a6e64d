"""Decodes .imgc files that are damaged or forged, and looks at what becomes of them.

    python -m benchmarks.fuzz [NUMBER] [SEED]

The theorem: each is refused by an InputError, or its images are those of the file it was made of.
No other error, no crash, no more than LONGEST seconds of a processor and LARGEST memory. Of each

- damaged: bytes are changed, cut out, put in, moved, or spliced with those of another file;
- sealed: so too, and then the file's own checksum is made right, so that its fields are believed;
- forged: written anew, with any header, sizes, payloads and names;
- claimed: at most SMALL bytes that claim as much as they can, with checksums that are right: blocks
  of thousands of images, images of millions of pixels, empty payloads, names that inflate.

What is claimed is read by all that read files, with their own limits: info and list, decompress
with and without --only, the demo. A million take half an hour. What breaks the theorem is kept in
fuzz-failures/. Exit code 1 then.
"""

import io
import random
import resource
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from image_compressor import Codec, InputError
from image_compressor.codec import names
from image_compressor.codec.container import TRAILER, Reader, Writer
from image_compressor.codec.fields import Bytes, varint
from image_compressor.demo import answers

FAILURES = Path("fuzz-failures")
BATCH, WORKERS = 5000, 2
LONGEST, LARGEST, SMALL = 2.0, 2**29, 100_000  # seconds, bytes of memory and of files
MAX_PIXELS = 2**14
RIGHT = ("refused", "its images")
Reading = Callable[["Sample", bytes], list]
INTERESTING = [0, 1, 127, 128, 255, 2**14, 2**16, 2**28, 2**31, 2**32 - 1, 2**41]


@dataclass
class Sample:
    """A whole file, and its images as bytes with their shape."""

    codec: Codec
    data: bytes
    images: set[tuple[tuple[int, ...], bytes]]
    reader: Reader


def samples() -> Iterator[Sample]:
    """Of codecs with and without a hyperprior, of images of one size and of any."""
    noise = np.random.default_rng(0)
    digits = noise.integers(0, 256, (300, 28, 28), np.uint8)
    photographs = [noise.integers(0, 256, (*size, 3), np.uint8) for size in [(9, 20), (40, 33)]]
    for name, images in ("digits", digits), ("digits", list(digits[:5])), ("photo", photographs):
        codec = Codec.load(name)
        paths = [f"a/{number}.png" for number in range(len(images))]
        for given in (None, paths):
            data = codec.compress(images, given, quality=30)
            yield Sample(codec, data, known(codec.decompress(data)), Reader(io.BytesIO(data)))


def known(images) -> set[tuple[tuple[int, ...], bytes]]:
    return {(image.shape, image.tobytes()) for image in images}


def damaged(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """With one to three changes."""
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
    """With the checksum of header and footer that it should have, where it has such parts."""
    start = Bytes(data[:64], len(data))
    try:
        start.take(11)
        for _ in range(4):
            start.varint()
    except InputError:
        return data
    size = int.from_bytes(data[-TRAILER : -TRAILER + 4], "little")
    if len(data) < start.place + TRAILER + size:
        size = len(data) - start.place - TRAILER
        data = data[:-TRAILER] + max(0, size).to_bytes(4, "little") + bytes(4)
    footer = data[len(data) - TRAILER - size : -TRAILER]
    return data[:-4] + zlib.crc32(footer, zlib.crc32(data[: start.place])).to_bytes(4, "little")


def forged(sample: Sample, chance: random.Random) -> bytes:
    """A file of blocks like those of the sample, or otherwise, with any header."""
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
        shape, payload = reader.shapes[number], reader.payload(number)
        if chance.random() < 0.5:
            payload = damaged(payload, sample.data, chance)
            payload = payload[: len(payload) & ~3]
        if chance.random() < 0.2:
            shape = (chance.choice([1, 7, 100, 2**14]), chance.choice([1, 7, 100, 2**14]), 3)
        writer.add(shape, np.zeros(0, np.int32), payload)
        if chance.random() < 0.7:  # the checksum that it had
            writer.index[-4:] = reader._checksums[number].to_bytes(4, "little")
    writer.names = None  # any number of them
    writer.finish(chance.choice([reader.count] * 9 + INTERESTING))
    return file.getvalue()


def claimed(sample: Sample, chance: random.Random) -> bytes:
    """A small file with a few kinds of blocks, repeated, and with names that inflate."""
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
    if names is not None:
        images = chance.choice([images, min(images, 300_000)])
        writer.packed_names = _bomb(images, chance)[: SMALL // 2]
    writer.names = None
    writer.finish(max(1, images))
    return file.getvalue()


def _block(sample, chance):
    """Its shape, symbols, and payload."""
    if sample.codec.any_size:
        sides = [1, 16, 100, 500, 1000, 3000, 2**14]
        shape = (chance.choice(sides), chance.choice(sides), 3)
    else:
        shape = sample.reader.header.shape
    own = sample.reader.payload(chance.randrange(len(sample.reader.sizes)))
    payload = chance.choice([b"", own, bytes(len(own)), chance.randbytes(len(own) & ~3), own * 20])
    return shape, np.zeros(0, np.int32), payload


def _bomb(images, chance):
    """About as many names: alike, counted, or long."""
    start = chance.choice(["", "a/" * chance.choice([1, 10, 500]), "a" * chance.choice([9, 1000])])
    most = min(images, 2**24 // (len(start) + 9))
    other = chance.choice([1, 9, most])
    joined = "\0".join(f"{start}{number % other:x}" for number in range(most))
    return zlib.compress(joined.encode(), chance.choice([1, 9]), wbits=-15)


def listed(sample: Sample, data: bytes) -> list:
    """Reads a file as info and list do."""
    reader = Reader(io.BytesIO(data))
    for name in reader.header.names or range(reader.count):
        str(name)
    return []


def only(sample: Sample, data: bytes) -> list:
    archive = sample.codec.open(io.BytesIO(data))
    return [archive[0], archive[len(archive) - 1]]


def whole(sample: Sample, data: bytes) -> list:
    return list(sample.codec.decompress(data))


def shown(sample: Sample, data: bytes) -> list:
    """Reads a file as the demo does."""
    if not sample.codec.any_size:
        answers.decompress(sample.codec, data, 0, 60)
    return []


def opened(sample: Sample, data: bytes) -> list:
    archive = sample.codec.open(io.BytesIO(data), max_pixels=MAX_PIXELS)
    return [archive[number] for number in range(min(len(archive), 700))]


def outcome(sample: Sample, data: bytes, read: Reading = opened) -> str:
    """What becomes of it: refused, its images, or what breaks the theorem."""
    began = time.process_time()
    try:
        images = read(sample, data)
    except InputError:
        images = None
    except KeyboardInterrupt:
        raise
    except (
        BaseException
    ) as error:  # any breaks the theorem; a panic of constriction is no Exception
        return f"{type(error).__name__}: {error}"
    if time.process_time() - began > LONGEST:
        return f"{read.__name__} {time.process_time() - began:.0f} s"
    if images is None:
        return "refused"
    return "its images" if known(images) <= sample.images else "OTHER IMAGES"


def batch(seed: str) -> tuple[Counter, int]:
    """(outcomes of BATCH files, the largest memory of this process so far in bytes)."""
    chance, counted = random.Random(seed), Counter()
    for _ in range(BATCH):
        sample, kind = chance.choice(SAMPLES), chance.choice(KINDS)
        data, reading = KINDS_OF[kind](sample, chance), opened
        if kind == "claimed":
            reading = chance.choice(READINGS)
        became = outcome(sample, data, reading)
        counted[kind, became] += 1
        if became not in RIGHT:
            FAILURES.mkdir(exist_ok=True)
            (FAILURES / f"{zlib.crc32(data):08x}.imgc").write_bytes(data)
    return counted, 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _damaged(sample, chance):
    return damaged(sample.data, chance.choice(SAMPLES).data, chance)


READINGS: list[Reading] = [listed, only, whole, shown]
KINDS_OF = {
    "damaged": _damaged,
    "sealed": lambda sample, chance: sealed(_damaged(sample, chance)),
    "forged": forged,
    "claimed": claimed,
}
KINDS = [*KINDS_OF]
SAMPLES: list[Sample] = []


def prepare() -> None:
    SAMPLES.extend(samples())


def main() -> None:
    number, seed = (int(text) for text in (sys.argv[1:] + ["1000000", "0"][len(sys.argv) - 1 :]))
    seeds = [f"{seed} {start}" for start in range(0, number, BATCH)]
    with ProcessPoolExecutor(WORKERS, initializer=prepare) as pool:
        counted, memory = zip(*pool.map(batch, seeds), strict=True)
    outcomes = sum(counted, Counter())
    for (kind, became), times in sorted(outcomes.items()):
        print(f"{kind:8} {became}: {times:,}")
    print(f"{outcomes.total():,} files of seed {seed}; at most {max(memory) / 2**20:.0f} MiB")
    right = all(became in RIGHT for _, became in outcomes)
    sys.exit(not right or max(memory) > LARGEST)


if __name__ == "__main__":
    main()
