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


@pytest.mark.parametrize("width", [0.3, 1, 4])
def test_the_probabilities_of_all_multiples_of_a_width_sum_to_one(density, width):
    multiples = width * np.arange(-5000, 5001, dtype="float32")[:, None].repeat(5, axis=1)
    probabilities = 2.0 ** -np.asarray(density.bits(multiples, width), np.float64)
    # Lower likelihoods are raised to the lowest one allowed.
    assert np.allclose(probabilities.sum(axis=0), 1, atol=1e-4 + 10001 * LOWEST_LIKELIHOOD)


def test_a_bin_is_as_likely_as_its_halves(density):
    y, widths = np.linspace(-9, 9, 25, dtype="float32").reshape(5, 5), np.float32([1, 2, 3, 4, 5])
    whole, *halves = (
        2.0 ** -np.asarray(density.bits(centre, width), np.float64)
        for centre, width in [
            (y, widths),
            (y - widths / 4, widths / 2),
            (y + widths / 4, widths / 2),
        ]
    )
    assert np.allclose(whole, sum(halves), rtol=1e-4)


def test_each_channel_has_a_density_of_its_own(density):
    bits = np.asarray(density.bits(np.zeros((1, 5), "float32")))
    assert len(set(bits[0].tolist())) == 5


def test_a_vector_costs_what_its_latents_do(density):
    y = np.random.default_rng(0).normal(0, 9, (2, 3, 5)).astype("float32")
    assert np.allclose(
        density(y, widths=2.0), np.asarray(density.bits(y, 2.0)).sum(axis=-1), rtol=1e-5
    )


def test_latents_of_any_rank_cost_what_their_channel_says(density):
    y = np.random.default_rng(0).normal(0, 9, (2, 3, 4, 5)).astype("float32")
    widths = np.random.default_rng(1).uniform(0.5, 4, (2, 1, 1, 5)).astype("float32")
    flat = np.broadcast_to(widths, y.shape).reshape(-1, 5)
    expected = np.asarray(density(y.reshape(-1, 5), flat)).reshape(2, 3, 4)
    assert np.allclose(density(y, widths), expected, rtol=1e-5)


def test_gradients_are_finite_also_far_in_the_tails(density):
    y = tf.constant(np.linspace(-1e4, 1e4, 101, dtype="float32")[:, None].repeat(5, axis=1))
    widths = tf.ones(5)
    with tf.GradientTape() as tape:
        tape.watch([y, widths])
        bits = tf.reduce_sum(density(y, widths))
    gradients = tape.gradient(bits, [y, widths, *density.trainable_variables])
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_config_round_trip(density):
    copy = FactorizedDensity.from_config(density.get_config())
    assert copy.get_config() == density.get_config()
