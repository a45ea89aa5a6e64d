"""Truncated and overwritten files are never accepted as intact."""

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from image_compressor.images import decoding
from image_compressor.images.unusable import Unusable
from tests.ingest.bad_files import FORMATS

COLOURS = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
WAYS = [
    ("PNG", "RGB", {}),
    ("PNG", "P", {}),
    ("JPEG", "RGB", {}),
    ("JPEG", "L", {"progressive": True}),
    ("JPEG", "CMYK", {"restart_marker_blocks": 2}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("AVIF", "RGB", {}),
    ("BMP", "RGB", {}),
    ("BMP", "1", {}),
    ("GIF", "P", {}),
    ("TIFF", "RGB", {}),
    *(("TIFF", "RGB", {"compression": name}) for name in ("tiff_lzw", "packbits", "jpeg", "zstd")),
    *(("TIFF", "1", {"compression": name}) for name in ("group3", "group4")),
]


def file(kind, mode, options):
    data = io.BytesIO()
    Image.fromarray(COLOURS).convert(mode).save(data, kind, **options)
    return data.getvalue()


def test_every_format_is_covered():
    assert {kind for kind, _, _ in WAYS} == FORMATS.keys()


@pytest.mark.parametrize(("kind", "mode", "options"), WAYS)
def test_a_truncated_file_is_refused_or_has_all_its_pixels(kind, mode, options):
    data = file(kind, mode, options)
    whole, kinds = decoding.read(data), set()
    for end in {*range(12, len(data), len(data) // 40), *range(len(data) - 30, len(data))}:
        try:
            assert np.array_equal(decoding.read(data[:end]), whole)
            assert end > len(data) - 8
        except Unusable as error:
            kinds.add(str(error).split(":")[0])
    assert kinds <= {"damaged", "not an image"}


@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 3}])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_truncated_jpeg_with_an_end_marker_is_damage(mode, options):
    """Pillow silently fills the missing part with grey.

    A progressive JPEG that ends between two scans counts as whole, with lower quality.
    """
    data = file("JPEG", mode, options)
    start = data.index(b"\xff\xda") + 30
    for end in range(start, len(data) - 200, 97):
        with pytest.raises(Unusable, match="damaged"):
            decoding.read(data[:end] + b"\xff\xd9")


@pytest.mark.parametrize("name", ["tiff_lzw", "tiff_adobe_deflate", "zstd"])
def test_a_tiff_that_was_overwritten_is_damage(name):
    data = bytearray(file("TIFF", "RGB", {"compression": name}))
    with Image.open(io.BytesIO(data)) as image:
        start = image.tag_v2[273][0]
    data[start + 4 : start + 44] = b"\xff" * 40
    with pytest.raises(Unusable, match="damaged"):
        decoding.read(bytes(data))


def test_a_jpeg_with_a_second_header_in_its_scan_is_damage():
    data = file("JPEG", "RGB", {})
    start = data.index(b"\xff\xda") + 60
    header = b"\xff\xc0\x00\x0b\x08\x00\x40\x00\x40\x01\x01\x11\x00"
    with pytest.raises(Unusable, match="damaged"):
        decoding.read(data[:start] + header + data[start:])


def test_extra_bytes_of_a_camera_before_the_end_are_not_damage():
    data = file("JPEG", "RGB", {})
    padded = data[:-2] + bytes(1000) + data[-2:]
    assert np.array_equal(decoding.read(padded), decoding.read(data))


def test_jpegs_of_other_kinds_are_refused_by_name():
    twelve = imagecodecs.jpeg8_encode(COLOURS.astype(np.uint16) * 16, bitspersample=12)
    with pytest.raises(Unusable, match="unsupported pixels: JPEG of 12 bits"):
        decoding.read(twelve)
    data = file("JPEG", "RGB", {})
    for marker, name in ((b"\xc3", "lossless"), (b"\xc5", "hierarchical")):
        with pytest.raises(Unusable, match=f"unsupported pixels: {name} JPEG"):
            decoding.read(data.replace(b"\xff\xc0", b"\xff" + marker))


@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"keep_rgb": True}])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_has_the_same_pixels_as_with_pillow(mode, options):
    if options.get("keep_rgb") and mode != "RGB":
        pytest.skip("This mode is not kept.")
    data = file("JPEG", mode, options)
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(image.convert("L" if mode == "L" else "RGB"), int)
    assert np.abs(decoding.read(data) - expected).max() <= 1
