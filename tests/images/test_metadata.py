"""Metadata of image files: read from any format, and written into PNG and WebP."""

import io
import os
import struct

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from image_compressor.images import decoding, image_files, originals
from image_compressor.images.metadata import Metadata, shown
from image_compressor.images.orientation import orientation, upright_exif
from tests.images.written import picture

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6" dc:title="Sea"/></x:xmpmeta>'
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
FORMATS = {"a.jpg": "JPEG", "a.png": "PNG", "a.webp": "WEBP", "a.tif": "TIFF", "a.avif": "AVIF"}


def exif(orientation=6):
    tags = Image.Exif()
    tags[ExifTags.Base.Make], tags[ExifTags.Base.Orientation] = "Maker", orientation
    tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2024:05:01 12:00:00"
    tags.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    return tags


def with_thumbnail(block):
    """An EXIF block, most significant bytes first, whose second directory points to a picture."""
    assert block[:2] == b"MM"
    (count,) = struct.unpack_from(">H", block, 8)
    pointer, content = 10 + 12 * count, b"\xff\xd8 a thumbnail \xff\xd9"
    first = len(block) + 2 + 2 * 12 + 4
    second = struct.pack(">HHHLLHHLLL", 2, 0x201, 4, 1, first, 0x202, 4, 1, len(content), 0)
    linked = block[:pointer] + struct.pack(">L", len(block)) + block[pointer + 4 :]
    return linked + second + content


def written(path, **options):
    pixels = np.uint8(255 * picture(3))
    Image.fromarray(pixels).save(path, FORMATS[path.name], **options)
    return path


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_metadata_of_any_format_is_restored(tmp_path, name, kind):
    path = written(tmp_path / name, exif=exif(), xmp=XMP, icc_profile=SRGB)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    kept = originals.read(path)
    facts = shown(kept)
    assert facts["time"] == "2023-11-14T22:13:20+00:00"
    assert facts["profile"] == "sRGB built-in"
    tags = facts["exif"]
    assert tags["Make"] == "Maker"
    if name != "a.tif":  # Pillow does not write these into TIFF
        assert (tags["DateTimeOriginal"], tags["GPSLatitudeRef"]) == ("2024:05:01 12:00:00", "N")
    pixels = decoding.read(path)
    back = tmp_path / f"back.{kind.lower()}"
    image_files.write(back, pixels, metadata=kept)
    assert np.array_equal(decoding.read(back), pixels), "it is not turned twice"
    assert originals.read(back) == kept
    with Image.open(back) as image:
        image.load()
        assert image.getexif()[ExifTags.Base.Make] == "Maker"
        assert image.info["icc_profile"] == SRGB
    if name not in ("a.png", "a.tif"):  # Pillow does not write XMP into them
        assert b"Sea" in kept.xmp
        assert orientation(xmp=kept.xmp) == 1


def test_a_profile_that_pixels_were_converted_from_is_left_out(tmp_path):
    assert originals.read(written(tmp_path / "a.jpg", icc_profile=LAB)).profile == b""
    data = io.BytesIO()
    Image.fromarray(np.uint8(255 * picture(3))[..., 0]).save(data, "PNG", icc_profile=SRGB)
    assert originals.read(data.getvalue()) == Metadata()


def test_a_profile_for_colours_is_not_written_into_a_grey_image():
    grey = np.zeros((5, 6), np.uint8)
    file = image_files.encoded(grey, "a.png", Metadata(profile=SRGB))
    assert "icc_profile" not in Image.open(io.BytesIO(file)).info


@pytest.mark.parametrize("turned", range(1, 9))
def test_exif_becomes_upright_without_its_thumbnail(turned):
    block = exif(turned).tobytes().removeprefix(b"Exif\0\0")
    assert orientation(block) == turned
    assert orientation(upright_exif(block)) == 1
    large = with_thumbnail(block)
    assert b"thumbnail" not in upright_exif(large)
    assert len(upright_exif(large)) == len(large), "no position changes"
    assert shown(Metadata(exif=upright_exif(large)))["exif"]["Make"] == "Maker"


@pytest.mark.parametrize("size", range(60))
def test_exif_that_is_cut_off_is_kept_as_it_is(size):
    block = exif(1).tobytes().removeprefix(b"Exif\0\0")[:size]
    assert len(upright_exif(block)) == size
    shown(Metadata(exif=upright_exif(block), profile=block, xmp=block))
