"""The names of the images in an .imgc file: joined by NUL, as raw DEFLATE."""

import re
import unicodedata
import zlib
from collections.abc import Sequence

from image_compressor.errors import InputError

DEVICE = re.compile("con|prn|aux|nul|(com|lpt)[0-9\u00b9\u00b2\u00b3]", re.IGNORECASE)
LARGEST_NAME = 1024  # bytes
LARGEST_NAMES = 2**26  # bytes of all names: bounds what a short file can inflate to


def pack(names: Sequence[str]) -> bytes:
    """Raises InputError for names that `check` refuses, and for too many."""
    check(names)
    joined = "\0".join(names).encode()
    if len(joined) > LARGEST_NAMES:
        raise InputError(f"{LARGEST_NAMES} bytes of names", len(joined), "Make two files.")
    return zlib.compress(joined, 9, wbits=-15)


def unpack(packed: bytes, count: int) -> tuple[str, ...]:
    """Raises InputError for what `pack` did not write, and for names that `check` refuses."""
    inflater = zlib.decompressobj(wbits=-15)
    try:
        names = tuple(inflater.decompress(packed, LARGEST_NAMES).decode().split("\0"))
    except (zlib.error, UnicodeDecodeError) as error:
        raise InputError("names of images", error, "The file is damaged: get it again.") from None
    if not inflater.eof or inflater.unused_data:
        raise InputError("names of images", "more than that", "The file is damaged: get it again.")
    if len(names) != count:
        raise InputError(f"{count} names", len(names), "The file is damaged: get it again.")
    check(names)
    return names


def check(names: Sequence[str]) -> None:
    """Raises InputError unless these are relative paths that can be written anywhere: below the
    directory they are written to, printable, and each a place of its own.
    """
    for name in names:
        if not isinstance(name, str):
            raise InputError("names of type str", repr(name)[:80], "Convert them.")
        unsafe = any(map(_unsafe, name.split("/"))) or {"\\", ":"} & {*name}
        if unsafe or not name.isprintable() or len(name.encode()) > LARGEST_NAME:
            raise InputError(
                "names that are relative paths, below the directory they will be written to",
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
    """Two names that are no different files on some file system, one that ignores case or how
    accents are spelt, or of which one is a folder that the other is in; None without."""
    first: dict[str, str] = {}
    within: dict[str, str] = {}
    for name in names:
        key = folded(name)
        if key in first:
            return first[key], name
        first[key] = name
        while (key := key.rpartition("/")[0]) and key not in within:
            within[key] = name
    return next(((first[key], name) for key, name in within.items() if key in first), None)


def folded(name: str) -> str:
    """The same for all names that are one on some file system."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name.casefold())


def _unsafe(part):
    """Means another place, on Windows perhaps: it drops dots and spaces at the end, and has names
    of devices, with any ending."""
    return part.endswith((".", " ")) or not part or DEVICE.fullmatch(part.partition(".")[0])
