"""The lowest value that passes is found, from any guess."""

import numpy as np
import pytest

from image_compressor.codec.search import lowest

ANSWERS = np.arange(3, 12)  # 11: no value in 3..10 passes


@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize("guess", [0, 3, 7, 10, 99])
def test_the_answers_are_those_of_trying_every_value(guess, near):
    def passes(some, values):
        assert ((values >= 3) & (values <= 10)).all()
        return values >= ANSWERS[some]

    found = lowest(passes, 3, 10, np.full(len(ANSWERS), guess), near)
    assert found.tolist() == ANSWERS.tolist()


@pytest.mark.parametrize("off, most", [(0, 2), (1, 4), (-1, 3), (5, 7)])
def test_few_values_are_tried_around_a_good_guess(off, most):
    tried = []

    def passes(_, values):
        tried.append(int(values[0]))
        return values >= 5000

    assert lowest(passes, 0, 10**6, np.array([5000 + off]), near=True).tolist() == [5000]
    assert len(tried) <= most


def test_an_empty_range_has_no_answer():
    assert lowest(lambda *_: np.array([True]), 101, 100, np.array([100])).tolist() == [101]
