"""Searches for the lowest value that passes, of many things at once."""

from collections.abc import Callable

import numpy as np


def lowest(
    passes: Callable[[np.ndarray, np.ndarray], np.ndarray],
    first: int,
    last: int,
    guesses: np.ndarray,
    near: bool = False,
) -> np.ndarray:
    """The lowest value in first..last that passes, for each of n things.

    Args:
        passes: (positions of some of the things, a value for each) -> bool, whether it passes.
            If a value passes, so do all values above it.
        guesses: int [n], the values that are tried first.
        near: whether the answers are likely to be close to the guesses. Then the steps away from
            them start at 1 and double, as in Bentley and Yao 1976, "An almost optimal algorithm
            for unbounded searching"; otherwise intervals are halved.

    Returns: int [n]; last + 1 where no value passes.
    """
    low, high = np.full(len(guesses), first), np.full(len(guesses), last + 1)
    value, step = np.clip(guesses, first, last), 1 if near else last + 1
    while len(left := np.flatnonzero(low < high)):
        passed = passes(left, value[left])
        above, below = left[passed], left[~passed]
        high[above], low[below] = value[above], value[below] + 1
        value[above] -= step
        value[below] += step
        outside = (value < low) | (value >= high)
        value = np.where(outside, (low + high) // 2, value)
        step *= 2
    return low
