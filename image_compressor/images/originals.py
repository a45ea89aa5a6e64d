"""Reads the metadata of an image file: its time, EXIF, ICC profile and XMP."""

import io
from pathlib import Path

from PIL import ExifTags

from image_compressor.images import colour, decoding, pillow
from image_compressor.images.metadata import EXIF_HEAD, Metadata, applies
from image_compressor.images.orientation import upright_exif, upright_xmp

BY_PILLOW = ("AVIF", "TIFF")  # the formats whose whole EXIF is not in `Picture.exif`
# Tags of a TIFF that are about the picture, not about where its samples are.
DESCRIPTIVE = (270, 271, 272, 282, 283, 296, 305, 306, 315, 316, 33432)


def read(content: Path | bytes) -> Metadata:
    """The metadata of an image file. Raises Unusable for a file that is no image."""
    time = int(content.stat().st_mtime) if isinstance(content, Path) else None
    with decoding.opened(content) as picture:
        exif = _by_pillow(picture.kind, content) if picture.kind in BY_PILLOW else picture.exif
        return Metadata(
            time=time if time is not None and time >= 0 else None,
            exif=upright_exif(exif.removeprefix(EXIF_HEAD)),
            profile=_unconverted(picture),
            xmp=upright_xmp(picture.xmp),
        )


def _unconverted(picture):
    """The profile of pixels that are not converted from it."""
    profile, channels = picture.profile or b"", picture.channels
    same = applies(profile, channels) and not colour.other_than_srgb(profile, channels)
    return profile if same else b""


def _by_pillow(kind, content):
    """The EXIF block of a TIFF or AVIF file; empty if Pillow cannot read it."""
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
        try:
            image = pillow.opened(kind, file)
            found = image.getexif()
            if kind == "TIFF":
                _keep_descriptive(found)
            return found.tobytes() if len(found) else b""
        except Exception:  # Pillow raises many types for damage, which is not in the pixels
            return b""


def _keep_descriptive(exif):
    """Removes the tags of a TIFF that are wrong for other samples."""
    blocks = {ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo} & {*exif}
    for tag in blocks:
        exif[tag] = exif.get_ifd(tag)
    for tag in {*exif} - {*DESCRIPTIVE} - blocks:
        del exif[tag]
