"""PNG: the chunks are parsed here, and libpng receives only those that hold pixels.

So text and profiles of any length cause no errors.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import imagecodecs
import numpy as np

from image_compressor.images import meaning
from image_compressor.images.orientation import orientation
from image_compressor.images.picture import Picture, Samples
from image_compressor.images.unusable import Unusable

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}  # by colour type
PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
LONGEST = 2**24  # bytes, of a profile or of text that may hold an orientation


def read(file: BinaryIO) -> Picture:
    """A PNG file. Raises ValueError for damage, including wrong checksums."""
    data = file.read()
    chunks: dict[bytes, bytes] = {}
    kept, text = [SIGNATURE], {}
    for kind, content, whole in _chunks(data):
        if kind in PIXELS:
            kept.append(whole)
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            text.update(_text(kind, content))
        chunks.setdefault(kind, content)
    exif, xmp = _exif(chunks, text), text.get(b"XML:com.adobe.xmp", b"")
    width, height, depth, colour, _, _, _ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if not width or not height or b"IDAT" not in chunks:
        raise ValueError(f"{width}x{height} pixels, {'with' if b'IDAT' in chunks else 'no'} data")
    mode = MODES[colour]
    return Picture(
        kind="PNG",
        mode="1" if (mode, depth) == ("L", 1) else "I;16" if (mode, depth) == ("L", 16) else mode,
        size=(width, height),
        samples=lambda: _samples(kept, colour, depth, chunks.get(b"tRNS")),
        frames=struct.unpack_from(">I", chunks.get(b"acTL", b"\0\0\0\1"))[0],
        transparent=mode in ("LA", "RGBA") or b"tRNS" in chunks,
        deep=depth == 16,
        orientation=orientation(exif, xmp),
        profile=_profile(chunks),
        exif=exif,
        xmp=xmp,
    )


def _chunks(data) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(kind, content, whole chunk) for each chunk up to IEND."""
    start, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, start)
        end = start + 12 + length
        content = data[start + 8 : end - 4]
        if end > len(data):
            raise ValueError(f"it ends within a chunk {kind!r}")
        if zlib.crc32(kind + content) != struct.unpack_from(">I", data, end - 4)[0]:
            raise ValueError(f"a wrong checksum in a chunk {kind!r}")
        yield kind, content, data[start:end]
        start = end


def _samples(kept, colour, depth, transparent):
    keyed = transparent is not None and MODES[colour] in ("L", "RGB")
    chunks = [chunk for chunk in kept if not (keyed and chunk[4:8] == b"tRNS")]
    colours = imagecodecs.png_decode(b"".join(chunks))  # depths below 8 are scaled to 0..255
    bands = colours.reshape(*colours.shape[:2], -1)
    if keyed:  # applied here, because Pillow and others miss it at some depths
        key = np.frombuffer(transparent, ">u2", bands.shape[2]) * (255 // min(255, 2**depth - 1))
        most = np.iinfo(bands.dtype).max
        return Samples(colours, np.where((bands == key).all(-1), 0, most).astype(bands.dtype))
    if bands.shape[2] in (2, 4):
        return Samples(bands[..., 0] if bands.shape[2] == 2 else bands[..., :3], bands[..., -1])
    return Samples(colours)


def _profile(chunks):
    """The ICC profile for the colour chunk that ranks highest in the PNG specification.

    gAMA counts only with cHRM, as in Chrome: many programs write a wrong gAMA alone.
    """
    if b"cICP" in chunks:
        primaries, transfer, matrix, full = struct.unpack("4B", chunks[b"cICP"])
        return meaning.of_codes(primaries, transfer, full and not matrix)
    if b"iCCP" in chunks:
        _, _, packed = chunks[b"iCCP"].partition(b"\0")
        try:
            return _inflated(packed[1:])
        except zlib.error as error:
            raise Unusable("colour profile", error) from None
    if b"sRGB" in chunks or not {b"cHRM", b"gAMA"} <= chunks.keys():
        return None
    points = np.frombuffer(chunks[b"cHRM"], ">u4").reshape(4, 2) / 100000
    (gamma,) = struct.unpack(">I", chunks[b"gAMA"])
    return meaning.profile(points.tolist(), 100000 / gamma) if gamma else None


def _inflated(packed):
    """The inflated bytes, up to a limit. Raises zlib.error for damage."""
    return zlib.decompressobj().decompress(packed, LONGEST)


def _text(kind, content):
    """{keyword: text}, for the two keywords that may contain an orientation."""
    keyword, _, text = content.partition(b"\0")
    if keyword not in (b"XML:com.adobe.xmp", b"Raw profile type exif"):
        return {}
    packed = kind == b"zTXt" or (kind == b"iTXt" and text[:1] == b"\1")
    if kind != b"tEXt":
        text = text[1:] if kind == b"zTXt" else text[2:].split(b"\0", 2)[-1]
    try:
        return {keyword: _inflated(text) if packed else text}
    except zlib.error:  # a damaged text has no orientation
        return {}


def _exif(chunks, text):
    """The EXIF data from its chunk, or from ImageMagick's text: name, length and hex digits."""
    if b"eXIf" in chunks:
        return chunks[b"eXIf"]
    _, _, digits = text.get(b"Raw profile type exif", b"").strip().partition(b"\n")
    _, _, digits = digits.strip().partition(b"\n")
    try:
        return bytes.fromhex(digits.decode("latin-1"))
    except ValueError:  # not in ImageMagick's form
        return b""
