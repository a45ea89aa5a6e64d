"""JPEG: the header by Pillow, the pixels by libjpeg-turbo, which reports damage Pillow ignores."""

import re
import struct
from dataclasses import replace
from typing import BinaryIO

import simplejpeg

from image_compressor.images import pillow
from image_compressor.images.picture import Picture, Samples
from image_compressor.images.unusable import unsupported

BY_DCT = (0xC0, 0xC1, 0xC2, 0xC9, 0xCA)  # sequential and progressive, Huffman or arithmetic codes
OTHERS = {0xC3: "lossless", 0xCB: "lossless"}  # the others are hierarchical
SPACES = {1: "GRAY", 3: "RGB", 4: "CMYK"}  # by the number of components
# The warnings of libjpeg that mean damage. Others may occur in intact photographs: some cameras,
# for example, write extra bytes.
DAMAGE = re.compile("premature end|bad Huffman code|instead of RST", re.IGNORECASE)
NO_FRAMES = (0xC4, 0xC8, 0xCC)  # markers of tables, in the range of frame markers


def read(file: BinaryIO) -> Picture:
    """A JPEG file. Raises Unusable for unsupported kinds, and errors of many types for damage."""
    marker, precision, _, _, components = frame(file)
    if marker not in BY_DCT:
        raise unsupported(f"{OTHERS.get(marker, 'hierarchical')} JPEG")
    if precision != 8:
        raise unsupported(f"JPEG of {precision} bits a sample: convert it to 8")
    if components not in SPACES:
        raise unsupported(f"JPEG of {components} components")
    file.seek(0)
    data = file.read()
    file.seek(0)
    picture = pillow.read("JPEG", file)
    return replace(picture, samples=lambda: _samples(data, components, picture.samples))


def _samples(data, components, by_pillow):
    try:
        colours = simplejpeg.decode_jpeg(data, SPACES[components])
    except ValueError as error:
        if DAMAGE.search(str(error)):
            raise
        return by_pillow()  # a harmless warning, or a kind that only Pillow reads
    if components == 4:  # Pillow knows which programs invert the inks
        return by_pillow()
    return Samples(colours[..., 0] if components == 1 else colours)


def frame(file: BinaryIO, start: int = 0) -> tuple[int, int, int, int, int]:
    """(marker, bits a sample, height, width, components) of the frame header.

    Raises ValueError or struct.error if there is none.
    """
    file.seek(start + 2)
    while True:
        byte = file.read(1)
        while byte and byte != b"\xff":  # Pillow skips bytes outside of markers too
            byte = file.read(1)
        while byte == b"\xff":
            byte = file.read(1)
        if not byte:
            raise ValueError("no frame header")
        marker = byte[0]
        if 0xC0 <= marker <= 0xCF and marker not in NO_FRAMES:
            return marker, *struct.unpack(">2xBHHB", file.read(8))
        if marker not in (0x00, 0x01, *range(0xD0, 0xD9)):  # these have no length
            (length,) = struct.unpack(">H", file.read(2))
            file.seek(max(0, length - 2), 1)
