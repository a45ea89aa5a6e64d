"""TIFFs of every depth, layout and compression are read as written."""

import io

import imagecodecs
import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image

from image_compressor.images import decoding
from image_compressor.images.unusable import Unusable
from tests.images.written import LONG, RAW, SHORT, facts, packed, picture, tiff, tiff_of

ANY_BITS = range(1, 17)
STRAIGHT, PREMULTIPLIED = 2, 1
# Kinds of samples: number of channels, PhotometricInterpretation, ExtraSamples.
KINDS = {
    "grey": (1, 1, None),
    "white is zero": (1, 0, None),
    "grey and alpha": (2, 1, STRAIGHT),
    "grey and premultiplied alpha": (2, 1, PREMULTIPLIED),
    "colour": (3, 2, None),
    "colour and alpha": (4, 2, STRAIGHT),
    "colour and premultiplied alpha": (4, 2, PREMULTIPLIED),
    "colour and an unknown band": (4, 2, 0),
    "inks": (4, 5, None),
}


def shown(values, photometric, extra):
    """The visible uint8 pixels for values from 0 to 1."""
    colours, alpha = values[..., :-1], values[..., -1:]
    if extra is None:
        colours = values
    if extra in (STRAIGHT, PREMULTIPLIED):
        colours = (colours if extra == PREMULTIPLIED else colours * alpha) + 1 - alpha
    if photometric == 5:
        colours = (1 - values[..., :3]) * (1 - alpha)
    if photometric == 0:
        colours = 1 - colours
    return np.uint8(np.round(255 * colours.squeeze()))


def assert_close(pixels, expected, most=1):
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).max() <= most


@pytest.mark.parametrize("bits", ANY_BITS)
@pytest.mark.parametrize("kind", KINDS)
def test_samples_of_any_depth_and_layout_are_read_as_written(kind, bits):
    channels, photometric, extra = KINDS[kind]
    samples = np.round(picture(channels) * (2**bits - 1)).astype(int)
    if extra == PREMULTIPLIED:
        samples = np.minimum(samples, samples[..., -1:])
    expected = shown(samples / (2**bits - 1), photometric, extra)
    tags = {} if extra is None else {338: (SHORT, [extra])}
    for compression, order, planar in ((1, "<", 1), (1, ">", 2), (5, ">", 1), (8, "<", 2)):
        data = tiff(samples, bits, photometric, tags, order, compression, planar)
        assert_close(decoding.read(data), expected)


@pytest.mark.parametrize("compression", ["lzw", "deflate", "packbits", "zstd", "lzma", None])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiles_predictors_and_big_files_change_nothing(compression, dtype):
    samples = np.round(picture(3) * np.iinfo(dtype).max).astype(dtype)
    predictor = compression not in ("packbits", None)
    ways = ({"tile": (16, 32)}, {"bigtiff": True, "byteorder": ">"}, {"predictor": predictor})
    for more in ways:
        file = io.BytesIO()
        tifffile.imwrite(file, samples, photometric="rgb", compression=compression, **more)
        assert_close(decoding.read(file.getvalue()), shown(picture(3), 2, None))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("scale", [1, 257], ids=["8 bits in 16", "16 bits"])
def test_a_palette_may_have_8_or_16_bits(bits, scale):
    samples = np.round(picture(1) * (2**bits - 1)).astype(int)
    palette = np.random.default_rng(0).integers(0, 256, (3, 2**bits))
    data = tiff(samples, bits, 3, {320: (SHORT, (palette * scale).ravel().tolist())})
    assert np.array_equal(decoding.read(data), palette.T[samples[..., 0]])


@pytest.mark.parametrize("bits", [1, 8])
def test_bits_may_be_stored_backwards(bits):
    samples = np.round(picture(1) * (2**bits - 1)).astype(int)
    strip = np.unpackbits(np.frombuffer(packed(samples[..., 0], bits), np.uint8), bitorder="little")
    tags = {266: (SHORT, [2]), **facts(37, 23, [bits], 1)}
    data = tiff_of([np.packbits(strip).tobytes()], tags)
    assert np.array_equal(decoding.read(data), shown(samples / (2**bits - 1), 1, None))


@pytest.mark.parametrize("subsampled", [(1, 1), (2, 2)])
@pytest.mark.parametrize("compression", [1, 5])
def test_luma_and_chroma_become_colours(subsampled, compression):
    grey = np.uint8(picture(1, 32, 32)[..., 0] * 255)
    y = grey.reshape(16, 2, 16, 2).swapaxes(1, 2) if subsampled == (2, 2) else grey[..., None]
    units = y.reshape(-1, 4 if subsampled == (2, 2) else 1)
    chroma = np.full((len(units), 2), (100, 160), np.uint8)
    strip = np.concatenate([units, chroma], 1).tobytes()
    strip = imagecodecs.lzw_encode(strip) if compression == 5 else strip
    tags = {530: (SHORT, subsampled), **facts(32, 32, [8] * 3, 6, compression)}
    whole = np.stack([grey, np.full_like(grey, 100), np.full_like(grey, 160)], -1)
    expected = np.asarray(Image.fromarray(whole, "YCbCr").convert("RGB"))
    assert_close(decoding.read(tiff_of([strip], tags)), expected, most=2)


