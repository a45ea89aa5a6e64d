"""Decides which files are images, by their names or else by their first bytes.

The result is the same on every machine, independent of Pillow's plugins and the system's table of
MIME types.
"""

import re
import struct
from collections import Counter
from collections.abc import Mapping
from posixpath import splitext

ENDINGS = {  # suffix -> format that can be read, by Pillow's name
    **dict.fromkeys((".png", ".apng"), "PNG"),
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), "JPEG"),
    ".webp": "WEBP",
    **dict.fromkeys((".avif", ".avifs"), "AVIF"),
    **dict.fromkeys((".bmp", ".dib"), "BMP"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    ".gif": "GIF",
}
# Images that cannot be read: reported, not skipped.
UNREAD = re.compile(r"\.(hei[cf]|hif|jxl|jp2|j2k|jpx|p[pgbn]m|tga|pcx|dds|exr|hdr|qoi)")
# Skipped whatever their first bytes: a camera's raw files start like TIFF, and for the others this
# saves reading them.
BESIDE = re.compile(
    r"\.(3fr|arw|cr[23]|dng|erf|iiq|mos|nef|nrw|orf|pef|raf|raw|rw2|sr[2fw]|x3f|thm"
    r"|aae|csv|db|html?|imgc|ini|jsonl?|log|m4v|md|mov|mp[34]|np[yz]|parquet|pdf|psd|svg|tar"
    r"|toml|tsv|txt|xml|xmp|ya?ml|zip)"
)
FORMATS = tuple(dict.fromkeys(ENDINGS.values()))
HIDDEN, OTHER, SPECIAL = "hidden", "no known ending", "pipes, sockets and devices"
START = 64  # first bytes, enough to recognise a format
BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # bytes


def ending(name: str) -> str:
    """The suffix of a file's name in lower case, without the final dots and spaces that Windows
    drops."""
    return splitext(name.rstrip(". "))[1].lower()


def is_image(name: str) -> bool:
    """Whether a name has the suffix of an image."""
    found = ending(name)
    return found in ENDINGS or bool(UNREAD.fullmatch(found))


def passed_over(path: str, start: bytes | None = None) -> str | None:
    """The reason to skip a file that is not an image: HIDDEN, its suffix or OTHER; "" for an image.

    Args:
        path: the file's path, with "/".
        start: its first START bytes. Without them, the result is None if the name does not decide.
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
    """The format of a file with these first bytes, by Pillow's name; None if unknown."""
    if start.startswith(b"BM"):  # a text may start with these letters too
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


def summary(passed: Mapping[str, int]) -> str:
    """A line with the number of skipped files, by reason."""
    counts = Counter(passed)
    number = counts.total()
    files = f"{number} files that are not images" if number > 1 else "1 file that is not an image"
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:8]
    each = ", ".join(f"{why} {count}" for why, count in most)
    more = ", ..." if len(counts) > 8 else ""
    return f"skipped: {files} ({each}{more})"
