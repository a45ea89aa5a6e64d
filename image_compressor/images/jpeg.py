"""JPEG: what its frame header says, before Pillow decodes it."""

import struct
from typing import BinaryIO

from image_compressor.images import pillow
from image_compressor.images.picture import Picture
from image_compressor.images.unusable import unsupported

BY_DCT = (0xC0, 0xC1, 0xC2, 0xC9, 0xCA)  # sequential and progressive, Huffman's or arithmetic codes
OTHERS = {0xC3: "lossless", 0xCB: "lossless"}  # the rest is hierarchical
NO_FRAMES = (0xC4, 0xC8, 0xCC)  # tables, in the same range of markers


def read(file: BinaryIO) -> Picture:
    """Raises Unusable for kinds that Pillow does not read, errors of many kinds for damage."""
    marker, precision, components = _frame(file)
    if marker not in BY_DCT:
        raise unsupported(f"{OTHERS.get(marker, 'hierarchical')} JPEG")
    if precision != 8:
        raise unsupported(f"JPEG of {precision} bits a sample: convert it to 8")
    if components not in (1, 3, 4):
        raise unsupported(f"JPEG of {components} components")
    file.seek(0)
    return pillow.read("JPEG", file)


def _frame(file):
    """(marker, bits a sample, components) of the frame header."""
    file.seek(2)
    while True:
        byte = file.read(1)
        while byte and byte != b"\xff":  # Pillow, too, passes over what is no marker
            byte = file.read(1)
        while byte == b"\xff":
            byte = file.read(1)
        if not byte:
            raise ValueError("no frame header")
        marker = byte[0]
        if 0xC0 <= marker <= 0xCF and marker not in NO_FRAMES:
            _, precision, _, _, components = struct.unpack(">HBHHB", file.read(8))
            return marker, precision, components
        if marker not in (0x00, 0x01, *range(0xD0, 0xD9)):  # these have no length
            (length,) = struct.unpack(">H", file.read(2))
            file.seek(max(0, length - 2), 1)
