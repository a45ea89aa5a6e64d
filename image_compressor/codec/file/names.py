"""The names of the images in an .imgc file: joined by NUL, as raw DEFLATE."""

import itertools
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

from image_compressor.codec.file.reading import damaged
from image_compressor.errors import InputError
from image_compressor.images.safe_names import DEVICE, LARGEST_NAME, folded

LARGEST_NAMES = 2**26  # bytes of all names
# Bounds on the result of inflating few bytes. All names differ, so no DEFLATE match covers a whole
# name: each costs a symbol of its own, of 2 bits or more, and the longest costs about 5 bytes.
NAMES_A_BYTE, BYTES_A_BYTE = 4, 512
PIECE = 2**20  # bytes inflated at a time


def pack(names: Sequence[str]) -> bytes:
    """The packed names. Raises InputError for names that `check` refuses, and for too many."""
    check(names)
    joined = "\0".join(names).encode()
    if len(joined) > LARGEST_NAMES:
        fix = "Write two files."
        raise InputError(f"at most {LARGEST_NAMES} bytes of names", len(joined), fix)
    return zlib.compress(joined, 9, wbits=-15)


def unpack(packed: bytes, count: int) -> tuple[str, ...]:
    """The names. Raises InputError for bytes that `pack` did not write, and for unsafe names.

    The length of `packed` bounds memory and time, whatever it inflates to.
    """
    if count > NAMES_A_BYTE * len(packed):
        raise damaged(f"{count} names in {len(packed)} bytes")
    try:
        names = tuple(_inflated(packed, count))
    except (zlib.error, UnicodeDecodeError) as error:
        raise damaged(f"names that cannot be read: {error}") from None
    if len(names) != count:
        raise damaged(f"{len(names)} names for {count} images")
    check(names)
    return names


def _inflated(packed, count) -> Iterator[str]:
    """Up to `count` + 1 names, yielded as they are inflated."""
    inflater, rest = zlib.decompressobj(wbits=-15), b""
    left = min(LARGEST_NAMES, BYTES_A_BYTE * len(packed))
    while not inflater.eof:
        piece = inflater.decompress(packed, PIECE)
        packed, left = inflater.unconsumed_tail, left - len(piece)
        *whole, rest = (rest + piece).split(b"\0")
        count -= len(whole)
        if left < 0 or count < 0 or len(rest) > LARGEST_NAME or not (piece or inflater.eof):
            raise damaged("names that are too long or too many")
        yield from (name.decode() for name in whole)
    if inflater.unused_data:
        raise damaged("bytes after its names")
    yield rest.decode()


def check(names: Sequence[str]) -> None:
    """Raises InputError unless these are relative paths that are safe to write anywhere:
    printable, without a way out of the directory, and distinct on every file system.
    """
    for name in names:
        if not isinstance(name, str):
            raise InputError("names of type str", repr(name)[:80], "Convert them.")
        unsafe = any(map(_unsafe, name.split("/"))) or "\\" in name or ":" in name
        if unsafe or not name.isprintable() or len(name.encode()) > LARGEST_NAME:
            raise InputError(
                "names that are relative paths and safe to write in any directory",
                repr(name)[:80],
                "Rename it.",
            )
    clash = _clash(names)
    if clash:
        raise InputError(
            "names that differ in more than case, none of them a folder of another",
            " and ".join(repr(name)[:80] for name in clash),
            "Rename one.",
        )


def _clash(names):
    """Two names that cannot both be written on every file system, or None: they differ only in
    case or in how accents are encoded, or one is a folder that contains the other."""
    # The separator sorts first, so the contents of a folder directly follow its own name.
    pairs = itertools.pairwise(sorted(names, key=_key))
    return next((pair for pair in pairs if _key(pair[1]).startswith(_key(pair[0]))), None)


def _key(name):
    return folded(name).replace("/", "\0") + "\0"


@lru_cache(maxsize=2**15)  # names share most of their folders
def _unsafe(part):
    """Whether some system takes a part of a path for another path: Windows drops dots and spaces
    at the end, and reserves the names of devices, with any suffix."""
    return part.endswith((".", " ")) or not part or DEVICE.fullmatch(part.partition(".")[0])
