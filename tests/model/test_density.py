import keras
import numpy as np
import pytest
import tensorflow as tf

from image_compressor.model.density import LOWEST_LIKELIHOOD, FactorizedDensity


@pytest.fixture
def density():
    keras.utils.set_random_seed(1)
    layer = FactorizedDensity()
    layer.build((None, 5))
    for factor in layer.factors:
        factor.assign(keras.random.normal(factor.shape))
    return layer


def test_the_probabilities_of_all_integers_sum_to_one(density):
    integers = np.arange(-2000, 2001, dtype="float32")[:, None].repeat(5, axis=1)
    probabilities = 2.0 ** -np.asarray(density(integers), np.float64)
    # What lies below the lowest likelihood is raised to it.
    assert np.allclose(probabilities.sum(axis=0), 1, atol=1e-4 + 4001 * LOWEST_LIKELIHOOD)


def test_each_channel_has_a_density_of_its_own(density):
    bits = np.asarray(density(np.zeros((1, 5), "float32")))
    assert len(set(bits[0].tolist())) == 5


def test_latents_of_any_rank_cost_what_their_channel_says(density):
    y = np.random.default_rng(0).normal(0, 9, (2, 3, 4, 5)).astype("float32")
    assert np.allclose(np.asarray(density(y)).reshape(-1, 5), density(y.reshape(-1, 5)), rtol=1e-5)


def test_gradients_are_finite_also_far_in_the_tails(density):
    y = tf.constant(np.linspace(-1e4, 1e4, 101, dtype="float32")[:, None].repeat(5, axis=1))
    with tf.GradientTape() as tape:
        tape.watch(y)
        bits = tf.reduce_sum(density(y))
    gradients = tape.gradient(bits, [y, *density.trainable_variables])
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_config_round_trip(density):
    copy = FactorizedDensity.from_config(density.get_config())
    assert copy.get_config() == density.get_config()
