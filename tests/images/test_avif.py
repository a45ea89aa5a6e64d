"""AVIF: its crop, orientation and colours, which libavif leaves to its callers."""

import io
import struct

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageOps

from image_compressor.images import decoding
from image_compressor.images.unusable import Unusable
from tests.images.written import picture

COLOURS = np.uint8(np.round(picture(3, 24, 36) * 255))
NCLX = b"colrnclx"


def avif(**options):
    data = io.BytesIO()
    Image.fromarray(COLOURS).save(data, "AVIF", quality=95, **options)
    return data.getvalue()


def with_property(data, box):
    """The file with another box that describes its only item."""
    data = bytearray(data)

    def grow(name, size):
        (old,) = struct.unpack_from(">I", data, data.index(name) - 4)
        struct.pack_into(">I", data, data.index(name) - 4, old + size)

    (boxes,) = struct.unpack_from(">I", data, data.index(b"ipco") - 4)
    end = data.index(b"ipco") - 4 + boxes
    number, position = 1, data.index(b"ipco") + 4
    while position < end:
        position += struct.unpack_from(">I", data, position)[0]
        number += 1
    data[end:end] = box
    for name in (b"meta", b"iprp", b"ipco"):
        grow(name, len(box))
    items = data.index(b"ipma") + 4 + 8 + 2  # version and flags, number of items, the item
    data[items] += 1
    data[items + data[items] : items + data[items]] = bytes([number | 0x80])
    for name in (b"meta", b"iprp", b"ipma"):
        grow(name, 1)
    extent = data.index(b"iloc") + 4 + 14
    (start,) = struct.unpack_from(">I", data, extent)
    struct.pack_into(">I", data, extent, start + len(box) + 1)
    return bytes(data)


def clap(width, height, x, y):
    """A crop in whole pixels, shifted from the centre by x and y half pixels."""
    return struct.pack(">I4s4IiIiI", 40, b"clap", width, 1, height, 1, x, 2, y, 2)


def test_a_crop_is_applied():
    data = avif()
    whole = decoding.read(data)
    cropped = decoding.read(with_property(data, clap(20, 16, -8, 4)))
    assert np.array_equal(cropped, whole[6:22, 4:24])


@pytest.mark.parametrize("crop", [(40, 16, 0, 0), (20, 16, 99, 0), (20, 15, 0, 0), (0, 16, 0, 0)])
def test_a_crop_outside_of_the_picture_is_damage(crop):
    with pytest.raises(Unusable, match="damaged: a crop to"):
        decoding.read(with_property(avif(), clap(*crop)))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_applied_once(orientation):
    exif = Image.Exif()
    exif[0x112], exif[0x11A] = orientation, 72.0
    data = avif(exif=exif.tobytes())
    plain = Image.fromarray(decoding.read(avif()))
    plain.getexif()[0x112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(plain))
    assert np.array_equal(decoding.read(data), expected)
    odd = data.replace(b"\1\x1a\0\5", b"\1\x1a\0\2")  # a resolution as text: Pillow fails
    assert odd != data or orientation == 1
    assert np.array_equal(decoding.read(odd), expected)


@pytest.mark.parametrize("bits", [10, 12])
def test_more_bits_are_scaled_as_libavif_does(bits):
    samples = np.round(picture(3, 24, 36) * (2**bits - 1)).astype(np.uint16)
    data = imagecodecs.avif_encode(samples, level=100, bitspersample=bits, pixelformat="444")
    expected = imagecodecs.avif_decode(data) / (2**bits - 1) * 255
    assert np.abs(decoding.read(data) - expected).max() <= 1


def test_grey_stays_grey():
    data = imagecodecs.avif_encode(COLOURS[..., 0], level=100)
    assert np.array_equal(decoding.read(data), imagecodecs.avif_decode(data))


def test_wide_primaries_are_converted_and_high_dynamic_range_refused():
    data = avif()
    narrow = decoding.read(data).astype(int)
    assert data.count(NCLX) == 1
    start = data.index(NCLX) + len(NCLX)

    def with_codes(primaries, transfer):
        return data[:start] + struct.pack(">HH", primaries, transfer) + data[start + 4 :]

    assert np.array_equal(decoding.read(with_codes(2, 2)), narrow)
    assert np.abs(decoding.read(with_codes(12, 13)) - narrow).max() > 10
    with pytest.raises(Unusable, match=r"high dynamic range \(PQ\)"):
        decoding.read(with_codes(9, 16))


def test_heif_of_another_kind_is_not_called_damaged():
    data = avif().replace(b"avif", b"heic").replace(b"ftypheic", b"ftypmif1")
    with pytest.raises(Unusable, match="not an image: HEIF"):
        decoding.read(data)
