import keras
import numpy as np
import pytest
import tensorflow as tf

from image_compressor.codec.coder import Coder
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.freeze import freeze
from image_compressor.model.losses import distortion
from image_compressor.model.metrics import l1, ssim
from tests.conftest import ROOT, config


@pytest.fixture(scope="module")
def x(pictures):
    return pictures[..., None] / np.float32(255)


def test_output_is_clipped_outside_training_only(compressor, x):
    bias = compressor.generator.decoder.layers[-2].bias
    bias.assign(np.full(256, 2, "float32"))
    assert np.max(compressor(x)["x_hat"]) <= 1 < np.max(compressor(x, training=True)["x_hat"])
    bias.assign(np.zeros(256, "float32"))


def test_rounding_passes_the_gradient_straight_through(compressor):
    y = tf.Variable([[0.3, 1.7, -2.4]])
    with tf.GradientTape() as tape:
        y_hat = compressor.generator.quantise(y)
        total = tf.reduce_sum(y_hat * [[1.0, 2.0, 3.0]])
    assert np.array_equal(y_hat, [[0, 2, -2]])
    assert np.array_equal(tape.gradient(total, y), [[1, 2, 3]])


def test_training_bits_are_at_least_the_evaluated_bits(compressor, x):
    """Noise hides what rounding keeps: the noisy rate bounds the real one from above."""
    many = np.repeat(x, 20, axis=0)
    noisy = np.mean(compressor(many, training=True)["bits"])
    rounded = np.mean(compressor(many)["bits"])
    assert noisy >= 0.99 * rounded


def test_evaluated_bits_are_those_of_the_frozen_tables(compressor, x):
    symbols = np.rint(compressor.generator.encode(x)).astype(int)
    tables = Coder(freeze(compressor.density)).bits(symbols).sum(axis=1)
    assert np.mean(compressor(x)["bits"]) == pytest.approx(tables.mean(), rel=0.01)


def test_gradients_of_the_whole_loss_are_finite(compressor, x):
    with tf.GradientTape() as tape:
        loss = compressor.compute_loss(x, x, compressor(x, training=True))
    gradients = tape.gradient(loss, compressor.trainable_variables)
    assert len(gradients) == len(compressor.trainable_variables)
    assert all(gradient is not None and np.isfinite(gradient).all() for gradient in gradients)


def test_metrics_average_over_every_image_whatever_the_batch_sizes(compressor, x):
    compressor.compile(optimizer="sgd")
    measured = compressor.evaluate(x, x, batch_size=7, verbose=0, return_dict=True)
    output = compressor(x)
    expected = {
        "ssim": np.mean(ssim(x, output["x_hat"])),
        "l1": np.mean(l1(x, output["x_hat"])),
        "bpp": np.mean(output["bits"]) / 256,
    }
    expected["loss"] = distortion(expected["ssim"], expected["l1"], 0.75) + 0.25 * expected["bpp"]
    assert measured == pytest.approx(expected, rel=1e-4)


def test_config_to_json_to_object_to_config(compressor):
    serialised = keras.saving.serialize_keras_object(compressor)
    copy = keras.saving.deserialize_keras_object(serialised)
    names = ("config", "latent_dims", "alpha", "rate_weight", "seed")
    assert {name: getattr(copy, name) for name in names} == {
        name: getattr(compressor, name) for name in names
    }


def test_keras_file_round_trip(compressor, x, tmp_path):
    compressor.save(tmp_path / "compressor.keras")
    copy = keras.saving.load_model(tmp_path / "compressor.keras")
    assert isinstance(copy, ImageCompressor)
    before, after = compressor(x), copy(x)
    assert np.array_equal(before["x_hat"], after["x_hat"])
    assert np.array_equal(before["bits"], after["bits"])


def test_architecture_of_the_reference_with_colour_and_other_latents():
    tree = config((16, 20, 3))
    architecture.check(tree)
    compressor = ImageCompressor(tree, 9)
    assert compressor(np.zeros((2, 16, 20, 3)))["x_hat"].shape == (2, 16, 20, 3)
    assert compressor.generator.latent_shape == (9,)


def test_the_default_architecture_starts_near_its_rate():
    compressor = ImageCompressor(architecture.read(ROOT / "models/digits.json"), 50)
    bits = np.asarray(compressor(np.zeros((1, 28, 28, 1)))["bits"])
    assert 50 <= bits[0] <= 50 * 8
