"""SSIMULACRA2, the public measure of distortion that follows human judgement best."""

import io

import numpy as np
from PIL import Image

SMALLEST = 8  # pixels per side, of its smallest scale


def ssimulacra2(x: np.ndarray, y: np.ndarray) -> float | None:
    """SSIMULACRA2 (J. Sneyers, 2022) of two images, uint8 [H, W, 1 or 3].

    At most 100, for equal images; 90 is hard to tell from the original, 70 is high quality, 50
    medium, and bad images are below 0. A megapixel takes seconds.

    Returns None without the package ssimulacra2 (in the extra `report`), and for images with a
    side below SMALLEST.
    """
    try:
        from ssimulacra2 import compute_ssimulacra2
    except ImportError:
        return None
    if min(x.shape[:2]) < SMALLEST:
        return None
    files = []
    for image in (x, y):
        files.append(io.BytesIO())
        picture = image[..., 0] if image.shape[2] == 1 else image
        Image.fromarray(picture).save(files[-1], "PNG", compress_level=0)
    return float(compute_ssimulacra2(*files))
