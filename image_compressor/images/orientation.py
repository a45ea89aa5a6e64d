"""The Orientation tag of EXIF or XMP."""

import re
import struct

import numpy as np

TAG = 0x112
INTEGERS = {1: "B", 3: "H", 4: "L", 6: "b", 8: "h", 9: "l"}  # by TIFF's type numbers
XMP = re.compile(rb"""tiff:Orientation(?:\s*=\s*["']|>)\s*([1-8])\b""")


def orientation(exif: bytes = b"", xmp: bytes = b"") -> int:
    """The orientation, 1 to 8 as in EXIF; 1 if neither has one.

    Only this tag is read, so errors in other tags do no harm. XMP is used if EXIF lacks the tag.
    """
    found = _of_exif(exif.removeprefix(b"Exif\0\0"))
    if found is None:
        match = XMP.search(xmp)
        found = match and int(match[1])
    return known(found)


def known(value: object) -> int:
    """The value of an Orientation tag, or 1 if it is invalid."""
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _of_exif(data):
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(f"{order}4xL", data)
        (count,) = struct.unpack_from(f"{order}H", data, start)
        for position in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(f"{order}HH", data, position)
            if tag == TAG and kind in INTEGERS:
                return struct.unpack_from(order + INTEGERS[kind], data, position + 8)[0]
    except struct.error:  # the block ends before the tag
        pass
    return None


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Pixels [H, W, ...] as stored -> the right way up."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    down = orientation in (3, 4, 7, 8)
    left = orientation in (2, 3, 6, 7)
    return np.ascontiguousarray(pixels[:: -1 if down else 1, :: -1 if left else 1])
