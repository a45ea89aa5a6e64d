"""TIFF: the samples by tifffile, which reads any depth and layout, and the meaning of the tags.

Samples without a known range (floats, signed, 32 bits), additional bands and rare colour spaces
are refused by name.
"""

import logging
import math
import struct
from typing import BinaryIO

import imagecodecs
import numpy as np
import tifffile

from image_compressor.images.jpeg import frame
from image_compressor.images.orientation import known
from image_compressor.images.picture import Picture, Samples, eight_bits, scaled
from image_compressor.images.unusable import unsupported

MODES = {0: "L", 1: "L", 2: "RGB", 3: "P", 5: "CMYK", 6: "YCbCr"}  # by PhotometricInterpretation
BANDS = {"L": 1, "RGB": 3, "P": 1, "CMYK": 4, "YCbCr": 3}
WHITE_IS_ZERO = 0
UINT, VOID = 1, 4  # SampleFormat
UNSPECIFIED, PREMULTIPLIED, STRAIGHT = 0, 1, 2  # ExtraSamples
JPEG = (7, 34892)  # compressions whose decoder turns YCbCr into RGB
CMYK, REDUCED = 1, 1  # InkSet; the bit of NewSubfileType
LARGEST_TILE = 2**22  # pixels; bounds the memory for a tile, unless the picture is larger
WIDTH, HEIGHT = 256, 257
# The tags that affect pixels: size, samples and strips; predictor, palette and tiles; inks,
# meaning and range of samples; JPEG tables, YCbCr and the profile.
NEEDED = {
    *(256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 332),
    *(338, 339, 347, 529, 530, 531, 532, 34675),
}


def read(file: BinaryIO) -> Picture:
    """The first page. Raises Unusable for unsupported pixels, errors of many types for damage."""
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # serious problems are raised anyway
    tiff = tifffile.TiffFile(file)
    page = tiff.pages.first
    _check_tags(page)
    mode = _mode(page)
    frames = [other for other in tiff.pages if not other.aspage().subfiletype & REDUCED]
    alpha = _alpha(page, mode)
    deep = page.bitspersample > 8 and mode != "P"
    return Picture(
        kind="TIFF",
        mode=_named(mode, page.bitspersample, alpha),
        size=(int(page.imagewidth), int(page.imagelength)),
        samples=lambda: _samples(file, page, mode, alpha),
        frames=len(frames),
        transparent=alpha in (PREMULTIPLIED, STRAIGHT),
        deep=deep,
        orientation=known(page.tags.valueof(274, 1)),
        profile=page.iccprofile,
        xmp=page.tags.valueof(700, b"") or b"",
    )


def _check_tags(page):
    """Raises ValueError for missing tags, because tifffile skips a tag that it cannot read."""
    file, form = page.parent.filehandle, page.parent.tiff
    file.seek(page.offset)
    (count,) = struct.unpack(form.tagnoformat, file.read(form.tagnosize))
    entries = file.read(count * form.tagsize)
    tags = {
        struct.unpack_from(f"{form.byteorder}H", entries, n * form.tagsize)[0] for n in range(count)
    }
    if lost := sorted((tags & NEEDED | {WIDTH, HEIGHT}) - {tag.code for tag in page.tags}):
        raise ValueError(
            f"tags {', '.join(map(str, lost))} are missing, truncated or of a wrong type"
        )


def _mode(page):
    """The mode of the samples. Raises Unusable for samples that cannot be shown in 8 bits."""
    photometric, bits = page.photometric, page.bitspersample
    if page.subfiletype & REDUCED:
        raise unsupported("a thumbnail as first page, as in raw files of cameras")
    if photometric not in MODES:
        raise unsupported(f"colours as {getattr(photometric, 'name', photometric)}")
    formats = {page.sampleformat, *np.atleast_1d(page.tags.valueof(339, UINT)).tolist()}
    if not formats <= {UINT, VOID}:
        names = {2: "signed", 3: "float", 5: "complex", 6: "complex"}
        kinds = " and ".join(names.get(number, "unknown") for number in sorted(formats))
        raise unsupported(f"{kinds} samples of {bits} bits: convert them to 8 or 16 bits unsigned")
    if not isinstance(bits, int) or not 1 <= bits <= 16:
        raise unsupported(f"samples of {bits} bits: convert them to 8 or 16")
    mode, bands = MODES[photometric], page.samplesperpixel
    if bands > 4 or bands > BANDS[mode] + 1 or page.tags.valueof(332, CMYK) != CMYK:
        raise unsupported(f"{bands} bands as {photometric.name}")
    if bands < BANDS[mode]:
        raise ValueError(f"{bands} bands as {photometric.name}")
    if sorted(page.axes) not in (["X", "Y"], ["S", "X", "Y"]):
        raise unsupported(f"axes {page.axes}")
    return mode


