"""The Orientation tag of EXIF or XMP: read, and set to 1 for pixels that are upright."""

import re
import struct

import numpy as np

TAG = 0x112
THUMBNAIL, LENGTH = 0x201, 0x202  # the tags with its position and its bytes
ORDERS = {b"II": "<", b"MM": ">"}
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
    order = ORDERS.get(data[:2])
    if order is None:
        return None
    try:
        for tag, form, position in _integers(data, order, 4):
            if tag == TAG:
                return struct.unpack_from(form, data, position)[0]
    except struct.error:  # the block ends before the tag
        pass
    return None


def _integers(data, order, pointer):
    """(tag, format for `struct`, position) of the integers in the directory that is pointed to."""
    (start,) = struct.unpack_from(f"{order}L", data, pointer)
    (count,) = struct.unpack_from(f"{order}H", data, start)
    for position in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(f"{order}HH", data, position)
        if kind in INTEGERS:
            yield tag, order + INTEGERS[kind], position + 8


def upright_exif(exif: bytes) -> bytes:
    """An EXIF block for pixels that are upright: its orientation is 1, and its thumbnail zeros."""
    order, data = ORDERS.get(exif[:2]), bytearray(exif)
    if order is None:
        return exif
    try:
        for tag, form, position in _integers(exif, order, 4):
            if tag == TAG:
                struct.pack_into(form, data, position, 1)
        _remove_thumbnail(data, order)
    except struct.error:  # the block ends before one of them
        pass
    return bytes(data)


def _remove_thumbnail(data, order):
    """Clears the picture that the second directory points to, and the pointer to that directory."""
    (start,) = struct.unpack_from(f"{order}L", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, start)
    pointer = start + 2 + 12 * count
    if not struct.unpack_from(f"{order}L", data, pointer)[0]:
        return
    found = _integers(data, order, pointer)
    numbers = {tag: struct.unpack_from(form, data, position)[0] for tag, form, position in found}
    first, length = numbers.get(THUMBNAIL, 0), numbers.get(LENGTH, 0)
    if 0 < first <= first + length <= len(data):
        data[first : first + length] = bytes(length)
    struct.pack_into(f"{order}L", data, pointer, 0)


def upright_xmp(xmp: bytes) -> bytes:
    """An XMP packet for pixels that are upright: its orientation is 1."""
    match = XMP.search(xmp)
    return xmp if match is None else xmp[: match.start(1)] + b"1" + xmp[match.end(1) :]


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Pixels [H, W, ...] as stored -> the right way up."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    down = orientation in (3, 4, 7, 8)
    left = orientation in (2, 3, 6, 7)
    return np.ascontiguousarray(pixels[:: -1 if down else 1, :: -1 if left else 1])
