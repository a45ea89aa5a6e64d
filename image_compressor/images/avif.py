"""AVIF, with the properties in its boxes that libavif leaves to its callers."""

import io
import struct
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import BinaryIO

from image_compressor.images import meaning, pillow
from image_compressor.images.picture import Picture, Samples


def read(file: BinaryIO) -> Picture:
    """An AVIF file, cropped by its `clap` box. Pillow reads `irot` and `imir` as its orientation.

    Raises errors of many types for damage.
    """
    data = file.read()
    meta = _box(data, b"meta", 0, len(data))
    shown = pillow.read("AVIF", io.BytesIO(_without_exif(data, meta)))
    crop, profile = None, shown.profile
    for kind, start in _properties(data, meta):
        if kind == b"clap":
            crop = _crop(struct.unpack_from(">4IiIiI", data, start), shown.size)
        if kind == b"colr" and data[start : start + 4] == b"nclx" and profile is None:
            profile = meaning.of_codes(*struct.unpack_from(">HH", data, start + 4))
    shown = replace(shown, profile=profile)
    return shown if crop is None else _cropped(shown, *crop)


def _boxes(data, start, end) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, end of the content) of each box."""
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 16 if size == 1 else 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start + 8)
        stop = start + size if size else end
        if not start + head <= stop <= end:
            raise ValueError(f"a box {kind!r} longer than the file")
        yield kind, start + head, stop
        start = stop


def _box(data, name, start, end):
    """The start and end of the content of the first box of this name; (0, 0) if there is none."""
    found = ((a, b) for kind, a, b in _boxes(data, start, end) if kind == name)
    return next(found, (0, 0))


def _without_exif(data, meta):
    """The file with its Exif hidden from Pillow, which fails if it cannot rewrite the Exif."""
    plain = bytearray(data)
    start, end = _box(data, b"iinf", meta[0] + 4, meta[1])
    for kind, entry, _ in _boxes(data, start + (6 if data[start : start + 1] == b"\0" else 8), end):
        name = entry + (10 if data[entry] == 3 else 8)
        if kind == b"infe" and data[name : name + 4] == b"Exif":
            plain[name : name + 4] = b"none"
    return bytes(plain)


def _properties(data, meta) -> Iterator[tuple[bytes, int]]:
    """(kind, start of the content) of each box that describes the primary item."""
    inside = (meta[0] + 4, meta[1])
    start, end = _box(data, b"pitm", *inside)
    if not end:  # the file has only a sequence of frames
        return
    (primary,) = struct.unpack_from(">I" if data[start] else ">H", data, start + 4)
    described = _box(data, b"iprp", *inside)
    boxes = [box[:2] for box in _boxes(data, *_box(data, b"ipco", *described))]
    start, end = _box(data, b"ipma", *described)
    wide, long = data[start], data[start + 3] & 1
    (items,) = struct.unpack_from(">I", data, start + 4)
    position = start + 8
    for _ in range(items):
        item, count = struct.unpack_from(">IB" if wide else ">HB", data, position)
        position += 5 if wide else 3
        numbers = struct.unpack_from(f">{count}{'H' if long else 'B'}", data, position)
        position += count * (2 if long else 1)
        if item == primary:
            most = 0x7FFF if long else 0x7F  # the highest bit marks an essential property
            yield from (boxes[(number & most) - 1] for number in numbers if number & most)


def _crop(values, size):
    """The crop (left, top, width, height) in whole pixels. Raises ValueError for any other."""
    width, height, x, y = (Fraction(*values[n : n + 2]) for n in range(0, 8, 2))
    left, top = (size[0] - width) / 2 + x, (size[1] - height) / 2 + y
    crop = left, top, width, height
    inside = 0 <= left < left + width <= size[0] and 0 <= top < top + height <= size[1]
    if not inside or any(value.denominator != 1 for value in crop):
        raise ValueError(f"a crop to {[*map(str, crop)]} of {size[0]}x{size[1]} pixels")
    return tuple(map(int, crop))


def _cropped(picture, left, top, width, height):
    def part(samples):
        return None if samples is None else samples[top : top + height, left : left + width]

    def samples():
        whole = picture.samples()
        return Samples(part(whole.colours), part(whole.alpha))

    return replace(picture, size=(width, height), samples=samples)
