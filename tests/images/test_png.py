"""PNGs of every depth and colour type, with any other chunks, are read as written."""

import zlib

import numpy as np
import pytest
import pyvips

from image_compressor.images import decoding
from image_compressor.images.unusable import Unusable
from tests.images.written import chunk, picture, png

GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
DEPTHS = [
    *((GREY, depth) for depth in (1, 2, 4, 8, 16)),
    *((colour, depth) for colour in (COLOUR, GREY_ALPHA, COLOUR_ALPHA) for depth in (8, 16)),
]
CHANNELS = {GREY: 1, COLOUR: 3, GREY_ALPHA: 2, COLOUR_ALPHA: 4}


def written(colour, depth):
    return np.round(picture(CHANNELS[colour]) * (2**depth - 1)).astype(int)


def over_white(values, alpha):
    return np.round(255 * (values * alpha + 1 - alpha)).squeeze()


@pytest.mark.parametrize(("colour", "depth"), DEPTHS)
def test_samples_of_any_depth_are_scaled_and_blended_with_white(colour, depth):
    samples = written(colour, depth)
    values = samples / (2**depth - 1)
    alpha = colour in (GREY_ALPHA, COLOUR_ALPHA)
    expected = over_white(*np.split(values, [-1], 2)) if alpha else over_white(values, 1)
    assert np.abs(decoding.read(png(samples, depth, colour)) - expected).max() <= 1


@pytest.mark.parametrize("value", [0, 127, 128, 129, 385, 386, 65406, 65407, 65535])
@pytest.mark.parametrize("colour", [GREY, COLOUR])
def test_sixteen_bits_are_rounded_alike_in_grey_and_colour(value, colour):
    samples = np.full((16, 16, CHANNELS[colour]), value)
    assert (decoding.read(png(samples, 16, colour)) == round(value / 257)).all()


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("colour", [GREY, COLOUR])
def test_a_transparent_colour_is_white(colour, depth):
    if colour == COLOUR and depth < 8:
        pytest.skip("Colour cannot have this depth.")
    samples = written(colour, depth)
    key = samples[11, 17]
    expected = np.round(255 * samples / (2**depth - 1))
    expected[(samples == key).all(-1)] = 255
    transparent = chunk(b"tRNS", key.astype(">u2").tobytes())
    assert np.array_equal(
        decoding.read(png(samples, depth, colour, transparent)), expected.squeeze()
    )


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_palette_becomes_colours(depth):
    samples = np.round(picture(1) * (2**depth - 1)).astype(int)
    palette = np.random.default_rng(0).integers(0, 256, (2**depth, 3), np.uint8)
    colours, alpha = chunk(b"PLTE", palette.tobytes()), chunk(b"tRNS", bytes([0, 128]))
    assert np.array_equal(
        decoding.read(png(samples, depth, PALETTE, colours)), palette[samples[..., 0]]
    )
    opacity = np.ones((2**depth, 1))
    opacity[:2, 0] = 0, 128 / 255
    expected = over_white(palette / 255, opacity)[samples[..., 0]]
    pixels = decoding.read(png(samples, depth, PALETTE, colours, alpha))
    assert np.abs(pixels - expected).max() <= 1


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_interlaced_files_give_the_same_pixels_as_libvips(channels, depth):
    most = 2**depth - 1
    samples = np.round(picture(channels) * most).astype(np.uint8 if depth == 8 else np.uint16)
    image = pyvips.Image.new_from_array(samples)
    if depth == 16:
        image = image.copy(interpretation="grey16" if channels < 3 else "rgb16")
    data = image.pngsave_buffer(interlace=True, bitdepth=depth)
    expected = pyvips.Image.new_from_buffer(data, "")
    if expected.hasalpha():
        expected = expected.flatten(background=most, max_alpha=most)
    pixels = decoding.read(data)
    expected = expected.numpy().reshape(pixels.shape) / most * 255
    assert np.abs(pixels - expected).max() <= 1


def test_text_and_profiles_of_any_length_do_not_matter():
    samples, long = written(GREY, 8), zlib.compress(bytes(2**25))
    for name, content in {
        b"zTXt": b"workflow\0\0" + long,
        b"iTXt": b"workflow\0\1\0\0\0" + long,
        b"tEXt": b"prompt\0" + bytes(2**21),
        b"iCCP": b"profile\0\0" + long,
    }.items():
        assert np.array_equal(
            decoding.read(png(samples, 8, GREY, chunk(name, content))), samples[..., 0]
        )


@pytest.mark.parametrize("kind", [b"IDAT", b"tEXt", b"IEND"])
def test_a_wrong_checksum_is_damage(kind):
    data = bytearray(png(written(GREY, 8), 8, GREY, chunk(b"tEXt", b"Comment\0words")))
    start = data.index(kind)
    (length,) = np.frombuffer(data[start - 4 : start], ">u4")
    data[start + 4 + int(length)] ^= 1
    with pytest.raises(Unusable, match=rf"damaged: .*checksum.*{kind.decode()}"):
        decoding.read(bytes(data))


@pytest.mark.parametrize("depth", [8, 16])
def test_pixels_that_end_early_are_damage(depth):
    samples = written(COLOUR, depth)
    data = png(samples, depth, COLOUR)
    fewer = png(samples[:-1], depth, COLOUR)
    start = b"\x89PNG\r\n\x1a\n"
    data = start + data[8:33] + fewer[33:]  # the header of one more row
    with pytest.raises(Unusable, match="damaged"):
        decoding.read(data)


@pytest.mark.parametrize("way", ["chunk", "text", "compressed text", "XMP"])
def test_the_orientation_comes_from_exif_in_a_chunk_or_text_or_from_xmp(way):
    exif = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x06\0\0\0\0\0\0\0"
    text = b"\nexif\n%8d\n%s\n" % (len(exif), exif.hex().encode())
    xmp = b'<rdf:Description tiff:Orientation="6"/>'
    told = {
        "chunk": chunk(b"eXIf", exif),
        "text": chunk(b"tEXt", b"Raw profile type exif\0" + text),
        "compressed text": chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text)),
        "XMP": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
    }
    samples = written(COLOUR, 8)
    turned = decoding.read(png(samples, 8, COLOUR, told[way]))
    assert np.array_equal(turned, np.rot90(samples, -1))
