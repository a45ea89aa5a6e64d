"""The quality that reaches a target, for a set of images."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable

from image_compressor.codec.tables import QUALITIES
from image_compressor.errors import InputError


def lowest(measure: Callable[[int], float], target: float, what: str) -> int:
    """The lowest quality whose `measure`, which grows with quality, is `target` or more.

    Raises InputError, saying `what` was measured, where the highest quality does not reach it.
    """
    place = bisect_left(QUALITIES, target, key=measure)
    if place == len(QUALITIES) or math.isnan(target):
        best = math.floor(measure(QUALITIES[-1]) * 10**4) / 10**4
        raise _out_of_reach(target, best, what)
    return QUALITIES[place]


def highest(measure: Callable[[int], float], target: float, what: str) -> int:
    """The highest quality whose `measure`, which grows with quality, is `target` or less.

    Raises InputError, saying `what` was measured, where the lowest quality does not reach it.
    """
    place = bisect_right(QUALITIES, target, key=measure)
    if place == 0 or math.isnan(target):
        raise _out_of_reach(target, measure(QUALITIES[0]), what)
    return QUALITIES[place - 1]


def _out_of_reach(target, best, what):
    return InputError(f"{what} that the codec can reach", target, f"Ask for {best}.")
