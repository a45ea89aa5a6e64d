"""Comparison with libvips for WebP, GIF, AVIF and JPEG."""

import io

import numpy as np
import pytest
import pyvips
from PIL import Image

from image_compressor.images import decoding
from tests.images.written import picture

SAMPLES = np.uint8(np.round(picture(4) * 255))


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("WEBP", "RGB", {}),
        ("WEBP", "RGBA", {}),
        ("WEBP", "RGB", {"lossless": True}),
        ("WEBP", "RGBA", {"lossless": True, "exact": True}),
        ("GIF", "P", {}),
        ("GIF", "P", {"interlace": True}),
        ("GIF", "P", {"transparency": 7}),
        ("GIF", "L", {}),
        ("AVIF", "RGBA", {"quality": 95, "subsampling": "4:4:4"}),
        ("AVIF", "L", {}),
        ("JPEG", "RGB", {"progressive": True, "subsampling": 0}),
        ("JPEG", "L", {}),
    ],
)
def test_libvips_reads_the_same_pixels(kind, mode, options):
    image = Image.fromarray(SAMPLES)
    image = image.convert("RGB").quantize(64) if mode == "P" else image.convert(mode)
    file = io.BytesIO()
    image.save(file, kind, **options)
    seen = pyvips.Image.new_from_buffer(file.getvalue(), "")
    if seen.hasalpha():
        seen = seen.flatten(background=255)
    pixels, expected = decoding.read(file.getvalue()), seen.numpy().astype(int)
    if pixels.ndim == 2:
        expected = expected.reshape(*pixels.shape, -1)[..., 0]
    assert np.abs(pixels - expected).max() <= 2
