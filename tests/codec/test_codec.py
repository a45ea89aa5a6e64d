import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from image_compressor import Codec, InputError
from image_compressor.codec.tables import Tables
from tests.codec.networks import QuarterMeans, codec, tables

GREY, COLOUR = codec(1), codec(3)
# A change of these bytes is a new version of the format.
GOLDEN = "494d47430174657374010808010480020c0030887152d83d02cffe1bcf3e3cbb05"


def golden_images():
    return np.arange(4 * 8 * 8, dtype=np.uint8).reshape(4, 8, 8) // np.uint8(2)


def test_golden_bytes():
    images = golden_images()
    assert GREY.compress(images).hex() == GOLDEN
    quantised = GREY.decode(GREY.encode(images[..., None]))[..., 0]
    assert np.array_equal(GREY.decompress(bytes.fromhex(GOLDEN)), quantised)


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 20), st.just(8), st.just(8))))
def test_compressing_equals_quantising(images):
    """What comes back is the decoder's image of the rounded latents, and nothing else."""
    quantised = GREY.decode(GREY.encode(images[..., None]))[..., 0]
    assert np.array_equal(GREY.decompress(GREY.compress(images)), quantised)


@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_blocks_of_any_number_of_images(count):
    images = np.random.default_rng(count).integers(0, 256, (count, 8, 8, 3), np.uint8)
    decoded = COLOUR.decompress(COLOUR.compress(images))
    assert np.array_equal(decoded, COLOUR.decode(COLOUR.encode(images)))


def test_the_form_of_the_images_comes_back():
    stack = golden_images()
    for images in (stack, stack[..., None], list(stack), list(stack[..., None])):
        decoded = GREY.decompress(GREY.compress(images))
        assert type(decoded) is type(images)
        assert np.shape(decoded) == np.shape(images)


def test_estimated_bits_are_the_bits_of_the_file():
    images = np.random.default_rng(0).integers(0, 160, (1000, 8, 8, 1), np.uint8)
    estimated, real = GREY.bits(images).sum() / 8, len(GREY.compress(images))
    assert abs(real / estimated - 1) < 0.03


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 8, 8)), "dtype uint8"),
        (np.zeros((2, 8, 9), np.uint8), r"shape \(8, 8, 1\) or \(8, 8\).*\(8, 9\)"),
        (np.zeros((8, 8), np.uint8), "add an axis"),
        (np.zeros((2, 8, 8, 3), np.uint8), "shape"),
        (np.zeros((0, 8, 8), np.uint8), "one image or more"),
        (np.uint8(3), "array or a list"),
        ([], "one image or more"),
        ([[1, 2]], "dtype uint8"),
        ([np.zeros((8, 8), np.uint8), np.zeros((8, 8, 1), np.uint8)], "channel axis"),
        ("images", "array or a list"),
    ],
)
def test_what_cannot_be_compressed_is_refused(images, message):
    with pytest.raises(InputError, match=message):
        GREY.compress(images)


def test_every_damaged_byte_is_seen():
    data = GREY.compress(golden_images())
    for place in range(len(data)):
        for flip in (1, 128, 255):
            damaged = bytearray(data)
            damaged[place] ^= flip
            with pytest.raises(InputError):
                GREY.decompress(bytes(damaged))


def test_a_file_of_another_codec_is_refused():
    with pytest.raises(InputError, match=r"file of codec 74657374.*one of codec 6f746872"):
        GREY.decompress(codec(identity=b"othr").compress(golden_images()))


def test_latents_that_are_not_finite_are_refused():
    networks = QuarterMeans()
    networks.encode = lambda x: np.full((len(x), 4), np.nan)
    with pytest.raises(InputError, match="not finite"):
        Codec(networks, tables(4)).compress(golden_images())


def test_what_are_no_bytes_is_refused():
    with pytest.raises(InputError, match=r"bytes of an \.imgc"):
        GREY.decompress("text")


def test_tables_of_another_network_are_refused():
    with pytest.raises(InputError, match="4 latent channels"):
        Codec(QuarterMeans(), Tables(np.array([0]), [np.array([65535, 1])]))


def test_a_directory_without_a_codec_is_refused(tmp_path):
    with pytest.raises(InputError, match="make reproduce"):
        Codec.load(tmp_path)
