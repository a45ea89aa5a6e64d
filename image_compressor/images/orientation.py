"""The way up: the Orientation tag of EXIF or XMP."""

import re
import struct

import numpy as np

TAG = 0x112
INTEGERS = {1: "B", 3: "H", 4: "L", 6: "b", 8: "h", 9: "l"}  # by TIFF's numbers of types
XMP = re.compile(rb"""tiff:Orientation(?:\s*=\s*["']|>)\s*([1-8])\b""")


def orientation(exif: bytes = b"", xmp: bytes = b"") -> int:
    """1 to 8, as EXIF counts; 1 where neither says otherwise.

    Only this tag is read, so whatever is wrong with the others does not matter. XMP counts where
    EXIF has no such tag.
    """
    found = _of_exif(exif.removeprefix(b"Exif\0\0"))
    if found is None:
        match = XMP.search(xmp)
        found = match and int(match[1])
    return known(found)


def known(value: object) -> int:
    """The value of an Orientation tag; 1 where it means nothing."""
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _of_exif(data):
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(f"{order}4xL", data)
        (count,) = struct.unpack_from(f"{order}H", data, start)
        for place in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(f"{order}HH", data, place)
            if tag == TAG and kind in INTEGERS:
                return struct.unpack_from(order + INTEGERS[kind], data, place + 8)[0]
    except struct.error:  # the block ends early: it does not say
        pass
    return None


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """[H, W, ...] as stored -> as meant to be seen."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    down = orientation in (3, 4, 7, 8)
    left = orientation in (2, 3, 6, 7)
    return np.ascontiguousarray(pixels[:: -1 if down else 1, :: -1 if left else 1])
