import tracemalloc

import keras
import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec.frozen.tables import QUALITIES
from image_compressor.model.density import FactorizedDensity
from image_compressor.training import freezing as freezing
from image_compressor.training.freezing import freeze
from image_compressor.training.tabulating import tables


@pytest.fixture
def density():
    keras.utils.set_random_seed(2)
    layer = FactorizedDensity()
    layer.build((None, 5))
    return layer


@pytest.mark.parametrize("classes", [1, 4])
def test_there_are_tables_of_a_hundred_qualities_the_coarsest_first(compressor, pictures, classes):
    qualities = freeze(compressor, pictures[..., None], classes)
    assert len(qualities) == len(QUALITIES)
    assert {len(one.classes) for one in qualities} == {classes}
    assert len({id(one.bank) for one in qualities}) == 1
    ends = compressor.generator.rates.widths(np.float32([1, 0]))
    assert np.allclose([qualities[0].widths, qualities[-1].widths], ends)
    assert (np.diff([one.widths for one in qualities], axis=0) < 0).all()


@pytest.mark.parametrize("quality", [1, 50, 100])
def test_classes_save_bytes_on_the_images_they_were_fitted_to(
    compressor, qualities, digits, quality
):
    images = digits[:, 6:22, 6:22, None]
    classed = Codec(compressor.networks, freeze(compressor, images, 8))
    alone = Codec(compressor.networks, qualities)
    sizes = [len(codec.compress(images, quality=quality)) for codec in (classed, alone)]
    assert sizes[0] < 0.9 * sizes[1]
    assert np.array_equal(classed.encode(images, quality), alone.encode(images, quality))


def test_classes_need_images(compressor):
    with pytest.raises(InputError, match="images to fit tables to"):
        freeze(compressor, None, 2)


def test_of_many_images_a_sample_is_fitted(compressor, pictures, monkeypatch):
    monkeypatch.setattr(freezing, "LARGEST_SAMPLE", 20)
    few = freeze(compressor, pictures[::2, ..., None], 3)
    many = freeze(compressor, np.repeat(pictures[::2, ..., None], 50, axis=0), 3)
    assert np.array_equal(few[0].classes, many[0].classes)
    assert np.array_equal(few[0].index, many[0].index)


def test_fewer_images_than_the_sample_are_not_copied(compressor, pictures, monkeypatch):
    monkeypatch.setattr(freezing, "LARGEST_SAMPLE", 10**6)
    tracemalloc.start()
    freeze(compressor, pictures[..., None], 2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6 < pictures[0].nbytes * 10**6


def test_tables_have_the_probabilities_of_the_density(density):
    widths = np.float32([[0.3] * 5, [1, 2, 3, 4, 5]])
    for row, frozen in zip(widths, tables(density, widths), strict=True):
        assert np.array_equal(frozen.widths, row)
        for channel in range(5):
            number = frozen.index[0, channel]
            table = frozen.bank.frequencies[number]
            symbols = frozen.bank.minimums[number] + np.arange(len(table) - 1)
            latents = np.zeros((len(symbols), 5), "float32")
            latents[:, channel] = symbols * row[channel]
            expected = 2.0 ** -np.asarray(density.bits(latents, row))[:, channel]
            assert np.allclose(table[:-1] / 2**16, expected, rtol=5e-3, atol=2 / 2**16)
            assert table[-1] <= 2**7, "the escape is rare"


def test_a_channel_that_is_always_zero_costs_nothing(density):
    for matrix in density.matrices:
        matrix.assign(keras.ops.full(matrix.shape, 10.0))
    for bias in density.biases:
        bias.assign(keras.ops.zeros(bias.shape))
    (frozen,) = tables(density, np.ones((1, 5), "float32"))
    assert frozen.costs(np.zeros((1, 5), int), np.zeros(1, int)).max() < 0.01


def test_a_density_that_is_not_finite_is_refused(density):
    density.biases[0].assign(keras.ops.full(density.biases[0].shape, np.nan))
    with pytest.raises(InputError, match="density of 5 channels is wider"):
        tables(density, np.ones((1, 5), "float32"))


def test_a_density_wider_than_any_table_is_refused(density):
    with pytest.raises(InputError, match="wider than"):
        tables(density, np.full((1, 5), 1e-4, "float32"))
