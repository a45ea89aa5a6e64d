"""Colours are converted to sRGB from the colour space that the file declares."""

import io
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms

from image_compressor import InputError
from image_compressor.codec import inputs
from image_compressor.images import colour, decoding, meaning
from image_compressor.images.unusable import Unusable
from tests.images.written import RAW, chunk, picture, png, tiff

P3, ADOBE_RED = 12, (0.64, 0.33)
ADOBE = ((0.3127, 0.3290), ADOBE_RED, (0.21, 0.71), (0.15, 0.06))
WIDE = meaning.profile(ADOBE, 2.19921875)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
COLOURS = np.uint8(np.round(picture(3) * 255))
SAMPLES = np.round(picture(3) * 65535).astype(int)


def as_meant(image, profile):
    """The image converted to sRGB by Pillow's ImageCms."""
    mode = "RGB" if image.mode == "L" else None
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    seen = ImageCms.profileToProfile(
        image, opened, ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    return np.asarray(seen)[..., 1] if mode else np.asarray(seen)


def curve(light):
    """The transfer curve of sRGB for light from 0 to 1."""
    light = np.clip(light, 0, 1)
    return np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)


def file(image, kind, **options):
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 95}),
        ("WEBP", {"lossless": True}),
        ("AVIF", {"quality": 95}),
        ("TIFF", {}),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_profile_is_applied_in_every_format_that_has_one(kind, options, mode):
    image = Image.fromarray(COLOURS).convert(mode)
    profile = WIDE if mode == "RGB" else imagecodecs.cms_profile("gray", gamma=1.6)
    if (kind, mode) == ("WEBP", "L"):
        pytest.skip("WebP has no grey.")
    plain = decoding.read(file(image, kind, **options))
    pixels = decoding.read(file(image, kind, icc_profile=profile, **options))
    expected = as_meant(Image.fromarray(plain), profile)
    assert pixels.shape == plain.shape
    assert np.abs(pixels.astype(int) - expected).max() <= 1
    assert np.abs(pixels.astype(int) - plain).max() > 10


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_converted_before_they_are_rounded(form):
    """Linear light needs more than 8 bits for dark levels."""
    linear = meaning.profile(meaning.PRIMARIES[1], 1.0)
    packed = b"icc\0\0" + zlib.compress(linear)
    data = {
        "PNG": png(SAMPLES, 16, 2, chunk(b"iCCP", packed)),
        "TIFF": tiff(SAMPLES, 16, 2, {34675: (RAW, linear)}),
    }[form]
    assert np.abs(decoding.read(data) - 255 * curve(SAMPLES / 65535)).max() <= 1


@pytest.mark.parametrize("profile", [SRGB, meaning.profile(meaning.PRIMARIES[1])])
def test_any_profile_of_srgb_changes_no_pixel(profile):
    data = file(Image.fromarray(COLOURS), "PNG", icc_profile=profile)
    assert np.array_equal(decoding.read(data), COLOURS)
    assert np.array_equal(inputs.read(data, (23, 37, 3)), COLOURS)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_are_converted_by_their_profile(kind):
    inks = pyvips.Image.new_from_array(COLOURS).icc_transform("cmyk")
    profile = inks.get("icc-profile-data")
    data = inks.jpegsave_buffer(Q=100) if kind == "JPEG" else inks.tiffsave_buffer()
    image = Image.open(io.BytesIO(data))
    assert image.mode == "CMYK"
    expected = as_meant(image, profile)
    assert np.abs(decoding.read(data).astype(int) - expected).max() <= 1
    assert np.abs(expected.astype(int) - COLOURS).mean() < 20


def test_a_broken_profile_is_named():
    image = Image.fromarray(COLOURS)
    link = bytearray(WIDE)
    link[12:16] = b"link"
    for broken in (b"nonsense", WIDE[:200], bytes(link), WIDE[:128] + bytes(400)):
        data = file(image, "JPEG", icc_profile=broken)
        with pytest.raises(Unusable, match=r"^colour profile: "):
            decoding.read(data)
        with pytest.raises(InputError, match=r"a\.jpg cannot be used: colour profile: "):
            inputs.read(data, (23, 37, 3), "a.jpg")


def test_a_profile_of_another_colour_space_is_ignored():
    for mode, profile in (("L", WIDE), ("RGB", imagecodecs.cms_profile("gray", gamma=1.6))):
        image = Image.fromarray(COLOURS).convert(mode)
        data = file(image, "PNG", icc_profile=profile)
        assert np.array_equal(decoding.read(data), np.asarray(image))


@pytest.mark.parametrize("form", ["cICP", "cHRM and gAMA"])
def test_a_png_may_give_its_primaries_as_numbers(form):
    values = [round(value * 100000) for point in ADOBE for value in point]
    chunks = {
        "cICP": [chunk(b"cICP", bytes([P3, 13, 0, 1]))],
        "cHRM and gAMA": [
            chunk(b"cHRM", struct.pack(">8I", *values)),
            chunk(b"gAMA", struct.pack(">I", 45470)),
        ],
    }[form]
    profile = meaning.of_codes(P3, 13) if form == "cICP" else WIDE
    samples = COLOURS.astype(int)
    expected = as_meant(Image.fromarray(COLOURS), profile)
    assert np.abs(decoding.read(png(samples, 8, 2, *chunks)).astype(int) - expected).max() <= 1
    srgb = chunk(b"sRGB", b"\0")
    if form != "cICP":
        assert np.array_equal(decoding.read(png(samples, 8, 2, srgb, *chunks)), COLOURS)
        assert np.array_equal(decoding.read(png(samples, 8, 2, chunks[1])), COLOURS)


def test_display_p3_is_converted_by_its_numbers():
    def matrix(points):
        white, *primaries = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in points)
        columns = np.stack(primaries, 1)
        return columns * np.linalg.solve(columns, white)

    samples = np.uint8(np.round(picture(3) * 99 + 77))
    light = ((samples / 255 + 0.055) / 1.055) ** 2.4
    to_srgb = np.linalg.solve(matrix(meaning.PRIMARIES[1]), matrix(meaning.PRIMARIES[P3]))
    expected = curve(light @ to_srgb.T)
    pixels = colour.to_srgb(samples, meaning.of_codes(P3, 13))
    assert np.abs(pixels - 255 * expected).max() < 2


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_high_dynamic_range_is_refused_by_name(transfer, name):
    data = png(COLOURS.astype(int), 8, 2, chunk(b"cICP", bytes([9, transfer, 0, 1])))
    with pytest.raises(Unusable, match=rf"high dynamic range \({name}\)"):
        decoding.read(data)


@pytest.mark.parametrize("points", [[(0.3, 0)] * 4, [(0.3, 0.3)] * 4])
def test_primaries_without_a_gamut_are_named(points):
    with pytest.raises(Unusable, match="colour profile: white"):
        meaning.profile(points, 2.2)


def test_another_profile_is_applied_and_reported():
    data, changes = file(Image.fromarray(COLOURS), "PNG", icc_profile=WIDE), []
    read = inputs.read(data, (23, 37, 3), "a.png", changes=changes)
    assert np.array_equal(read, decoding.read(data))
    assert changes == ["a colour profile"]
