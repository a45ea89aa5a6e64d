import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.codec.frozen.tables import SYMBOL_LIMIT, Bank, Tables
from tests.codec.networks import CLASSES, classed_tables

BANK = Bank(np.array([-1, 0]), [np.array([16384, 32767, 16384, 1]), np.array([65535, 1])])
TABLES = Tables(
    BANK,
    widths=np.array([0.5, 2], np.float32),
    classes=np.array([2**16 - 1, 1]),
    index=np.array([[0, 1], [1, 0]]),
    offsets=np.array([[0, 0], [3, -5]]),
)


def test_latents_become_the_nearest_multiples_of_their_channels_width():
    symbols = TABLES.quantise(np.array([[1.2, 1.2], [-0.26, -5.1]], np.float32))
    assert (symbols.dtype, symbols.tolist()) == (np.int32, [[2, 1], [-1, -3]])


@pytest.mark.parametrize("latent", [np.nan, np.inf, -np.inf, SYMBOL_LIMIT])
def test_latents_beyond_the_symbols_are_refused(latent):
    with pytest.raises(InputError, match="larger or not finite"):
        TABLES.quantise(np.array([[latent, 0]]))


def test_symbols_outside_a_table_have_its_last_position():
    symbols = np.array([[-2, 0], [-1, 1], [0, -1], [1, 0], [2, 0]])
    positions = TABLES.positions(symbols, np.zeros(5, int))
    assert positions.tolist() == [[3, 0], [0, 1], [1, 1], [2, 0], [3, 0]]


def test_a_class_has_tables_and_offsets_of_its_own():
    assert TABLES.positions(np.array([[3, -6], [4, -4]]), np.ones(2, int)).tolist() == [
        [0, 0],
        [1, 2],
    ]


def test_costs_are_minus_log2_of_the_probability():
    assert np.allclose(TABLES.costs(np.array([[0, 0]]), np.array([0])), [[1, 0]], atol=1e-4)
    assert np.allclose(TABLES.costs(np.array([[9, 9]]), np.array([0])), [[16, 16]])


def test_a_vector_falls_into_its_cheapest_class():
    several = classed_tables(3)
    symbols = np.random.default_rng(0).integers(-105, 60, (500, 1)) + np.arange(3)
    costs = [
        several.costs(symbols, np.full(500, number)).sum(axis=1) - np.log2(frequency)
        for number, frequency in enumerate(several.classes)
    ]
    chosen = several.classify(symbols)
    assert set(chosen.tolist()) == {0, 1, 2}
    assert np.array_equal(chosen, np.argmin(costs, axis=0))


@pytest.mark.parametrize("frequencies", [[65536], [65536, 0], [65535, 2], [-1, 65537]])
def test_frequencies_with_a_wrong_sum_are_refused(frequencies):
    with pytest.raises(InputError, match="sum to 65536"):
        Bank(np.array([0]), [np.array(frequencies)])


@pytest.mark.parametrize("counts", [(0, 0), (1, 2), (2, 1)])
def test_every_table_has_a_minimum(counts):
    with pytest.raises(InputError, match="a minimum for each table"):
        Bank(np.zeros(counts[0]), [np.array([65535, 1])] * counts[1])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("widths", [0, 1], "widths above 0"),
        ("widths", [-1, 1], "widths above 0"),
        ("widths", [np.nan, 1], "widths above 0"),
        ("widths", [np.inf, 1], "widths above 0"),
        ("widths", [1], "2 classes of 1 channels"),
        ("classes", [2**16], "1 classes of 2 channels"),
        ("classes", [2**16, 0], "classes that sum to 65536"),
        ("classes", [2**15, 2**14], "classes that sum to 65536"),
        ("index", [[0, 2], [0, 0]], "tables below 2"),
        ("index", [[0, -1], [0, 0]], "tables below 2"),
        ("offsets", [[0, 2**31], [0, 0]], "offsets within"),
        ("offsets", [[0, 0]], "tables and offsets for 2 classes"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(name, value, message):
    fields = {key: getattr(TABLES, key) for key in ("widths", "classes", "index", "offsets")}
    with pytest.raises(InputError, match=message):
        Tables(BANK, **{**fields, name: np.array(value)})


def test_the_cheapest_of_many_classes_is_found():
    offsets = 20 * np.arange(12)[:, None] + np.arange(3)
    classes = np.array([*[100] * 11, 2**16 - 1100])
    many = Tables(CLASSES, np.ones(3, np.float32), classes, np.ones((12, 3), int), offsets)
    rng = np.random.default_rng(0)
    symbols = offsets[rng.integers(0, 12, 500)] + rng.integers(0, 12, (500, 3))
    costs = [
        many.costs(symbols, np.full(500, number)).sum(axis=1) - np.log2(frequency)
        for number, frequency in enumerate(classes)
    ]
    assert np.array_equal(many.classify(symbols), np.argmin(costs, axis=0))


@pytest.mark.parametrize("frequent", [0, 1])
def test_the_more_frequent_of_two_equal_classes_is_chosen(frequent):
    classes = np.where(np.arange(2) == frequent, 2**16 - 100, 100)
    zeros = np.zeros((2, 2), int)
    two = Tables(BANK, np.ones(2, np.float32), classes, zeros, zeros)
    assert (two.classify(np.zeros((9, 2), int)) == frequent).all()


def test_the_largest_symbol_is_accepted():
    assert TABLES.quantise(np.array([[-0.5 * SYMBOL_LIMIT, 0]]))[0, 0] == -SYMBOL_LIMIT
