"""Facts about an image besides its pixels, for files that can hold them: see `originals`."""

import io
import struct
import warnings
from datetime import UTC, datetime
from typing import Any, NamedTuple

from PIL import ExifTags, Image, ImageCms
from PIL.PngImagePlugin import PngInfo

SPACES = {1: b"GRAY", 3: b"RGB "}  # the colour space of an ICC profile, by the number of channels
EXIF_HEAD, XMP_KEY = b"Exif\0\0", b"XML:com.adobe.xmp"
LONGEST_VALUE = 200  # characters, of a value that is shown


class Metadata(NamedTuple):
    """The metadata of an image, for pixels that are upright and in sRGB.

    Attributes:
        time: when the file was last modified, in seconds since 1970; None if that is not known.
        exif: an EXIF block, whose orientation is 1, without a thumbnail.
        profile: the ICC profile; empty if the pixels were converted from it.
        xmp: an XMP packet, whose orientation is 1.
    """

    time: int | None = None
    exif: bytes = b""
    profile: bytes = b""
    xmp: bytes = b""


def applies(profile: bytes, channels: int) -> bool:
    """Whether there is an ICC profile, and it is for samples with this number of channels."""
    return profile[16:20] == SPACES[channels]


def options(metadata: Metadata, kind: str, channels: int) -> dict[str, Any]:
    """Arguments of Pillow's `save` that write the metadata into a PNG or WebP; {} for others.

    A profile for another number of channels is left out.
    """
    if kind not in ("PNG", "WEBP"):
        return {}
    found: dict[str, Any] = {}
    if metadata.exif:
        found["exif"] = EXIF_HEAD + metadata.exif
    if applies(metadata.profile, channels):
        found["icc_profile"] = metadata.profile
    if metadata.xmp and kind == "WEBP":
        found["xmp"] = metadata.xmp
    elif metadata.xmp:
        found["pnginfo"] = PngInfo()
        # Neither compressed nor translated: three empty fields come before the text.
        found["pnginfo"].add(b"iTXt", XMP_KEY + bytes(5) + metadata.xmp)
    return found


def shown(metadata: Metadata) -> dict[str, Any]:
    """The metadata as names and texts, without what is not there."""
    facts = {
        "time": "" if metadata.time is None else _iso(metadata.time),
        "exif": _tags(metadata.exif),
        "profile": _name(metadata.profile) if metadata.profile else "",
        "xmp": metadata.xmp.decode(errors="replace"),
    }
    return {name: fact for name, fact in facts.items() if fact}


def _iso(time):
    try:
        return datetime.fromtimestamp(time, UTC).isoformat()
    except (OverflowError, ValueError):  # after the year 9999
        return f"{time} seconds since 1970"


def _name(profile):
    try:
        return ImageCms.getProfileDescription(io.BytesIO(profile)).strip() or "without a name"
    except ImageCms.PyCMSError as error:
        return f"damaged: {len(profile)} bytes ({error})"


def _tags(exif):
    """{name: text} of an EXIF block."""
    if not exif:
        return {}
    parsed = Image.Exif()
    try:
        with warnings.catch_warnings(action="ignore"):
            parsed.load(EXIF_HEAD + exif)
            tags = {**parsed, **parsed.get_ifd(ExifTags.IFD.Exif)}
            place = parsed.get_ifd(ExifTags.IFD.GPSInfo)
    except (SyntaxError, ValueError, TypeError, KeyError, struct.error) as error:
        return {"damaged": f"{len(exif)} bytes ({error})"}
    blocks = {int(block) for block in ExifTags.IFD}
    named = {ExifTags.TAGS.get(tag, str(tag)): tags[tag] for tag in tags if tag not in blocks}
    named |= {ExifTags.GPSTAGS.get(tag, str(tag)): value for tag, value in place.items()}
    return {name: _text(value) for name, value in named.items()}


def _text(value):
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return str(value).strip("\0 ")[:LONGEST_VALUE]