@pytest.mark.parametrize("compression", ["jpeg", "webp", "ccittfax4", "lzw", "deflate"])
def test_libvips_reads_the_same(compression):
    grey = compression == "ccittfax4"
    samples = np.uint8(picture(3, 64, 80) * 255)
    image = pyvips.Image.new_from_array(samples[..., 0] if grey else samples)
    options = {"bitdepth": 1} if grey else {"tile": True, "Q": 80}
    data = image.tiffsave_buffer(compression=compression, **options)
    expected = pyvips.Image.new_from_buffer(data, "").numpy()
    assert_close(decoding.read(data), expected.squeeze(), most=2)


@pytest.mark.parametrize(
    ("dtype", "channels", "options", "reason"),
    [
        (np.float16, 3, {}, "float samples of 16 bits"),
        (np.float32, 1, {}, "float samples of 32 bits"),
        (np.float64, 3, {}, "float samples of 64 bits"),
        (np.int8, 1, {}, "signed samples of 8 bits"),
        (np.int16, 3, {}, "signed samples of 16 bits"),
        (np.uint32, 3, {}, "samples of 32 bits"),
        (np.complex64, 1, {}, "complex samples"),
        (np.uint8, 5, {"photometric": "minisblack"}, "5 bands"),
        (np.uint8, 5, {"photometric": "rgb"}, "5 bands"),
        (np.uint8, 3, {"photometric": "cielab"}, "colours as CIELAB"),
        (np.uint16, 1, {"photometric": "cfa"}, "colours as CFA"),
        (np.uint8, 3, {"photometric": "rgb", "subfiletype": 1}, "a thumbnail as first page"),
    ],
)
def test_samples_without_an_8_bit_form_are_refused_by_name(dtype, channels, options, reason):
    samples = np.zeros((20, 20, channels), dtype).squeeze()
    file = io.BytesIO()
    if channels > 1:
        options = {"photometric": "rgb", "planarconfig": "contig", **options}
    tifffile.imwrite(file, samples, **options)
    with pytest.raises(Unusable, match=f"unsupported pixels: .*{reason}"):
        decoding.read(file.getvalue())


def test_pages_are_frames_but_overviews_are_not():
    samples = np.uint8(picture(3, 64, 64) * 255)
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        writer.write(samples, photometric="rgb")
        writer.write(samples[::2, ::2], photometric="rgb", subfiletype=1)
    assert np.array_equal(decoding.read(file.getvalue()), samples)


def test_strips_without_data_are_damage_and_not_black():
    samples = np.full((23, 37, 1), 200)
    whole = tiff(samples, 8, 1)
    for tag, values in ((273, [0] * 4), (279, [0] * 4), (273, [8] * 3), (273, [10**6] * 4)):
        data = tiff(samples, 8, 1, {tag: (LONG, values)})
        with pytest.raises(Unusable, match="damaged"):
            decoding.read(data)
    assert (decoding.read(whole) == 200).all()


def test_a_tile_far_larger_than_the_picture_is_damage_and_takes_no_memory():
    tags = {322: (LONG, [2**16]), 323: (LONG, [2**16]), 324: (LONG, [8]), 325: (LONG, [9])}
    with pytest.raises(Unusable, match="damaged: tiles of 65536x65536"):
        decoding.read(tiff(np.zeros((23, 37, 1), int), 8, 1, tags, compression=8))


def test_a_jpeg_far_larger_than_its_strip_is_damage_and_takes_no_memory():
    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, "TIFF", compression="jpeg")
    data = bytearray(file.getvalue())
    start = data.index(b"\xff\xc0") + 5
    data[start : start + 4] = b"\xff" * 4
    with pytest.raises(Unusable, match="damaged: a JPEG of 65535x65535"):
        decoding.read(bytes(data))


def test_a_missing_tag_that_affects_pixels_is_not_guessed():
    """Truncating the file removes the depths of the channels and the palette at its end."""
    for data in (
        tiff(np.full((23, 37, 3), 200), 8, 2, {34675: (RAW, b"no profile")}),
        tiff(np.full((23, 37, 1), 1), 1, 3, {320: (SHORT, [9] * 6)}),
    ):
        for cut in range(2, 20, 3):
            with pytest.raises(Unusable, match="damaged"):
                decoding.read(data[:-cut])


def test_a_tag_that_does_not_affect_pixels_may_be_broken():
    samples = np.round(picture(1) * 255).astype(int)
    data = tiff(samples, 8, 1, {270: (LONG, [10**9] * 3), 305: (RAW, b"\xff" * 9)})
    broken = data.replace(b"\x0e\1\4\0\3\0\0\0", b"\x0e\1\x63\0\xff\xff\xff\x7f")
    assert broken != data
    assert np.array_equal(decoding.read(broken), samples[..., 0])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_tag_of_a_tiff_is_applied(orientation):
    samples = np.uint8(picture(3) * 255)
    data = tiff(samples, 8, 2, {274: (SHORT, [orientation])})
    expected = pyvips.Image.new_from_buffer(data, "").autorot().numpy()
    assert np.array_equal(decoding.read(data), expected)
