import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from image_compressor.evaluation.distortion import BATCH, distortion, in_batches
from tests.reference import scikit_ssim


def pair(count=5, shape=(16, 20, 3)):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (count, *shape))
    return np.uint8(x), np.uint8(np.clip(x + rng.normal(0, 20, x.shape), 0, 255))


def test_it_is_that_of_scikit_image():
    images, decoded = pair()
    ssim, l1, psnr = distortion(images, decoded)
    assert np.allclose(ssim, scikit_ssim(images, decoded, 255), atol=1e-5)
    assert psnr == pytest.approx(peak_signal_noise_ratio(images, decoded))
    assert l1 == pytest.approx(np.abs(images.astype(float) - decoded).mean() / 255)


def test_equal_images_have_none_and_a_psnr_of_100():
    images, _ = pair()
    ssim, l1, psnr = distortion(images, images)
    assert np.allclose(ssim, 1)
    assert (l1, psnr) == (0, pytest.approx(100))


@pytest.mark.parametrize("count", [1, BATCH, BATCH + 1])
def test_batches_do_not_change_a_measure(count):
    values = np.random.default_rng(0).random((count, 3))
    sizes = []

    def measure(a, b):
        sizes.append(len(a))
        return (a * b).sum(axis=1)

    assert np.array_equal(in_batches(measure, values, values), (values * values).sum(axis=1))
    assert max(sizes) <= BATCH
