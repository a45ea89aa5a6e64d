import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_compressor.training.tabulating import frozen, rounded


def test_symbols_likelier_than_one_in_65536_are_kept_and_the_rest_escaped():
    first, table = frozen(np.array([1e-6, 0.25, 1e-6, 0.5, 0.2, 1e-6]))
    assert first == 1
    assert len(table) == 5, "symbols 1 to 4 and the escape"
    assert table[-1] / 2**16 == pytest.approx(0.05, abs=1e-4)


def test_a_certain_symbol_leaves_least_to_the_escape():
    first, table = frozen(np.array([0.0, 0.0, 1.0, 0.0]))
    assert (first, table.tolist()) == (2, [2**16 - 1, 1])


def test_where_no_symbol_is_likely_all_are_escaped():
    _, table = frozen(np.full(2**17, 2.0**-17))
    assert len(table) == 2
    assert table[-1] > 0.99 * 2**16


@given(st.lists(st.floats(0, 1), min_size=2, max_size=300).filter(lambda values: sum(values) > 0.1))
def test_frequencies_are_positive_sum_to_65536_and_are_near_the_probabilities(values):
    probabilities = np.array(values) / np.sum(values)
    frequencies = rounded(probabilities)
    assert frequencies.min() >= 1
    assert frequencies.sum() == 2**16
    assert np.abs(frequencies - probabilities * 2**16).max() <= len(values) + 1
