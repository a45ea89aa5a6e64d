"""Example images, decoded by several codecs."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from image_compressor.codec.codec import Codec
from image_compressor.data import datasets
from image_compressor.evaluation import rivals
from image_compressor.images.similarity import ssim
from image_compressor.report import examples


def pixels(uri):
    kind, encoded = uri.split(",")
    assert kind == "data:image/png;base64"
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))
    return image.reshape(*image.shape[:2], -1)


@pytest.fixture(params=["grey", "colour"])
def some(request):
    """A codec and images."""
    results = request.getfixturevalue(request.param)
    return Codec.load(results.exported), datasets.sample(results.prepared, "test")[:3]


def test_a_rival_takes_no_more_bytes_than_ours_unless_it_has_no_smaller_file(some):
    for row in examples.equal_bytes(*some, quality=50):
        _, ours, *others = row
        assert len(others) == len(rivals.ON_THE_WEB)
        for other in others:
            assert other.smallest == (other.bytes > ours.bytes)


def test_given_room_a_rival_takes_its_largest_file_that_fits(some):
    _, images = some
    plenty = examples._rival("jpeg", images, np.full(3, 10**6))
    tight = examples._rival("jpeg", images, np.array([0.95 * large.bytes for large in plenty]))
    for large, small in zip(plenty, tight, strict=True):
        assert 0.85 * large.bytes < small.bytes <= 0.95 * large.bytes
        assert not large.smallest
        assert not small.smallest
        assert large.ssim > small.ssim


def test_what_is_shown_is_what_was_measured(some):
    codec, images = some
    for image, row in zip(images, examples.equal_bytes(codec, images, quality=50), strict=True):
        original, *others = row
        assert np.array_equal(pixels(original.uri), image)
        for example in others:
            shown = pixels(example.uri)
            assert ssim(image[None], shown[None])[0] == pytest.approx(example.ssim)


def test_cases_are_the_best_the_median_and_the_worst(some):
    codec, images = some
    found = examples.cases(codec, images, 50, [0.2, 0.9, 0.5])
    for name, number in (("Best", 1), ("Median", 2), ("Worst", 0)):
        ((original, decoded),) = found[name]
        assert np.array_equal(pixels(original.uri), images[number])
        expected = codec.decode(codec.encode(images[number : number + 1]))[0]
        assert np.array_equal(pixels(decoded.uri), expected)


@pytest.mark.parametrize("side", [28, 64, 128, 500])
def test_however_large_the_images_a_page_of_noise_is_small(side):
    images = np.random.default_rng(0).integers(0, 256, (60, side, side, 3), np.uint8)
    rows = len(examples.shown(images, 1000))
    assert 1 <= rows <= len(images)
    each = len(examples.uri(images[0]))
    assert each * rows * (2 + len(rivals.ON_THE_WEB)) + each * 6 * min(rows, examples.CASES) < 2.8e6


def test_of_a_large_image_the_centre_is_shown():
    image = np.random.default_rng(0).integers(0, 256, (200, 300, 1), np.uint8)
    assert np.array_equal(pixels(examples.uri(image)), image[4:196, 54:246])
