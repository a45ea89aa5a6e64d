"""An image of any kind -> uint8, grey or RGB."""

import io
import stat
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from image_compressor.codec.similarity import WINDOW

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "BMP", "TIFF", "GIF")  # read; by Pillow's names
MANY_PIXELS = 50_000_000
DTYPES, SHAPES = ("bool", "uint8", "uint16"), ((), (1,), (3,), (4,))  # of pixels; behind [H, W]
PHOTOMETRIC = 262  # TIFF's tag: 0 says that white is 0
GREY = ("1", "L", "LA", "La")  # by Pillow's names
EMPTY = ("empty", "0 bytes")
FIRST_OF_MANY = ("GIF", "MPO")  # a phone's JPEG may have further pictures behind it: MPO


class Unusable(ValueError):
    """An image that cannot be used. Its text is `kind: what was found`, in one line."""

    def __init__(self, kind: str, found: object):
        super().__init__(f"{kind}: {' '.join(str(found).split())[:200]}")


def read(
    content: Path | bytes | np.ndarray, max_pixels: int = MANY_PIXELS, smallest: int = WINDOW
) -> np.ndarray:
    """An image as uint8 [H, W] where it is grey, else [H, W, 3].

    Files are PNG, JPEG, WebP, AVIF, BMP, TIFF or GIF, of which the first frame is taken, by what
    they contain, whatever the endings of their names. They are
    turned as their EXIF says. 16 bits are scaled to 8: grey ones by rounding v / 257, others by
    taking the high byte, as Pillow does. Palettes, CMYK and YCbCr become RGB, transparent pixels
    are laid over white, colour profiles are not looked at.

    Args:
        content: a file, the bytes of one, or pixels [H, W] or [H, W, 1, 3 or 4] of bool, uint8 or
            uint16.
        max_pixels: no larger image is decoded.
        smallest: pixels that each side must have.

    Raises Unusable, which says why.
    """
    if isinstance(content, np.ndarray):
        image = Image.fromarray(_eight_bits(content))
        _check_size(image, max_pixels, smallest)
        return _plain(image)
    try:
        return _read_file(content, max_pixels, smallest)
    except (Unusable, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise Unusable("too large", error) from None
    except UnidentifiedImageError:
        raise _unidentified(content) from None
    except Exception as error:  # Pillow's readers raise errors of many kinds for damaged files
        kind = "unreadable" if getattr(error, "errno", None) else "damaged"
        raise Unusable(kind, getattr(error, "strerror", None) or error) from None


def _read_file(content, max_pixels, smallest):
    if isinstance(content, Path):
        _check_file(content)
    elif not content:
        raise Unusable(*EMPTY)
    with _opened(content) as file, Image.open(file, "r", FORMATS) as image:
        _check_size(image, max_pixels, smallest)
        frames = getattr(image, "n_frames", 1)
        if image.format not in FIRST_OF_MANY and frames > 1:
            raise Unusable("several frames", f"{frames} in a {image.format} file")
        if image.format != "PNG":
            return _plain(image)
        image.verify()  # the checksums, which decoding passes over; then the image is used up
        with Image.open(file, "r", ("PNG",)) as image:
            return _plain(image)


def _check_file(path):
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        kind = "a link to a folder" if path.is_symlink() else "a folder"
        raise Unusable("not a file", kind if path.is_dir() else "a device, pipe or socket")
    if not status.st_size:
        raise Unusable(*EMPTY)


def _check_size(image, max_pixels, smallest):
    size = f"{image.width}x{image.height} pixels"
    if image.width * image.height > max_pixels:
        raise Unusable("too large", f"{size}, more than {max_pixels} in all")
    if min(image.size) < smallest:
        raise Unusable("too small", f"{size}, less than {smallest}x{smallest}")


def _unidentified(content):
    with _opened(content) as file:
        start = file.read(16)
    for kind in FORMATS:
        accepts = Image.OPEN[kind][1]
        if accepts and accepts(start):
            return Unusable("damaged", f"it begins as a {kind} file and does not go on as one")
    return Unusable("not an image", f"none of {', '.join(FORMATS)}")


def _opened(content):
    return content.open("rb") if isinstance(content, Path) else io.BytesIO(content)


def _plain(image):
    """The pixels, turned upright, with neither palette nor transparency."""
    white_is_zero = getattr(image, "tag_v2", {}).get(PHOTOMETRIC) == 0
    try:
        image = ImageOps.exif_transpose(image)
    except Exception:  # broken EXIF says nothing of a rotation, and the pixels may be whole
        image.load()
    grey = image.mode in GREY
    if image.mode.startswith("I;16"):
        return _eight_bits(_sixteen_bits(image, white_is_zero))
    if image.mode in ("I", "F", "LAB"):  # of unknown range; LAB Pillow does not convert
        raise Unusable("unsupported pixels", f"mode {image.mode}, by Pillow's names")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("L" if grey else "RGB"))


def _sixteen_bits(image, white_is_zero):
    """What Pillow does for 8 bits only: transparent pixels over white, and TIFF's negatives."""
    pixels = np.asarray(image).astype(np.uint16)
    if "transparency" in image.info:
        pixels[pixels == image.info["transparency"]] = 65535
    return 65535 - pixels if white_is_zero else pixels


def _eight_bits(pixels):
    if pixels.dtype not in DTYPES or pixels.shape[2:] not in SHAPES or pixels.ndim < 2:
        raise Unusable("unsupported pixels", f"{pixels.dtype} of shape {pixels.shape}")
    if pixels.dtype == np.uint16:
        pixels = np.uint8((pixels.astype(np.uint32) * 255 + 32767) // 65535)
    elif pixels.dtype == bool:
        pixels = np.uint8(255) * pixels
    return pixels[..., 0] if pixels.shape[2:] == (1,) else pixels
