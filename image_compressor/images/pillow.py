"""Files read by Pillow: WebP and GIF, and parts of the other formats that it reads correctly."""

from typing import BinaryIO

import numpy as np
from PIL import Image

from image_compressor.images.orientation import orientation
from image_compressor.images.picture import Picture, Samples
from image_compressor.images.unusable import Unusable

GREY = ("1", "L", "LA")  # by Pillow's names


def read(kind: str, file: BinaryIO) -> Picture:
    """A file of this format, by Pillow's name. Raises errors of many types for damage."""
    try:
        image = opened(kind, file)
    except Image.DecompressionBombError as error:  # WebP and GIF check the limit themselves
        raise Unusable("too large", error) from None
    info = image.info
    exif, xmp = info.get("exif", b""), info.get("xmp", b"")
    return Picture(
        kind=image.format or "",
        mode=image.mode,
        size=image.size,
        samples=lambda: _decoded(image),
        frames=getattr(image, "n_frames", 1),
        transparent=image.has_transparency_data,
        orientation=orientation(exif, xmp),
        profile=info.get("icc_profile") or None,
        exif=exif,
        xmp=xmp,
    )


def opened(kind: str, file: BinaryIO) -> Image.Image:
    """Pillow's image, without Image.open, whose limit on pixels is global and gives warnings."""
    return Image.OPEN[kind][0](file, "")


def _decoded(image: Image.Image) -> Samples:
    """The samples of an 8-bit image. Palettes become RGB."""
    image.load()
    grey = image.mode in GREY
    if image.has_transparency_data:
        samples = np.asarray(image.convert("LA" if grey else "RGBA"))
        return Samples(samples[..., 0] if grey else samples[..., :3], samples[..., -1])
    mode = "L" if grey else "CMYK" if image.mode == "CMYK" else "RGB"
    return Samples(np.asarray(image if image.mode == mode else image.convert(mode)))
