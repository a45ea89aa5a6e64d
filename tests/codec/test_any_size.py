"""Images of any size."""

import io

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from image_compressor import Codec, InputError
from image_compressor.codec import batches, hyper, litert, tiles
from image_compressor.codec.file import reader
from tests.photographs import picture

SIZES = [
    *[(1, 1), (1, 2), (2, 1), (3, 3), (4, 4), (5, 7), (1, 400), (400, 1), (15, 17), (16, 16)],
    *[(63, 65), (31, 33), (128, 96), (97, 101), (255, 257), (300, 299), (2, 511), (777, 3)],
    *[(1, 4000), (5000, 2)],
]


@pytest.fixture(scope="module")
def codec():
    return Codec.load("photo")


def quantised(codec, image, quality=50):
    symbols = codec.encode(image[None], quality)
    return codec.decode(symbols, quality, image.shape[:2])[0]


def test_images_of_twenty_odd_sizes_come_back_in_their_sizes(codec):
    images = [picture(*size, seed=number) for number, size in enumerate(SIZES)]
    decoded = codec.decompress(codec.compress(images, quality=60, guard=False))
    for image, result in zip(images, decoded, strict=True):
        assert result.shape == image.shape and result.dtype == np.uint8
        assert np.array_equal(result, quantised(codec, image, 60))


@hypothesis.settings(max_examples=30)
@hypothesis.given(st.integers(1, 90), st.integers(1, 90), st.sampled_from([1, 37, 100]))
def test_compressing_equals_quantising(codec, height, width, quality):
    image = picture(height, width)
    (decoded,) = codec.decompress(codec.compress([image], quality=quality, guard=False))
    assert np.array_equal(decoded, quantised(codec, image, quality))


def test_an_array_comes_back_as_an_array(codec):
    images = np.stack([picture(33, 50, seed=seed) for seed in range(3)])
    decoded = codec.decompress(codec.compress(images, guard=False))
    assert isinstance(decoded, np.ndarray) and decoded.shape == images.shape
    each = codec.decompress(codec.compress(list(images), guard=False))
    assert np.array_equal(decoded, each)


def test_any_image_of_an_archive_is_decoded_alone(codec):
    images = [picture(20 + 9 * number, 40, seed=number) for number in range(5)]
    names = [f"{number}.png" for number in range(5)]
    data = codec.compress(images, names, guard=False)
    archive = codec.open(io.BytesIO(data))
    assert len(archive) == 5
    for number in (3, 0, 4):
        assert np.array_equal(archive[number], quantised(codec, images[number]))


def test_a_higher_quality_is_nearer_and_takes_more_bytes(codec):
    image = picture(200, 180)
    sizes = [
        len(codec.compress([image], quality=quality, guard=False)) for quality in (1, 40, 70, 100)
    ]
    assert sizes == sorted(sizes) and sizes[0] < sizes[-1] / 2


def test_the_bits_of_the_tables_are_those_of_the_payload(codec):
    image = picture(150, 170)
    coder, symbols = codec.coder(50), codec.encode(image[None], 50)
    payload = coder.encode(symbols)
    assert coder.bits(symbols).sum() / 8 == pytest.approx(len(payload), rel=0.01, abs=6)


def test_symbols_of_several_panels_come_back(codec, monkeypatch):
    monkeypatch.setattr(hyper, "PANEL", 3)
    image = picture(100, 130)
    coder, symbols = codec.coder(80), codec.encode(image[None], 80)
    assert len(symbols.panels) == 3 * 3
    decoded = coder.decode(coder.encode(symbols), symbols.shape)
    assert np.array_equal(np.asarray(decoded), np.asarray(symbols))


@pytest.mark.parametrize("size", [(150, 40), (64, 100), (129, 131)])
def test_tiles_give_the_same_as_the_whole_image(codec, monkeypatch, size):
    """Equal results mean that no seam is visible."""
    image = picture(*size)[None]
    latents, symbols = codec.latents(image), codec.encode(image)
    whole = codec.decode(symbols)
    monkeypatch.setattr(tiles, "TILE", 4)
    assert np.allclose(codec.latents(image), latents, atol=1e-4)
    assert np.abs(codec.decode(symbols).astype(int) - whole).max() <= 1


def test_a_damaged_file_never_gives_a_wrong_image(codec):
    images = [picture(30, 40), picture(17, 23)]
    data, right = codec.compress(images, guard=False), [quantised(codec, image) for image in images]
    for position in range(len(data)):
        wrong = bytearray(data)
        wrong[position] ^= 1 << position % 8
        try:
            decoded = codec.decompress(bytes(wrong))
        except InputError:
            continue
        for image, result in zip(right, decoded, strict=True):
            assert np.array_equal(image, result)


def test_declared_sizes_are_limited(codec, monkeypatch):
    data = codec.compress([picture(30, 40)])
    monkeypatch.setattr(reader, "LARGEST_IMAGE", 1000)
    with pytest.raises(InputError, match=r"30x40 pixels, more than 1000"):
        codec.open(io.BytesIO(data))


def test_the_caller_can_limit_the_size_of_images(codec):
    data = codec.compress([picture(2, 60), picture(30, 40), picture(31, 2)])
    for opened in (lambda data, **limit: codec.open(io.BytesIO(data), **limit), codec.decompress):
        opened(data, max_pixels=1200)
        with pytest.raises(InputError, match=r"at most 1,199 pixels.*30x40.*--max-pixels"):
            opened(data, max_pixels=1199)


def test_an_image_too_large_for_a_file_is_refused_before_it_is_encoded(codec, monkeypatch):
    monkeypatch.setattr(batches, "LARGEST_IMAGE", 1000)
    with pytest.raises(InputError, match=r"at most 1,000 pixels.*40x30"):
        codec.compress([picture(30, 40)])


def test_interpreters_are_made_once_and_kept(codec, monkeypatch):
    data = codec.compress([picture(30, 40)])
    codec.decompress(data)
    monkeypatch.setattr(litert, "_Interpreter", None)
    codec.decompress(codec.compress([picture(50, 20)]))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (picture(9, 9)[..., :1], r"the codec's shape \(any, any, 3\)"),
        (picture(9, 9)[:0], "codec's"),
        (picture(9, 9) / 255, "uint8"),
    ],
)
def test_other_images_are_refused(codec, image, expected):
    with pytest.raises(InputError, match=expected):
        codec.compress([image])
