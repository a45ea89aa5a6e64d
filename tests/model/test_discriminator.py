"""Adversarial training against a discriminator."""

import numpy as np
import pytest
import tensorflow as tf

from image_compressor import InputError
from image_compressor.data import datasets
from image_compressor.model import architecture, trained
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.discriminator import adversarial
from image_compressor.training.freezing import freeze
from image_compressor.training.training import make_deterministic, train
from tests import photographs
from tests.conftest import config

DISCRIMINATOR = {
    "name": "patches",
    "layers": [
        {"Conv2D": {"filters": 8, "kernel_size": 4, "strides": 2, "activation": "leaky_relu"}},
        {"Conv2D": {"filters": 1, "kernel_size": 3}},
    ],
}


def tree(of=config):
    return {**of(), "discriminator": DISCRIMINATOR}


def made(images, of=config, seed=5):
    make_deterministic(seed)
    compressor = ImageCompressor(tree(of), 6, seed=seed)
    dataset = tf.data.Dataset.from_tensor_slices(images)
    batches = datasets.training_batches(dataset, 8, 0, seed)
    return compressor, batches, datasets.validation_batches(dataset, 8)


@pytest.fixture(params=["vectors", pytest.param("maps", marks=pytest.mark.torture)])
def parts(request, pictures):
    """A model with latents of either shape, and its images."""
    if request.param == "vectors":
        return made(pictures[..., None])
    images = np.stack([photographs.picture(32, 32, seed=seed) for seed in range(16)])
    return made(images, photographs.config)


def copies(network):
    return [np.array(weight) for weight in network.weights]


def equal(one, other):
    return all(map(np.array_equal, one, other))


def test_at_first_it_takes_no_part_then_both_are_trained_and_both_are_saved(parts, tmp_path):
    compressor, *data = parts
    untrained = copies(compressor.discriminator)
    train(compressor, *data, 2, 0.01)
    before = copies(compressor.generator), copies(compressor.discriminator)
    assert equal(before[1], untrained)
    history = train(compressor, *data, 3, 0.001, averaging=0.5, adversarial=0.05)
    assert np.isfinite(history.history["loss"]).all()
    after = copies(compressor.generator), copies(compressor.discriminator)
    assert not any(map(equal, before, after))
    images = np.stack([image for batch, _ in data[1] for image in batch])
    qualities = freeze(compressor, np.uint8(255 * images))
    trained.save(compressor, qualities, tmp_path / "trained")
    assert equal(copies(trained.load(tmp_path / "trained")[0]), copies(compressor))


def test_each_side_has_the_gradients_of_its_own_loss(pictures):
    compressor, *_ = made(pictures[..., None])
    x = pictures[:8, ..., None] / np.float32(255)
    compressor.adversarial = 0.1
    sides = compressor.generator.decoder, compressor.discriminator
    with tf.GradientTape(persistent=True) as tape:
        told = compressor(x, training=True)
        losses = adversarial(compressor.discriminator, x, told["x_hat"], told["y_hat"])
    for own, loss in zip(sides, losses, strict=True):
        for side in sides:
            gradients = tape.gradient(loss, side.trainable_variables)
            assert all((gradient is not None) == (side is own) for gradient in gradients)


def test_it_learns_to_tell_images_from_reconstructions(pictures):
    compressor, *data = made(pictures[..., None])
    x = pictures[:8, ..., None] / np.float32(255)

    def told_apart():
        told = compressor(x)
        return float(adversarial(compressor.discriminator, x, told["x_hat"], told["y_hat"])[1])

    before = told_apart()
    train(compressor, *data, 10, 0.002, adversarial=1e-9)
    assert told_apart() < before


def test_weights_of_the_others_start_as_without_it(pictures):
    compressor, *_ = made(pictures[..., None])
    make_deterministic(5)
    without = ImageCompressor(config(), 6, seed=5)
    assert equal(copies(compressor.generator), copies(without.generator))
    assert equal(copies(compressor.density), copies(without.density))


def test_without_one_there_is_no_adversarial_training(compressor, pictures):
    dataset = datasets.validation_batches(tf.data.Dataset.from_tensor_slices(pictures), 8)
    with pytest.raises(InputError, match=r"needs a discriminator.*adversarial_epochs"):
        train(compressor, dataset, dataset, 1, 0.01, adversarial=0.1)


def test_a_layer_that_keras_refuses_is_named():
    wrong = {**DISCRIMINATOR, "layers": [{"Conv2D": {"filters": 0, "kernel_size": 3}}]}
    with pytest.raises(InputError, match=r"model\.discriminator\.layers\[0\]\.Conv2D"):
        ImageCompressor({**config(), "discriminator": wrong}, 6)


def test_an_unknown_layer_is_named():
    wrong = {**DISCRIMINATOR, "layers": [{"Lambda": {}}]}
    with pytest.raises(InputError, match=r"model\.discriminator\.layers\[0\]\.Lambda"):
        architecture.check({**config(), "discriminator": wrong})
