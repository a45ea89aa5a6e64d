"""BMP, read by Pillow, with the embedded profile that Pillow ignores."""

import struct
from dataclasses import replace
from typing import BinaryIO

from image_compressor.images import pillow
from image_compressor.images.picture import Picture

FILE_HEADER, EMBEDDED = 14, b"DEBM"  # bytes; PROFILE_EMBEDDED of a header of version 5


def read(file: BinaryIO) -> Picture:
    """A BMP file. Raises errors of many types for damage."""
    head = file.read(FILE_HEADER + 124)
    profile = None
    if len(head) == FILE_HEADER + 124 and head[FILE_HEADER + 56 :][:4] == EMBEDDED:
        (size,) = struct.unpack_from("<L", head, FILE_HEADER)
        if size >= 124:
            start, length = struct.unpack_from("<LL", head, FILE_HEADER + 112)
            file.seek(FILE_HEADER + start)
            profile = file.read(length)
    file.seek(0)
    return replace(pillow.read("BMP", file), profile=profile)
