"""The part of a codec that decodes, packed, so that a file can contain it.

    id of the codec (32 bytes), SHA-256 of all unpacked parts (32 bytes)
    for each of PARTS: its bytes, packed and unpacked (varints); 0 and 0 for a part that is missing
    the packed parts

A part is a network, or an array of the tables. Networks and arrays of floats are packed by xz in
planes: the first byte of every number, then the second, and so on. Of an array of integers
[Q, ...], the differences along Q are packed by bzip2, in the order of the transposed array, because
neighbouring qualities differ little. All numbers are little-endian. `digits` takes 0.98 MB instead
of 3.4, `photo` 1.9 of 3.5.
"""

import bz2
import hashlib
import lzma
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from image_compressor.codec.exported import DECODER, HYPER_DECODER, Files, codec_id
from image_compressor.codec.file.reading import Bytes, damaged, varint
from image_compressor.codec.frozen.table_file import KINDS, TABLES, Arrays, arrays
from image_compressor.codec.frozen.tables import QUALITIES
from image_compressor.parallel import parallel_map

NETWORKS = (DECODER, HYPER_DECODER)
PARTS = (*NETWORKS, *KINDS)
INTEGERS = tuple(name for name, (kind, _) in KINDS.items() if kind[1] != "f")
WIDTH = 2  # bytes a number, in networks: those of released codecs have float16
DIGEST = 32  # bytes
LARGEST = 2**26  # bytes of all unpacked parts; `digits` has 9 million
MEMORY = 2**27  # bytes for xz


@dataclass(frozen=True)
class Embedded:
    """The part of a codec that decodes.

    Attributes:
        identity: the id of the codec, 32 bytes.
        networks: the decoder, and the hyper-decoder if there is one.
        tables: the arrays of the tables.
    """

    identity: bytes
    networks: Files
    tables: Arrays


def pack(files: Files) -> bytes:
    """Packs the part that decodes, of the files of an exported codec."""
    plain = {name: _planes(files[name], WIDTH) for name in NETWORKS if name in files}
    plain |= {name: _turned(array) for name, array in arrays(files[TABLES]).items()}
    parts = [plain.get(name, b"") for name in PARTS]
    packed = [*parallel_map(_packed, zip(PARTS, parts, strict=True))]
    sizes = [varint(len(each)) for pair in zip(packed, parts, strict=True) for each in pair]
    return b"".join([bytes.fromhex(codec_id(files)), _digest(parts), *sizes, *packed])


def unpack(content: bytes) -> Embedded:
    """Unpacks what `pack` returned. Raises InputError for anything else.

    That is no proof that the networks are harmless: see `trial`.
    """
    fields = Bytes(content, len(content))
    identity, digest = fields.take(DIGEST), fields.take(DIGEST)
    sizes = [(fields.varint(), fields.varint()) for _ in PARTS]
    if (total := sum(size for _, size in sizes)) > LARGEST:
        raise damaged(f"an embedded codec of {total:,} bytes, more than {LARGEST:,}")
    pairs = zip(PARTS, sizes, strict=True)
    each = [(name, fields.take(small), size) for name, (small, size) in pairs]
    parts = [*parallel_map(_unpacked, each)]
    if _digest(parts) != digest or fields.position != len(content):
        raise damaged("an embedded codec that differs from its SHA-256")
    plain = {name: part for name, part in zip(PARTS, parts, strict=True) if part}
    networks = {name: _interleaved(plain[name], WIDTH) for name in NETWORKS if name in plain}
    if DECODER not in networks or "widths" not in plain:
        raise damaged("an embedded codec without a decoder or without tables")
    return Embedded(identity, networks, _arrays(plain))


def _arrays(plain):
    qualities = len(QUALITIES)
    channels, classes = (
        len(plain.get(name, b"")) // (4 * qualities) for name in ("widths", "classes")
    )
    shapes = {
        "widths": (qualities, channels),
        "classes": (qualities, classes),
        "index": (qualities, classes, channels),
        "offsets": (qualities, classes, channels),
    }
    try:
        return {
            name: _array(plain[name], kind, shapes.get(name, (-1,)))
            for name, (kind, _) in KINDS.items()
            if name in plain
        }
    except ValueError as error:
        raise damaged(f"an embedded codec whose tables do not fit together: {error}") from None


def _turned(array):
    """The bytes of an array to be packed."""
    turned = array.T
    if array.dtype.kind == "f":
        return _planes(turned.tobytes(), array.dtype.itemsize)
    return np.diff(turned.astype(np.int64), prepend=0).astype(array.dtype).tobytes()


def _array(content, kind, shape):
    """The array of this shape from `_turned`."""
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        turned = np.frombuffer(_interleaved(content, dtype.itemsize), dtype).reshape(shape[::-1])
    else:
        differences = np.frombuffer(content, dtype).reshape(shape[::-1])
        turned = differences.astype(np.int64).cumsum(axis=-1).astype(dtype)  # modulo 2**bits
    return np.ascontiguousarray(turned.T)


def _planes(content, width):
    whole = len(content) // width * width
    numbers = np.frombuffer(content[:whole], np.uint8).reshape(-1, width)
    return numbers.T.tobytes() + content[whole:]


def _interleaved(content, width):
    whole = len(content) // width * width
    planes = np.frombuffer(content[:whole], np.uint8).reshape(width, -1)
    return planes.T.tobytes() + content[whole:]


def _packed(name_and_part):
    name, part = name_and_part
    if not part:
        return b""
    return bz2.compress(part) if name in INTEGERS else lzma.compress(part)


def _unpacked(name_packed_size):
    """The bytes of a part. Raises InputError for others than its size, or too much memory."""
    name, packed, size = name_packed_size
    if not packed and not size:
        return b""
    integers = name in INTEGERS
    unpacker = bz2.BZ2Decompressor() if integers else lzma.LZMADecompressor(memlimit=MEMORY)
    try:
        part = unpacker.decompress(packed, size + 1)
    except (OSError, lzma.LZMAError) as error:
        raise damaged(f"an embedded codec that cannot be unpacked: {error}") from None
    if len(part) != size or not unpacker.eof or unpacker.unused_data:
        raise damaged("an embedded codec with parts of other sizes")
    return part


def _digest(parts: Iterable[bytes]) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()
