"""Samples of any colour space -> sRGB.

By Pillow's defaults: the perceptual intent, which for the matrix profiles of cameras and screens is
the same as the colorimetric one, and for printers' tables is the rendering that their makers meant
for pictures.
"""

import io
from functools import lru_cache

import imagecodecs
import numpy as np
from PIL import Image, ImageCms

from image_compressor.images.unusable import Unusable

MODES = {1: "L", 3: "RGB", 4: "CMYK"}  # by the number of channels
SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}  # as ICC has them
CLASSES = ("scnr", "mntr", "prtr", "spac")  # of profiles that belong to images
HEADER = 128  # bytes, of which 16 to 19 are the colour space
SAME = 2  # levels: profiles that differ less from sRGB are taken as variants of it
EXACT = 0x100  # lcms' cmsFLAGS_NOOPTIMIZE: its tables for 16 bits are up to 20 levels of 255 off


def to_srgb(colours: np.ndarray, profile: bytes | None) -> np.ndarray:
    """[H, W] grey, [H, W, 3] RGB or [H, W, 4] CMYK -> [H, W] or [H, W, 3] of the same type.

    A profile of another colour space than the samples is ignored, as browsers do: it was left there
    by a conversion. CMYK without a profile is taken as ideal inks. Raises Unusable for a profile
    that cannot be applied.
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
    """The name of a profile that changes such samples; None where there is none.

    Raises Unusable for a profile that cannot be applied.
    """
    if profile is None or _transform(profile, MODES[channels]) is None:
        return None
    return ImageCms.getProfileDescription(_opened(profile)).strip() or "without a name"


@lru_cache(maxsize=16)  # files of a folder often have the same profile
def _transform(profile, mode):
    """The transform to sRGB; None where the profile is sRGB, or of another colour space."""
    if mode == "L" and len(profile) >= HEADER and profile[16:20] != b"GRAY":
        return None  # broken or not, it says nothing of grey
    opened = _opened(profile)
    if opened.profile.xcolor_space != SPACES[mode]:
        return None
    if opened.profile.device_class not in CLASSES:
        raise Unusable("colour profile", f"class {opened.profile.device_class!r}, not an image's")
    try:
        transform = ImageCms.buildTransform(opened, _srgb(), mode, "RGB")
    except ImageCms.PyCMSError as error:
        raise Unusable("colour profile", error) from None
    return None if mode != "CMYK" and _same(transform, mode) else transform


def _opened(profile):
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except OSError as error:
        raise Unusable("colour profile", f"no valid ICC profile ({error})") from None


@lru_cache(maxsize=1)
def _srgb():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _same(transform, mode):
    """Tells whether a transform leaves grey, or a lattice of colours, as it is."""
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    if mode == "L":
        samples = levels[None]
    else:
        samples = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3)
    changed = np.asarray(transform.apply(Image.fromarray(samples)), int)
    return np.abs(changed - samples.reshape(*samples.shape[:2], -1)).max() <= SAME


def _without_inks(colours):
    """Ideal CMYK inks, of which each takes its share of the light."""
    most = np.iinfo(colours.dtype).max
    light = (most - colours).astype(np.uint32)
    return ((light[..., :3] * light[..., 3:] + most // 2) // most).astype(colours.dtype)
