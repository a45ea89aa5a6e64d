import keras
import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.codec.coder import Coder
from image_compressor.model.density import FactorizedDensity
from image_compressor.model.freeze import freeze


@pytest.fixture
def density():
    keras.utils.set_random_seed(2)
    layer = FactorizedDensity()
    layer.build((None, 4))
    return layer


def test_tables_have_the_probabilities_of_the_density(density):
    tables = freeze(density)
    for channel, (minimum, table) in enumerate(
        zip(tables.minimums, tables.frequencies, strict=True)
    ):
        symbols = np.zeros((len(table) - 1, 4), "float32")
        symbols[:, channel] = minimum + np.arange(len(table) - 1)
        expected = 2.0 ** -np.asarray(density(symbols))[:, channel]
        assert np.allclose(table[:-1] / 2**16, expected, rtol=5e-3, atol=2 / 2**16)
        assert table[-1] <= 64, "the escape is rare"


def test_a_channel_that_is_always_zero_costs_nothing(density):
    for matrix in density.matrices:
        matrix.assign(keras.ops.full(matrix.shape, 10.0))
    for bias in density.biases:
        bias.assign(keras.ops.zeros(bias.shape))
    assert Coder(freeze(density)).bits(np.zeros((1, 4), int)).max() < 0.01


def test_a_density_that_is_not_finite_is_refused(density):
    density.biases[0].assign(keras.ops.full(density.biases[0].shape, np.nan))
    with pytest.raises(InputError, match="4 channels wider or not finite"):
        freeze(density)


def test_a_density_wider_than_any_table_is_refused():
    layer = FactorizedDensity(init_scale=1e5)
    layer.build((None, 2))
    with pytest.raises(InputError, match="within"):
        freeze(layer)
