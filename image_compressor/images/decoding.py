"""An image file, or pixels of any type -> uint8, grey or RGB."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from image_compressor.images import avif, bmp, formats, jpeg, pillow, png, tiff
from image_compressor.images.picture import Picture, Samples, eight_bits, plain
from image_compressor.images.unusable import Unusable, as_unusable, check_file

READERS: dict[str, Callable[[BinaryIO], Picture]] = {  # Pillow reads the other formats
    "PNG": png.read,
    "JPEG": jpeg.read,
    "AVIF": avif.read,
    "BMP": bmp.read,
    "TIFF": tiff.read,
}
MANY_PIXELS = 50_000_000
DTYPES, SHAPES = ("bool", "uint8", "uint16"), ((), (1,), (3,), (4,))  # of pixels; after [H, W]
HEIF = (b"mif1", b"msf1", b"heic", b"heix", b"hevc")  # brands of images; films have others
FIRST_OF_MANY = ("GIF", "MPO")  # MPO: a phone's JPEG may be followed by more pictures


def read(
    content: Path | bytes | np.ndarray, max_pixels: int = MANY_PIXELS, smallest: int = 1
) -> np.ndarray:
    """An image as uint8 [H, W] if it is grey, else [H, W, 3].

    Files may be PNG, JPEG, WebP, AVIF, BMP, TIFF or GIF (first frame), whatever their suffix.
    Their cropping and orientation are applied, and their colours converted to sRGB from the ICC
    profile, from PNG's cICP or its cHRM with gAMA, or from AVIF's numbers of primaries and
    transfer. Samples of more than 8 bits are scaled and rounded. Palettes, CMYK and YCbCr become
    RGB; transparent pixels are blended with white.

    Args:
        content: a file's path, its bytes, or pixels [H, W] or [H, W, 1, 3 or 4] of bool, uint8 or
            uint16.
        max_pixels: the limit on the size of an image.
        smallest: the minimum length of each side in pixels.

    Raises Unusable with the reason.
    """
    if isinstance(content, np.ndarray):
        return _of_array(content, max_pixels, smallest)
    with opened(content) as picture:
        check(picture, max_pixels, smallest)
        return picture.pixels()


def check(picture: Picture, max_pixels: int = MANY_PIXELS, smallest: int = 1) -> None:
    """Raises Unusable for an image of several frames, or outside these limits: see `read`."""
    _check_size(picture.size, max_pixels, smallest)
    if picture.kind not in FIRST_OF_MANY and picture.frames > 1:
        raise Unusable("several frames", f"{picture.frames} in a {picture.kind} file")


@contextmanager
def opened(content: Path | bytes) -> Iterator[Picture]:
    """An image file after its header is read, kept open for reading its pixels.

    Raises Unusable for a file that is damaged or not an image.
    """
    with as_unusable():
        file = _file(content)
    with file:
        with as_unusable():
            picture = _header(file)
        yield picture


def _file(content):
    if not isinstance(content, Path):
        return io.BytesIO(content)
    check_file(content)
    return content.open("rb")


def _header(file):
    start = file.read(formats.START)
    file.seek(0)
    if not start:
        raise Unusable("empty", "0 bytes")
    Image.init()  # registers Pillow's formats, only once
    kind = formats.kind(start)
    if kind is None:
        heif = "HEIF, which is " if start[4:8] == b"ftyp" and start[8:12] in HEIF else ""
        raise Unusable("not an image", f"{heif}none of {', '.join(formats.FORMATS)}")
    return READERS[kind](file) if kind in READERS else pillow.read(kind, file)


def _of_array(pixels, max_pixels, smallest):
    if pixels.dtype not in DTYPES or pixels.shape[2:] not in SHAPES or pixels.ndim < 2:
        raise Unusable("unsupported pixels", f"{pixels.dtype} of shape {pixels.shape}")
    _check_size(pixels.shape[1::-1], max_pixels, smallest)
    if pixels.dtype == bool:
        pixels = np.uint8(255) * pixels
    if pixels.shape[2:] == (4,):
        return plain(Samples(pixels[..., :3], pixels[..., 3]))
    return eight_bits(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)


def _check_size(size, max_pixels, smallest):
    width, height = size
    text = f"{width}x{height} pixels"
    if width * height > max_pixels:
        raise Unusable("too large", f"{text}, more than {max_pixels} in total")
    if min(size) < smallest:
        raise Unusable("too small", f"{text}, less than {smallest}x{smallest}")