def _alpha(page, mode):
    """The kind of alpha in the additional band, straight by default; None if there is no band."""
    if page.samplesperpixel == BANDS[mode]:
        return None
    (meaning,) = page.extrasamples[-1:] or (STRAIGHT,)
    return meaning if meaning in (UNSPECIFIED, PREMULTIPLIED) else STRAIGHT


def _named(mode, bits, alpha):
    """The name that Pillow would give to the mode."""
    if mode == "L" and alpha is None:
        return "1" if bits == 1 else "L" if bits <= 8 else "I;16"
    end = {None: "", UNSPECIFIED: "X", PREMULTIPLIED: "a", STRAIGHT: "A"}[alpha]
    return mode.replace("YCbCr", "RGB") + end


def _samples(file, page, mode, alpha):
    _check_segments(page)
    if mode == "YCbCr" and page.compression not in JPEG:
        return _by_libtiff(file, page)
    bands = np.atleast_3d(page.asarray(maxworkers=1))
    if page.axes == "SYX":
        bands = np.moveaxis(bands, 0, -1)
    bits = page.bitspersample
    if mode == "P":
        colours = _palette(page.colormap)[bands[..., 0].astype(int)]
    else:
        colours = scaled(bands[..., : BANDS[mode]], bits)
    if mode == "L":
        colours = colours[..., 0]
    if page.photometric == WHITE_IS_ZERO:
        colours = np.iinfo(colours.dtype).max - colours
    if alpha in (None, UNSPECIFIED):
        return Samples(colours)
    opacity = scaled(bands[..., -1], bits)
    if mode == "P":
        opacity = eight_bits(opacity)
    return Samples(_divided(colours, opacity) if alpha == PREMULTIPLIED else colours, opacity)


def _check_segments(page):
    """Raises ValueError for missing or oversized data, because tifffile leaves missing parts black
    and allocates whatever size a tile claims."""
    sizes = page.databytecounts[: math.prod(page.chunked)]
    offsets = page.dataoffsets[: math.prod(page.chunked)]
    if len(offsets) < math.prod(page.chunked) or not all(offsets) or not all(sizes):
        raise ValueError("strips or tiles without data")
    ends = [offset + size for offset, size in zip(offsets, sizes, strict=True)]
    most = max(LARGEST_TILE, 4 * page.imagewidth * page.imagelength)
    if page.is_tiled and page.tilewidth * page.tilelength * page.tiledepth > most:
        raise ValueError(f"tiles of {page.tilewidth}x{page.tilelength} pixels, beyond the picture")
    if page.compression != 1 and max(ends) > page.parent.filehandle.size:
        raise ValueError("strips or tiles end after the end of the file")
    for offset in offsets if page.compression in JPEG else ():
        _, _, height, width, _ = frame(page.parent.filehandle, offset)
        if height * width > most:
            raise ValueError(f"a JPEG of {width}x{height} pixels, beyond the picture")


def _palette(table):
    """The palette as uint8 [n, 3]. Some programs write 8-bit values into its 16-bit fields."""
    return np.uint8(table if (table < 256).all() else eight_bits(table)).T


def _divided(colours, alpha):
    """Premultiplied colours -> straight colours."""
    most = np.iinfo(colours.dtype).max
    share = np.maximum(alpha, 1).reshape(*alpha.shape, *[1] * (colours.ndim - 2)).astype(np.uint64)
    return np.minimum((colours * np.uint64(most) + share // 2) // share, most).astype(colours.dtype)


def _by_libtiff(file, page):
    """The samples of YCbCr without JPEG compression, subsampled or not."""
    if page.tags.valueof(274, 1) != 1:  # libtiff applies some orientations itself
        raise unsupported("YCbCr without JPEG compression, with an orientation")
    file.seek(0)
    return Samples(imagecodecs.tiff_decode(file.read(), asrgb=True)[..., :3])
