from unittest import mock

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import colorconv, deltaE_ciede2000, rgb2lab

from image_compressor.images import colour_difference

RANDOM = np.random.default_rng(0)
# scikit-image has more digits of the primaries than the standard, and another rounding of D65.
ITS = {"PRIMARIES": colorconv.xyz_from_rgb, "WHITE": np.array([0.95047, 1, 1.08883])}


def test_primaries_and_white_are_those_of_a_second_implementation():
    for name, values in ITS.items():
        assert np.allclose(getattr(colour_difference, name), values, atol=3e-4)


def test_the_formula_is_that_of_a_second_implementation():
    one = RANDOM.uniform([0, -90, -90], [100, 90, 90], (20_000, 3))
    other = one + RANDOM.normal(0, 20, one.shape)
    one[:99, 1:] = 0
    other[50:150, 1:] = 0
    expected = deltaE_ciede2000(one, other)
    assert np.allclose(colour_difference.difference(one, other), expected, atol=1e-9)


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3]), st.integers(0, 99))
def test_the_largest_is_between_means_of_blocks(height, width, channels, seed):
    random = np.random.default_rng(seed)
    pair = random.integers(0, 256, (2, height, width, channels), np.uint8)
    margins = [(0, 0), (0, -height % 8), (0, -width % 8), (0, 0)]
    rows, columns = -(-height // 8), -(-width // 8)
    padded = np.pad(pair, margins, "edge")
    blocks = padded.reshape(2, rows, 8, columns, 8, channels)
    means = np.broadcast_to(blocks.mean(axis=(2, 4)) / 255, (2, rows, columns, 3))
    expected = deltaE_ciede2000(*map(rgb2lab, means)).max()
    with mock.patch.multiple(colour_difference, **ITS):
        found = colour_difference.largest(pair[:1], pair[1:])[0]
    assert abs(found - expected) < 0.001


def test_large_images_are_measured_in_tiles():
    x = np.zeros((1, 600, 1100, 3), np.uint8)
    y = x.copy()
    y[0, 590:, 1090:] = 200
    assert colour_difference.largest(x, y)[0] > 20
    assert colour_difference.largest(x, x)[0] == 0


def test_plain_is_the_share_of_blocks_of_one_colour():
    image = RANDOM.integers(0, 256, (1, 16, 16, 3), np.uint8)
    image[0, :8, :8] = 7
    assert colour_difference.plain(image)[0] == 0.25
    assert colour_difference.plain(np.full((2, 5, 9, 1), 3, np.uint8)).tolist() == [1, 1]
