"""Tells which files are meant as images, by their names or else by their first bytes.

The same on every machine, whatever Pillow's plugins or the system's table of MIME types know.
"""

import re
import struct
from collections import Counter
from collections.abc import Mapping
from posixpath import splitext

ENDINGS = {  # of the formats that are read; by Pillow's names
    **dict.fromkeys((".png", ".apng"), "PNG"),
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), "JPEG"),
    ".webp": "WEBP",
    **dict.fromkeys((".avif", ".avifs"), "AVIF"),
    **dict.fromkeys((".bmp", ".dib"), "BMP"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    ".gif": "GIF",
}
# Images that cannot be read: told, not passed over.
UNREAD = re.compile(r"\.(hei[cf]|hif|jxl|jp2|j2k|jpx|p[pgbn]m|tga|pcx|dds|exr|hdr|qoi)")
# Whatever they begin with: a camera's raw files begin as TIFF does. The others save reading them.
BESIDE = re.compile(
    r"\.(3fr|arw|cr[23]|dng|erf|iiq|mos|nef|nrw|orf|pef|raf|raw|rw2|sr[2fw]|x3f|thm"
    r"|aae|csv|db|html?|imgc|ini|jsonl?|log|m4v|md|mov|mp[34]|np[yz]|parquet|pdf|psd|svg|tar"
    r"|toml|tsv|txt|xml|xmp|ya?ml|zip)"
)
FORMATS = tuple(dict.fromkeys(ENDINGS.values()))
HIDDEN, OTHER, SPECIAL = "hidden", "no known ending", "pipes, sockets and devices"
START = 64  # bytes that tell a format
BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # bytes


def ending(name: str) -> str:
    """The ending of a file's name, in lower case; Windows drops dots and spaces behind it."""
    return splitext(name.rstrip(". "))[1].lower()


def is_image(name: str) -> bool:
    """Tells whether the ending of a name is that of an image."""
    found = ending(name)
    return found in ENDINGS or bool(UNREAD.fullmatch(found))


def passed_over(path: str, start: bytes | None = None) -> str | None:
    """Why a file is not meant as an image: HIDDEN, its ending or OTHER; "" where it is.

    Args:
        path: of the file, with "/".
        start: its first START bytes. Without them the answer is None where the name does not tell.
    """
    if "/." in f"/{path}":
        return HIDDEN
    if is_image(path):
        return ""
    found = ending(path)
    if not BESIDE.fullmatch(found):
        if start is None:
            return None
        if kind(start):
            return ""
    return found if found.isprintable() and 1 < len(found) < 16 else OTHER


def kind(start: bytes) -> str | None:
    """The format of a file that begins so, by Pillow's name."""
    if start.startswith(b"BM"):  # two letters that a text may begin with
        size = struct.unpack_from("<I", start, 14)[0] if len(start) >= 18 else 0
        return "BMP" if size in BMP_HEADERS else None
    if start[4:8] == b"ftyp":
        return "AVIF" if {b"avif", b"avis"} & {start[n : n + 4] for n in range(8, 40, 4)} else None
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), None)


MAGIC = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",  # BigTIFF
    b"MM\0+": "TIFF",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
}


def told(passed: Mapping[str, int]) -> str:
    """One line of how many files were passed over, by the reason."""
    counts = Counter(passed)
    number = counts.total()
    files = f"{number} files that are not images" if number > 1 else "1 file that is not an image"
    most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:8]
    each = ", ".join(f"{why} {count}" for why, count in most)
    more = ", ..." if len(counts) > 8 else ""
    return f"passed over: {files} ({each}{more})"
