"""An image of any kind -> uint8, grey or RGB."""

import io
import mimetypes
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from image_compressor.codec.similarity import WINDOW
from image_compressor.images import avif, bmp, jpeg, pillow, png, tiff
from image_compressor.images.picture import Picture, Samples, eight_bits, plain
from image_compressor.images.unusable import Unusable, told_as_damage

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "BMP", "TIFF", "GIF")  # read; by Pillow's names
READERS: dict[str, Callable[[BinaryIO], Picture]] = {  # of the others Pillow
    "PNG": png.read,
    "JPEG": jpeg.read,
    "AVIF": avif.read,
    "BMP": bmp.read,
    "TIFF": tiff.read,
}
MANY_PIXELS = 50_000_000
DTYPES, SHAPES = ("bool", "uint8", "uint16"), ((), (1,), (3,), (4,))  # of pixels; behind [H, W]
EMPTY = ("empty", "0 bytes")
FIRST_OF_MANY = ("GIF", "MPO")  # a phone's JPEG may have further pictures behind it: MPO


def read(
    content: Path | bytes | np.ndarray,
    max_pixels: int = MANY_PIXELS,
    name: str | None = None,
    smallest: int = WINDOW,
) -> np.ndarray:
    """An image as uint8 [H, W] where it is grey, else [H, W, 3].

    Files are PNG, JPEG, WebP, AVIF, BMP, TIFF or GIF, of which the first frame is taken. They are
    cropped and turned as they say, and their colours converted to sRGB as their profile says: an
    ICC profile, PNG's cICP or cHRM with gAMA, or AVIF's numbers of primaries and transfer. Samples
    of more than 8 bits are scaled by rounding. Palettes, CMYK and YCbCr become RGB; transparent
    pixels are laid over white.

    Args:
        content: a file, the bytes of one, or pixels [H, W] or [H, W, 1, 3 or 4] of bool, uint8 or
            uint16.
        max_pixels: no larger image is decoded.
        name: of the file whose bytes these are: its ending is checked as a file's is.
        smallest: length of a side, by default what SSIM needs.

    Raises Unusable, which says why.
    """
    if isinstance(content, np.ndarray):
        return _of_array(content, max_pixels, smallest)
    with opened(content, name) as picture:
        _check_size(picture.size, max_pixels, smallest)
        if picture.kind not in FIRST_OF_MANY and picture.frames > 1:
            raise Unusable("several frames", f"{picture.frames} in a {picture.kind} file")
        return picture.pixels()


@contextmanager
def opened(content: Path | bytes, name: str | None = None) -> Iterator[Picture]:
    """An image file whose header is read, for as long as its pixels may be asked for.

    Raises Unusable for a file that is no image or damaged.
    """
    if isinstance(content, Path):
        with told_as_damage():
            _check_file(content)
        name = content.name
    elif name is not None and not content:
        raise Unusable(*EMPTY)
    with told_as_damage():
        file = content.open("rb") if isinstance(content, Path) else io.BytesIO(content)
    with file:
        with told_as_damage():
            picture = _header(file)
        if name is not None:
            _check_ending(Path(name), picture.kind)
        yield picture


def _header(file):
    start = file.read(16)
    file.seek(0)
    Image.init()  # registers the formats, once
    for kind in FORMATS:
        if _begins_as(kind, start):
            return READERS[kind](file) if kind in READERS else pillow.read(kind, file)
    raise Unusable("not an image", f"none of {', '.join(FORMATS)}")


def _begins_as(kind, start):
    if kind == "TIFF":
        return start.startswith(tiff.SIGNATURES)
    _, accepts = Image.OPEN[kind]
    return accepts is not None and bool(accepts(start))


def _of_array(pixels, max_pixels, smallest):
    if pixels.dtype not in DTYPES or pixels.shape[2:] not in SHAPES or pixels.ndim < 2:
        raise Unusable("unsupported pixels", f"{pixels.dtype} of shape {pixels.shape}")
    _check_size(pixels.shape[1::-1], max_pixels, smallest)
    if pixels.dtype == bool:
        pixels = np.uint8(255) * pixels
    if pixels.shape[2:] == (4,):
        return plain(Samples(pixels[..., :3], pixels[..., 3]))
    return eight_bits(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)


def _check_file(path):
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise Unusable("not a file", "a folder" if path.is_dir() else "a device, pipe or socket")
    if not status.st_size:
        raise Unusable(*EMPTY)


def _check_ending(path, kind):
    suffix = path.suffix.lower()
    named = Image.registered_extensions().get(suffix) or mimetypes.guess_type(path.name)[0]
    if named not in (None, kind) and {named, kind} != {"JPEG", "MPO"}:
        raise Unusable("wrong ending", f"{suffix} on a {kind} file")


def _check_size(size, max_pixels, smallest):
    width, height = size
    text = f"{width}x{height} pixels"
    if width * height > max_pixels:
        raise Unusable("too large", f"{text}, more than {max_pixels} in all")
    if min(size) < smallest:
        raise Unusable("too small", f"{text}, less than {smallest}x{smallest}")
