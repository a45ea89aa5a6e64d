"""The section METADATA of a footer: what each image's own file said besides its pixels.

    raw DEFLATE of
        the number of distinct blocks of bytes, and for each its size (varints); the blocks
        for each image (varints): its time, plus 1; the numbers of its EXIF block, its ICC profile
            and its XMP packet among the blocks, from 1

0 stands for one that is not there.
"""

import zlib
from collections.abc import Sequence

from image_compressor.codec.file.reading import Bytes, damaged, varint
from image_compressor.errors import InputError
from image_compressor.images.metadata import Metadata

LARGEST = 2**28  # bytes, unpacked
LATEST = 2**40  # seconds since 1970: 35,000 years; a varint has at most 42 bits


def pack(each: Sequence[Metadata]) -> bytes:
    """The section for these images. Raises InputError for more than LARGEST bytes."""
    numbers: dict[bytes, int] = {b"": 0}
    fields = []
    for time, *blocks in each:
        fields.append(varint(0 if time is None or not 0 <= time < LATEST else time + 1))
        fields += [varint(numbers.setdefault(block, len(numbers))) for block in blocks]
    blocks = [*numbers][1:]
    sizes = [varint(len(blocks)), *(varint(len(block)) for block in blocks)]
    plain = b"".join([*sizes, *blocks, *fields])
    if len(plain) > LARGEST:
        fix = "Leave it out, or write a set of several files."
        raise InputError(f"at most {LARGEST:,} bytes of metadata in a file", len(plain), fix)
    return zlib.compress(plain, 9, wbits=-15)


def unpack(content: bytes, count: int) -> list[Metadata]:
    """The metadata of `count` images. Raises InputError for bytes that `pack` did not write."""
    inflater = zlib.decompressobj(wbits=-15)
    try:
        plain = inflater.decompress(content, LARGEST + 1)
    except zlib.error as error:
        raise damaged(f"metadata that cannot be read: {error}") from None
    if not inflater.eof or inflater.unused_data or len(plain) > LARGEST:
        raise damaged(f"metadata that is cut off, or has more than {LARGEST:,} bytes")
    fields = Bytes(plain, len(plain))
    blocks = [b""]
    # A block of a file that is whole takes at least one byte.
    sizes = [fields.varint() for _ in range(min(fields.varint(), len(plain)))]
    blocks += [fields.take(size) for size in sizes]
    each = [_metadata(fields, blocks) for _ in range(count)]
    if fields.position != len(plain):
        raise damaged(f"{len(plain) - fields.position} bytes too many in its metadata")
    return each


def _metadata(fields, blocks):
    time = fields.varint()
    numbers = [fields.varint() for _ in range(3)]
    if max(numbers) >= len(blocks):
        raise damaged(f"block {max(numbers)} of {len(blocks) - 1} blocks of metadata")
    exif, profile, xmp = (blocks[number] for number in numbers)
    return Metadata(time - 1 if time else None, exif, profile, xmp)
