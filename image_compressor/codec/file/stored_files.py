"""Single images that an archive stores as WebP, AVIF or PNG files, because its codec cannot."""

import io
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image

from image_compressor.codec import search
from image_compressor.codec.file.reading import damaged
from image_compressor.images.unusable import Unusable, as_unusable

# The kind of a file -> its format, by Pillow's name.
LOSSY, LOSSLESS, AVIF, PNG = 1, 2, 3, 4
KINDS = {LOSSY: "WEBP", LOSSLESS: "WEBP", AVIF: "AVIF", PNG: "PNG"}
CHUNKS = {LOSSY: b"VP8 ", LOSSLESS: b"VP8L"}
CONTAINER = 20  # bytes of a WebP file before its only chunk's content, which are not stored
SETTINGS = range(101)  # of WebP and of AVIF, smallest files first
LARGEST_SIDE = 16383  # pixels, of a WebP
SAMPLED = 2**20  # pixels of an image from which on a small part of it is searched first
PARTS, SIDE = 5, 64  # parts along each axis of such an image, and pixels along an axis of a part
Passes = Callable[[np.ndarray, np.ndarray], bool]  # (an image, a decoded one)


def smallest(image: np.ndarray, passes: Passes, most: float = np.inf) -> tuple[int, bytes] | None:
    """(kind, bytes) of the smallest lossy file of an image that passes; None if there is none.

    Args:
        image: uint8 [H, W, C].
        passes: whether a decoded image is close enough to the given one, of the same shape.
        most: a file must have fewer bytes than this.
    """
    best = None
    for kind in (LOSSY, AVIF):
        if kind == LOSSY and max(image.shape) > LARGEST_SIDE:
            continue
        if _least(kind, image.shape) >= most:
            continue
        found = _lowest(kind, image, passes)
        if found is not None and len(found) < most:
            best, most = (kind, found), len(found)
    return best


def lossless(image: np.ndarray) -> tuple[int, bytes]:
    """(kind, bytes) of a file of an image, uint8 [H, W, C], without loss."""
    if max(image.shape) > LARGEST_SIDE:
        return PNG, _file(image, "PNG", optimize=True)
    return LOSSLESS, _chunk(_file(image, "WEBP", lossless=True, exact=True, quality=100))


def whole(kind: int, content: bytes) -> bytes:
    """The file as other programs read it. Raises InputError for an unknown kind."""
    if kind not in KINDS:
        raise damaged(f"a stored file of kind {kind}")
    if kind not in CHUNKS:
        return content
    padded = content + bytes(len(content) % 2)
    head = CHUNKS[kind] + len(content).to_bytes(4, "little")
    return b"RIFF" + (4 + len(head) + len(padded)).to_bytes(4, "little") + b"WEBP" + head + padded


def decode(kind: int, content: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """The image, uint8 of `shape` [H, W, C]. Raises InputError for anything but such a file.

    Its size is compared before memory is allocated for the pixels.
    """
    file = io.BytesIO(whole(kind, content))
    try:
        with as_unusable(), Image.open(file, formats=[KINDS[kind]]) as image:
            if image.size[::-1] != shape[:2]:
                raise Unusable("damaged", f"{image.width}x{image.height} pixels")
            pixels = np.asarray(image.convert("L" if shape[2] == 1 else "RGB"))
    except Unusable as error:
        raise damaged(f"a stored {KINDS[kind]} file that is {error}") from None
    return pixels.reshape(shape)


def _lowest(kind, image, passes):
    """The file of the lowest setting that passes, or None."""
    middle = len(SETTINGS) // 2
    if image[..., 0].size < SAMPLED or min(image.shape[:2]) < SIDE:
        return _searched(kind, image, passes, middle)[1]
    guess, _ = _searched(kind, _mosaic(image), passes, middle)
    return _searched(kind, image, passes, guess, near=True)[1]


def _mosaic(image):
    """Parts that lie evenly over a large image, side by side: [320, 320, C]."""
    rows, columns = (
        (np.linspace(0, size - SIDE, PARTS).astype(int)[:, None] + np.arange(SIDE)).ravel()
        for size in image.shape[:2]
    )
    return np.ascontiguousarray(image[np.ix_(rows, columns)])


def _searched(kind, image, passes, guess, near=False):
    """(the lowest setting that passes, its file or None)."""
    files = {}

    def passed(_, settings):
        file = files[int(settings[0])] = _encoded(kind, image, int(settings[0]))
        return np.array([passes(image, decode(kind, file, image.shape))])

    found = search.lowest(passed, SETTINGS[0], SETTINGS[-1], np.array([guess]), near)
    return int(found[0]), files.get(int(found[0]))


def _encoded(kind, image, setting):
    if kind == LOSSY:
        return _chunk(_file(image, "WEBP", quality=setting, method=6))
    subsampling = "4:0:0" if image.shape[2] == 1 else "4:2:0"
    # With more threads, the bytes of larger images depend on the number of cores.
    return _file(image, "AVIF", quality=setting, speed=6, subsampling=subsampling, max_threads=1)


@lru_cache(maxsize=256)
def _least(kind, shape):
    """The bytes of a blank image: no image of this shape takes fewer, or only by very little."""
    return len(_encoded(kind, np.zeros(shape, np.uint8), SETTINGS[0]))


def _chunk(file):
    """The content of the only chunk of a WebP file."""
    return file[CONTAINER:][: int.from_bytes(file[CONTAINER - 4 : CONTAINER], "little")]


def _file(image, kind, **options):
    file = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(file, kind, **options)
    return file.getvalue()
