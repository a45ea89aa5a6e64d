"""TIFF by tifffile, which reads samples of any depth and layout, and what their tags mean.

A tag decides what is read: samples whose range nobody knows (floats, signed, 32 bits), more bands
than a picture has and rare colour spaces are refused by name.
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
JPEG = (7, 34892)  # compressions that turn YCbCr into RGB
CMYK, REDUCED = 1, 1  # InkSet; the bit of NewSubfileType
LARGEST_TILE = 2**22  # pixels, of which memory is taken; larger where the picture is
WIDTH, HEIGHT = 256, 257
# Tags that pixels depend on: size, samples and strips; predictor, palette and tiles; inks, meaning
# and range of samples; JPEG's tables, YCbCr and the profile.
NEEDED = {
    *(256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 332),
    *(338, 339, 347, 529, 530, 531, 532, 34675),
}


def read(file: BinaryIO) -> Picture:
    """The first page. Raises Unusable for unsupported pixels, errors of many kinds for damage."""
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what matters is raised
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
    )


def _check_tags(page):
    """tifffile passes over a tag whose value it cannot read."""
    file, form = page.parent.filehandle, page.parent.tiff
    file.seek(page.offset)
    (count,) = struct.unpack(form.tagnoformat, file.read(form.tagnosize))
    entries = file.read(count * form.tagsize)
    tags = {
        struct.unpack_from(f"{form.byteorder}H", entries, n * form.tagsize)[0] for n in range(count)
    }
    if lost := sorted((tags & NEEDED | {WIDTH, HEIGHT}) - {tag.code for tag in page.tags}):
        raise ValueError(
            f"tags {', '.join(map(str, lost))} are missing, cut off or of a wrong type"
        )


def _mode(page):
    """The mode of the samples. Raises Unusable for those that 8 bits cannot show."""
    photometric, bits = page.photometric, page.bitspersample
    if page.subfiletype & REDUCED:
        raise unsupported("a thumbnail in front, as in raw files of cameras")
    if photometric not in MODES:
        raise unsupported(f"colours as {getattr(photometric, 'name', photometric)}")
    formats = {page.sampleformat, *np.atleast_1d(page.tags.valueof(339, UINT)).tolist()}
    if not formats <= {UINT, VOID}:
        names = {2: "signed", 3: "float", 5: "complex", 6: "complex"}
        kinds = " and ".join(names.get(one, "unknown") for one in sorted(formats))
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
    """The meaning of the band beside the colours; None without one. Not told, it is straight."""
    if page.samplesperpixel == BANDS[mode]:
        return None
    (meaning,) = page.extrasamples[-1:] or (STRAIGHT,)
    return meaning if meaning in (UNSPECIFIED, PREMULTIPLIED) else STRAIGHT


def _named(mode, bits, alpha):
    """The mode by Pillow's names."""
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
    """tifffile leaves black what has no data, and takes memory for what a tile claims to be."""
    sizes = page.databytecounts[: math.prod(page.chunked)]
    places = page.dataoffsets[: math.prod(page.chunked)]
    if len(places) < math.prod(page.chunked) or not all(places) or not all(sizes):
        raise ValueError("strips or tiles without data")
    ends = [place + size for place, size in zip(places, sizes, strict=True)]
    most = max(LARGEST_TILE, 4 * page.imagewidth * page.imagelength)
    if page.is_tiled and page.tilewidth * page.tilelength * page.tiledepth > most:
        raise ValueError(f"tiles of {page.tilewidth}x{page.tilelength} pixels, beyond the picture")
    if page.compression != 1 and max(ends) > page.parent.filehandle.size:
        raise ValueError("strips or tiles end behind the file")
    for place in places if page.compression in JPEG else ():
        _, _, height, width, _ = frame(page.parent.filehandle, place)
        if height * width > most:
            raise ValueError(f"a JPEG of {width}x{height} pixels, beyond the picture")


def _palette(table):
    """uint8 [n, 3]. Some writers put values of 8 bits into its 16."""
    return np.uint8(table if (table < 256).all() else eight_bits(table)).T


def _divided(colours, alpha):
    """Premultiplied colours -> straight ones."""
    most = np.iinfo(colours.dtype).max
    share = np.maximum(alpha, 1).reshape(*alpha.shape, *[1] * (colours.ndim - 2)).astype(np.uint64)
    return np.minimum((colours * np.uint64(most) + share // 2) // share, most).astype(colours.dtype)


def _by_libtiff(file, page):
    """YCbCr outside of JPEG, subsampled or not."""
    if page.tags.valueof(274, 1) != 1:  # libtiff turns some of them itself
        raise unsupported("YCbCr without JPEG that is to be turned")
    file.seek(0)
    return Samples(imagecodecs.tiff_decode(file.read(), asrgb=True)[..., :3])
