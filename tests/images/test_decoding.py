import io

import numpy as np
import pytest
from PIL import ExifTags, Image

from image_compressor.images import decoding


def picture(mode, size=(24, 16)):
    """A smooth image in any mode, from white on the left to dark on the right."""
    ramp = np.tile(np.linspace(255, 40, size[0]).astype(np.uint8), (size[1], 1))
    image = Image.fromarray(ramp)
    return image.convert("RGB").quantize() if mode == "P" else image.convert(mode)


def file(image, kind, **options):
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode", "channels"),
    [
        ("PNG", "1", 1),
        ("PNG", "L", 1),
        ("PNG", "LA", 1),
        ("PNG", "P", 3),
        ("PNG", "RGB", 3),
        ("PNG", "RGBA", 3),
        ("JPEG", "L", 1),
        ("JPEG", "RGB", 3),
        ("JPEG", "CMYK", 3),
        ("WEBP", "RGB", 3),
        ("WEBP", "RGBA", 3),
        ("AVIF", "RGB", 3),
        ("BMP", "L", 1),
        ("BMP", "RGB", 3),
        ("TIFF", "L", 1),
        ("TIFF", "RGBA", 3),
        ("TIFF", "CMYK", 3),
        ("GIF", "P", 3),
    ],
)
def test_every_kind_becomes_grey_or_rgb(tmp_path, kind, mode, channels):
    data = file(picture(mode), kind)
    (tmp_path / f"a.{kind.lower()}").write_bytes(data)
    pixels = decoding.read(data)
    assert np.array_equal(pixels, decoding.read(tmp_path / f"a.{kind.lower()}"))
    assert pixels.dtype == np.uint8
    assert pixels.shape == ((16, 24) if channels == 1 else (16, 24, 3))
    if mode != "1":
        grey = pixels.reshape(16, 24, -1).mean(axis=2)
        assert np.abs(grey - np.asarray(picture("L"))).mean() < 12


def test_sixteen_bits_are_scaled():
    values = np.arange(16 * 24, dtype=np.uint16).reshape(16, 24) * 170
    expected = np.round(values / 257)
    for content in (values, values[..., None], file(Image.fromarray(values), "PNG")):
        assert np.array_equal(decoding.read(content), expected)


def test_transparent_pixels_are_white():
    image = Image.new("RGBA", (16, 16), (200, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 8, 16))
    for data in (file(image, "PNG"), file(image, "WEBP", lossless=True), np.asarray(image)):
        pixels = decoding.read(data)
        assert (pixels[:, :8] == 255).all()
        assert (pixels[:, 8:] == (200, 0, 0)).all()
    grey = file(Image.new("L", (16, 16), 7), "PNG", transparency=7)
    assert np.array_equal(decoding.read(grey), np.full((16, 16), 255))
    ramp = Image.fromarray(np.arange(16 * 16, dtype=np.uint16).reshape(16, 16) * np.uint16(257))
    read = decoding.read(file(ramp, "PNG", transparency=7 * 257))
    assert (read[0, 6:9] == [6, 255, 8]).all()


def test_a_tiff_with_white_as_zero_is_inverted():
    ramp = np.arange(16 * 16, dtype=np.uint16).reshape(16, 16) * np.uint16(257)
    data = file(Image.fromarray(ramp), "TIFF")
    with Image.open(io.BytesIO(data)) as image:
        entry = data.index(bytes([6, 1, 3, 0, 1, 0, 0, 0]))  # tag 262, one short
        assert image.tag_v2[262] == 1
    negative = data[: entry + 8] + bytes(4) + data[entry + 12 :]
    assert np.array_equal(decoding.read(data), ramp // 257)
    assert np.array_equal(decoding.read(negative), 255 - decoding.read(data))


def test_the_orientation_in_exif_is_applied():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    assert decoding.read(file(picture("L"), "PNG", exif=exif)).shape == (24, 16)


def test_black_and_white_are_0_and_255():
    pixels = np.eye(16, dtype=bool)
    assert np.array_equal(decoding.read(pixels), np.eye(16) * 255)


@pytest.mark.parametrize("level", [0, 1, 128, 129, 385, 386, 65406, 65407, 65535])
def test_sixteen_bits_are_rounded_to_the_nearest_of_eight(level):
    assert (decoding.read(np.full((16, 16), level, np.uint16)) == round(level / 257)).all()


def test_a_phones_jpeg_may_have_a_second_picture(tmp_path):
    first, second = picture("L"), Image.new("L", (24, 16))
    (tmp_path / "a.jpg").write_bytes(file(first, "MPO", save_all=True, append_images=[second]))
    assert np.abs(decoding.read(tmp_path / "a.jpg") - np.asarray(first).astype(int)).max() < 20
