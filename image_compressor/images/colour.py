"""Samples of any colour space -> sRGB.

It uses Pillow's default, the perceptual intent. For the matrix profiles of cameras and screens that
equals the colorimetric intent; for the tables of printers it is the rendering intended for
pictures.
"""

import io
from functools import lru_cache

import imagecodecs
import numpy as np
from PIL import Image, ImageCms

from image_compressor.images.unusable import Unusable

MODES = {1: "L", 3: "RGB", 4: "CMYK"}  # by the number of channels
SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}  # in ICC's spelling
CLASSES = ("scnr", "mntr", "prtr", "spac")  # the profile classes meant for images
HEADER = 128  # bytes; 16 to 19 are the colour space
SAME = 2  # levels; profiles this close to sRGB are treated as sRGB
EXACT = 0x100  # lcms' cmsFLAGS_NOOPTIMIZE: its 16-bit tables are off by up to 20 levels of 255


def to_srgb(colours: np.ndarray, profile: bytes | None) -> np.ndarray:
    """[H, W] grey, [H, W, 3] RGB or [H, W, 4] CMYK -> [H, W] or [H, W, 3] of the same type.

    A profile for another colour space than that of the samples is ignored, as in browsers: it is a
    remnant of a conversion. CMYK without a profile is treated as ideal inks. Raises Unusable for a
    profile that cannot be applied.
    """
    channels = colours.shape[2] if colours.ndim == 3 else 1
    transform = None if profile is None else _transform(profile, MODES[channels])
    if profile is None or transform is None:
        return _without_inks(colours) if channels == 4 else colours
    if colours.dtype == np.uint8:
        rgb = np.asarray(transform.apply(Image.fromarray(colours, MODES[channels])))
    else:
        rgb = imagecodecs.cms_transform(
            colours,
            profile,
            _srgb().tobytes(),
            colorspace=SPACES[MODES[channels]].strip().lower(),
            outcolorspace="rgb",
            intent=ImageCms.Intent.PERCEPTUAL,
            flags=EXACT,
        )
    return rgb[..., 1] if channels == 1 else rgb


def other_than_srgb(profile: bytes | None, channels: int) -> str | None:
    """The name of a profile that would change samples with these channels, or None.

    Raises Unusable for a profile that cannot be applied.
    """
    if profile is None or _transform(profile, MODES[channels]) is None:
        return None
    return ImageCms.getProfileDescription(_opened(profile)).strip() or "without a name"


@lru_cache(maxsize=16)  # files in a folder often share a profile
def _transform(profile, mode):
    """The transform to sRGB; None if the profile is sRGB, or for another colour space."""
    if mode == "L" and len(profile) >= HEADER and profile[16:20] != b"GRAY":
        return None  # valid or not, it does not apply to grey
    opened = _opened(profile)
    if opened.profile.xcolor_space != SPACES[mode]:
        return None
    if opened.profile.device_class not in CLASSES:
        found = f"class {opened.profile.device_class!r}, not meant for images"
        raise Unusable("colour profile", found)
    try:
        transform = ImageCms.buildTransform(opened, _srgb(), mode, "RGB")
    except ImageCms.PyCMSError as error:
        raise Unusable("colour profile", error) from None
    return None if mode != "CMYK" and _same(transform, mode) else transform


def _opened(profile):
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except OSError as error:
        raise Unusable("colour profile", f"not a valid ICC profile ({error})") from None


@lru_cache(maxsize=1)
def _srgb():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _same(transform, mode):
    """Whether a transform leaves all greys, or a lattice of colours, unchanged."""
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    if mode == "L":
        samples = levels[None]
    else:
        samples = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3)
    changed = np.asarray(transform.apply(Image.fromarray(samples)), int)
    return np.abs(changed - samples.reshape(*samples.shape[:2], -1)).max() <= SAME


def _without_inks(colours):
    """Converts ideal CMYK inks to RGB: each ink absorbs its share of the light."""
    most = np.iinfo(colours.dtype).max
    light = (most - colours).astype(np.uint32)
    return ((light[..., :3] * light[..., 3:] + most // 2) // most).astype(colours.dtype)
