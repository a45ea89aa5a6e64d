import keras
import numpy as np
import pytest
import tensorflow as tf

from image_compressor.model.rates import Rates

WEIGHTS, LEVELS, CHANNELS = (0.03, 1.5), 4, 3


@pytest.fixture
def rates():
    """Makes Rates whose levels are all different."""
    layer = Rates(WEIGHTS, LEVELS)
    layer.build((None, CHANNELS))
    layer.log_widths.assign(np.random.default_rng(0).normal(size=(LEVELS, CHANNELS)))
    return layer


def test_at_a_levels_position_the_widths_are_that_levels(rates):
    positions = np.arange(LEVELS, dtype="float32") / (LEVELS - 1)
    assert np.allclose(rates.widths(positions), np.exp(rates.log_widths), rtol=1e-5)


def test_in_between_they_are_the_geometric_mean(rates):
    middles = (np.arange(LEVELS - 1, dtype="float32") + 0.5) / (LEVELS - 1)
    levels = np.exp(rates.log_widths)
    assert np.allclose(rates.widths(middles), np.sqrt(levels[1:] * levels[:-1]), rtol=1e-5)


def test_they_change_steadily_with_the_position(rates):
    widths = np.asarray(rates.widths(np.linspace(0, 1, 1001, dtype="float32")))
    steps = np.abs(np.diff(np.log(widths), axis=0))
    assert steps.max() <= np.abs(np.diff(rates.log_widths, axis=0)).max() * 0.0031


@pytest.mark.parametrize(("position", "weight"), [(0, 0.03), (1, 1.5), (0.5, np.sqrt(0.03 * 1.5))])
def test_rate_weights_run_from_end_to_end_at_equal_ratios(rates, position, weight):
    assert np.exp(rates.log_rate_weight(position)) == pytest.approx(weight)


def test_widths_start_growing_with_the_root_of_the_rate_weight_around_one():
    layer = Rates(WEIGHTS, LEVELS)
    layer.build((None, CHANNELS))
    ends = np.asarray(layer.widths(np.float32([0, 1])))
    assert np.allclose(ends[1] / ends[0], np.sqrt(WEIGHTS[1] / WEIGHTS[0]))
    assert np.allclose(ends[0] * ends[1], 1)


@pytest.mark.parametrize("latent_shape", [(), (5,), (4, 6)])
def test_each_image_has_one_width_a_channel(rates, latent_shape):
    positions = np.float32([0, 0.3])
    y = np.zeros((2, *latent_shape, CHANNELS), "float32")
    widths = np.asarray(rates(y, positions))
    assert widths.shape == (2, *(1 for _ in latent_shape), CHANNELS)
    assert np.allclose(widths.reshape(2, CHANNELS), rates.widths(positions))


def test_the_gradient_reaches_the_levels_around_a_position_and_is_finite(rates):
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(rates.widths(np.float32([0.5])))
    gradient = np.asarray(tape.gradient(total, rates.log_widths))
    assert np.isfinite(gradient).all()
    assert (gradient != 0).tolist() == [[False] * 3, [True] * 3, [True] * 3, [False] * 3]


def test_config_round_trip(rates):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(rates))
    assert copy.get_config() == rates.get_config()
    assert (copy.rate_weights, copy.levels) == (WEIGHTS, LEVELS)
