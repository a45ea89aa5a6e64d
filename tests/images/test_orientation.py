import struct

import numpy as np
import pytest
from PIL import Image

from image_compressor.images.orientation import orientation, upright

TRANSPOSED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def exif(kind, value, order="<", *more):
    """EXIF data with an Orientation after other tags."""
    tags = [*more, struct.pack(f"{order}HHL", 0x112, kind, 1) + value]
    head = b"II*\0" if order == "<" else b"MM\0*"
    return head + struct.pack(f"{order}LH", 8, len(tags)) + b"".join(tags) + bytes(4)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("kind", "form"), [(1, "B3x"), (3, "H2x"), (4, "L"), (9, "l")])
def test_the_tag_may_be_any_integer_in_either_order(kind, form, order):
    block = exif(kind, struct.pack(order + form, 6), order)
    assert orientation(block) == orientation(b"Exif\0\0" + block) == 6


def test_other_tags_do_not_matter():
    odd = struct.pack("<HHL4s", 0x11A, 2, 4, b"72 \0")
    assert orientation(exif(3, b"\x08\0\0\0", "<", odd, b"\xff" * 12)) == 8


@pytest.mark.parametrize("value", [0, 9, 255])
def test_an_invalid_value_turns_nothing(value):
    assert orientation(exif(3, struct.pack("<HH", value, 0))) == 1


def test_a_truncated_block_turns_nothing_and_raises_nothing():
    block = exif(3, b"\x06\0\0\0")
    for end in range(len(block) - 8):
        assert orientation(block[:end]) == 1
    assert orientation(b"") == orientation(b"nonsense") == orientation(exif(5, bytes(4))) == 1


def test_xmp_is_used_if_exif_has_no_orientation():
    for xmp in (b"<tiff:Orientation>3</tiff:Orientation>", b"<a tiff:Orientation='3'/>"):
        assert orientation(b"", xmp) == 3
        assert orientation(exif(3, b"\x06\0\0\0"), xmp) == 6


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3)])
def test_pixels_are_turned_like_in_pillow(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert np.array_equal(upright(pixels, 1), pixels)
    for number, method in TRANSPOSED.items():
        expected = np.asarray(Image.fromarray(pixels).transpose(method))
        assert np.array_equal(upright(pixels, number), expected)
