"""Pillow, for what it reads rightly: WebP and GIF, and headers or pixels of others."""

from typing import BinaryIO

import numpy as np
from PIL import Image

from image_compressor.images.orientation import orientation
from image_compressor.images.picture import Picture, Samples
from image_compressor.images.unusable import Unusable

GREY = ("1", "L", "LA")  # by Pillow's names


def read(kind: str, file: BinaryIO) -> Picture:
    """A file of this kind, by Pillow's names. Raises errors of many kinds for damage."""
    try:
        # Not by Image.open, whose limit of pixels is global and warns.
        image = Image.OPEN[kind][0](file, "")
    except Image.DecompressionBombError as error:  # WebP and GIF ask for it themselves
        raise Unusable("too large", error) from None
    info = image.info
    return Picture(
        kind=image.format or "",
        mode=image.mode,
        size=image.size,
        samples=lambda: _decoded(image),
        frames=getattr(image, "n_frames", 1),
        transparent=image.has_transparency_data,
        orientation=orientation(info.get("exif", b""), info.get("xmp", b"")),
        profile=info.get("icc_profile") or None,
    )


def _decoded(image: Image.Image) -> Samples:
    """The samples of an image of 8 bits. Palettes become RGB."""
    image.load()
    grey = image.mode in GREY
    if image.has_transparency_data:
        samples = np.asarray(image.convert("LA" if grey else "RGBA"))
        return Samples(samples[..., 0] if grey else samples[..., :3], samples[..., -1])
    mode = "L" if grey else "CMYK" if image.mode == "CMYK" else "RGB"
    return Samples(np.asarray(image if image.mode == mode else image.convert(mode)))
