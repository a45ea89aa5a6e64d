import numpy as np
import pytest
import tensorflow as tf

from image_compressor import InputError
from image_compressor.images import perceived, similarity
from image_compressor.model.losses import DIFFERENCES, SIMILARITIES, distortion
from tests.photographs import picture
from tests.reference import scikit_ssim

ssim, edge_ssim, ms_ssim = (SIMILARITIES[name].measure for name in ("ssim", "edge_ssim", "ms_ssim"))
l1, mse, ssimulacra2 = (DIFFERENCES[name].measure for name in ("l1", "mse", "ssimulacra2"))


def pair(shape, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.random(shape, np.float32)
    return x, np.clip(x + rng.normal(0, 0.1, shape), 0, 1).astype(np.float32)


@pytest.mark.parametrize("shape", [(3, 28, 28, 1), (2, 32, 40, 3), (2, 11, 11, 1)])
def test_ssim_is_tensorflows_scikit_images_and_the_codecs(shape):
    x, y = pair(shape)
    assert np.allclose(ssim(x, y), tf.image.ssim(x, y, 1.0), atol=1e-5)
    assert np.allclose(ssim(x, y), scikit_ssim(x, y, 1.0), atol=1e-5)
    assert np.allclose(ssim(x, y), similarity.ssim(x, y, 1.0), atol=1e-5)


def test_ms_ssim_is_the_codecs():
    x, y = pair((2, 190, 223, 3))
    assert np.allclose(ms_ssim(x, y), similarity.ms_ssim(x, y, 1.0), atol=1e-5)
    assert np.allclose(similarity.ms_ssim(x, x, 1.0), 1)


def test_edge_ssim_is_that_of_reflected_images_and_sees_the_corners():
    x, y = pair((2, 20, 24, 3))
    margins = [(0, 0), (5, 5), (5, 5), (0, 0)]
    reflected = [np.pad(image, margins, "symmetric") for image in (x, y)]
    assert np.allclose(edge_ssim(x, y), ssim(*reflected), atol=1e-6)
    sizes = []
    for measure in (ssim, edge_ssim):
        decoded = tf.Variable(y)
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(measure(x, decoded))
        sizes.append(np.abs(tape.gradient(total, decoded)[:, 0, 0]).mean())
    assert sizes[1] > 20 * sizes[0]


@pytest.mark.parametrize("low", [0, 200, 240, 250])
def test_ssim_is_exact_on_flat_bright_images_too(low):
    """TensorFlow's implementation is not."""
    rng = np.random.default_rng(low)
    x, y = rng.integers(low, low + 6, (2, 4, 32, 32, 1)).astype(np.float32)
    assert np.allclose(ssim(x, y, 255.0), scikit_ssim(x, y, 255), atol=1e-5)
    assert np.allclose(ssim(x, y, 255.0), similarity.ssim(x, y), atol=1e-5)


def test_ssim_of_digits_in_0_to_255_is_the_one_in_0_to_1(digits):
    x = digits[:8, ..., None].astype(np.float32)
    y = np.roll(x, 1, axis=1)
    assert np.allclose(ssim(x, y, 255.0), ssim(x / 255, y / 255), atol=1e-5)


def test_equal_images_have_ssim_one_and_l1_zero():
    x, _ = pair((2, 28, 28, 1))
    assert np.allclose(ssim(x, x), 1)
    assert np.allclose(l1(x, x), 0)


def test_ssim_has_a_gradient_that_leads_to_the_original():
    x, start = pair((2, 16, 16, 1))
    y = tf.Variable(start)
    for _ in range(3):
        with tf.GradientTape() as tape:
            similarity_now = tf.reduce_sum(ssim(x, y))
        gradient = tape.gradient(similarity_now, y)
        assert np.isfinite(gradient).all()
        y.assign_add(gradient)
    assert (np.asarray(ssim(x, y)) > np.asarray(ssim(x, start))).all()


def test_l1_is_the_mean_absolute_difference():
    x, y = pair((3, 12, 12, 3))
    assert np.allclose(l1(x, y), np.abs(x - y).mean(axis=(1, 2, 3)))


def test_distortion_weighs_ssim_against_l1():
    assert distortion(0.9, 0.1, 0.75) == pytest.approx(0.75 * 0.1 + 0.25 * 0.1)


def test_images_smaller_than_the_window_are_refused():
    with pytest.raises(InputError, match=r"11x11.*Received: 10x11"):
        ssim(np.zeros((1, 10, 11, 1)), np.zeros((1, 10, 11, 1)))


@pytest.mark.parametrize("shape", [(2, 176, 176, 1), (1, 256, 208, 3)])
def test_ms_ssim_is_tensorflows(shape):
    x, y = pair(shape)
    assert np.allclose(ms_ssim(x, y), tf.image.ssim_multiscale(x, y, 1.0), atol=1e-4)
    assert np.allclose(ms_ssim(x, x), 1)


def test_ms_ssim_of_opposites_is_low_and_has_a_gradient():
    x, _ = pair((1, 176, 176, 1))
    y = tf.Variable(1 - x)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(ms_ssim(x, y))
    assert value < 0.1
    assert np.isfinite(tape.gradient(value, y)).all()


def test_images_too_small_for_ms_ssim_are_refused():
    x, y = pair((1, 175, 200, 1))
    with pytest.raises(InputError, match=r"176x176.*175x200"):
        ms_ssim(x, y)


def test_mse_is_the_mean_squared_difference():
    x, y = pair((3, 12, 12, 3))
    assert np.allclose(mse(x, y), np.square(x - y).mean(axis=(1, 2, 3)))


@pytest.mark.parametrize(("noise", "blocks"), [(0, 4), (6, 1), (25, 1), (10, 8)])
@pytest.mark.parametrize("channels", [1, 3])
def test_ssimulacra2_is_nearly_that_of_the_package(noise, blocks, channels):
    x = picture(256, 320, channels)  # the package weighs smaller ones by wrong weights
    y = x.astype(float) + np.random.default_rng(0).normal(0, noise, x.shape)
    means = y.reshape(256 // blocks, blocks, 320 // blocks, blocks, channels).mean(axis=(1, 3))
    y = means.repeat(blocks, 0).repeat(blocks, 1).clip(0, 255).astype(np.uint8)
    score = 100 - 100 * float(ssimulacra2(*(np.float32(z)[None] / 255 for z in (x, y)))[0])
    assert score == pytest.approx(perceived.ssimulacra2(x, y), abs=5)


def test_ssimulacra2_has_a_gradient_at_its_best_and_beyond_black_and_white():
    x = np.float32(picture(128, 128)[None]) / 255
    assert ssimulacra2(x, x)[0] < 0.1
    for decoded in (x, 3 * x - 1):
        y = tf.Variable(decoded)
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(ssimulacra2(x, y))
        gradient = tape.gradient(total, y)
        assert np.isfinite(gradient).all()
    assert np.abs(gradient).max() > 0


def test_images_too_small_for_ssimulacra2_are_refused():
    x = np.zeros((1, 130, 127, 3), np.float32)
    with pytest.raises(InputError, match=r"128x128 pixels for SSIMULACRA2.*130x127"):
        ssimulacra2(x, x)
