import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.images import similarity
from image_compressor.images.similarity import ssim
from tests.reference import scikit_ssim


def pair(shape, low=0, high=256, seed=0):
    """Two similar uint8 images."""
    rng = np.random.default_rng(seed)
    x = rng.integers(low, high, shape)
    return np.uint8(x), np.uint8(np.clip(x + rng.normal(0, 20, shape), low, high - 1))


PAIRS = {
    "grey": pair((3, 28, 28, 1)),
    "colour": pair((2, 32, 40, 3)),
    "smallest": pair((4, 11, 11, 1)),
    **{f"flat {low}": pair((4, 32, 32, 1), low, low + 6) for low in (0, 200, 240, 250)},
}


@pytest.mark.parametrize("name", PAIRS)
def test_it_equals_that_of_scikit_image(name):
    x, y = PAIRS[name]
    assert np.allclose(ssim(x, y), scikit_ssim(x, y, 255), atol=1e-5)


def test_images_in_0_to_1_have_the_ssim_of_those_in_0_to_255():
    x, y = PAIRS["colour"]
    assert np.allclose(ssim(x / 255, y / 255, data_range=1), ssim(x, y), atol=1e-6)


def test_equal_images_have_one_and_worse_ones_less():
    x, y = PAIRS["grey"]
    assert np.allclose(ssim(x, x), 1)
    assert (ssim(x, 255 - x) < ssim(x, y)).all() and (ssim(x, y) < 1).all()


def test_images_smaller_than_the_window_are_refused():
    with pytest.raises(InputError, match=r"11x11.*Received: 10x11"):
        ssim(np.zeros((1, 10, 11, 1)), np.zeros((1, 10, 11, 1)))


def test_large_images_are_compared_in_tiles(monkeypatch):
    random = np.random.default_rng(0)
    x = random.integers(0, 256, (2, 100, 131, 3), np.uint8)
    y = np.clip(x + random.integers(-40, 41, x.shape), 0, 255).astype(np.uint8)
    whole = similarity.ssim(x, y)
    monkeypatch.setattr(similarity, "TILE", 37)
    assert np.allclose(similarity.ssim(x, y), whole, atol=1e-6)


def test_small_images_are_enlarged_to_the_window():
    image = np.arange(6, dtype=np.uint8).reshape(1, 2, 3, 1)
    enlarged = similarity.enlarged(image)
    assert enlarged.shape == (1, 11, 11, 1)
    assert np.array_equal(enlarged[:, :2, :3], image)
    assert similarity.ssim(enlarged, enlarged)[0] == 1
