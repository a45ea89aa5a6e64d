import numpy as np
import pytest
from scipy import linalg, ndimage

from image_compressor.evaluation import perception
from image_compressor.evaluation.perception import frechet


@pytest.fixture(scope="module")
def images(digits):
    return digits[..., None]


def blurred(images, sigma):
    return ndimage.gaussian_filter(images, (0, sigma, sigma, 0))


def test_a_set_is_no_distance_from_itself_and_the_order_does_not_matter(images):
    other = blurred(images, 1)
    assert frechet(images, images[::-1]) == pytest.approx(0, abs=1e-4)
    assert frechet(images, other) == pytest.approx(frechet(other, images), rel=1e-3)


def test_the_more_an_image_is_blurred_the_further_it_is(images):
    distances = [frechet(images, blurred(images, sigma)) for sigma in (0.3, 0.6, 1.2)]
    assert 0 < distances[0] < distances[1] < distances[2]


def test_it_is_the_formula(images):
    one, other = (perception._features(part) for part in (images, blurred(images, 1)))
    first, second = (np.cov(part, rowvar=False) for part in (one, other))
    root = linalg.sqrtm(first @ second).real
    expected = np.square(one.mean(0) - other.mean(0)).sum() + np.trace(first + second - 2 * root)
    assert frechet(images, blurred(images, 1)) == pytest.approx(expected, rel=1e-3)
