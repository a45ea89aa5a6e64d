"""Runs a fully convolutional network over images that are too large for it, part by part."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

# Latents along an axis: 512 pixels where one stands for 16. The networks take some 600 bytes for a
# pixel of a tile. Smaller tiles take longer, for the margins are a larger part of them.
TILE = 32
# Latents that a tile is given beyond its borders, and its results there thrown away. Models that
# see more are refused (`architecture.check_reach`), so there are no seams.
MARGIN = 4


def tiled(
    network: Callable[[np.ndarray], np.ndarray], x: np.ndarray, step: int, result_step: int
) -> np.ndarray:
    """`network(x)`, with memory for little more than one tile besides `x` and the result.

    Args:
        network: [N, step h, step w, ...] -> [N, result_step h, result_step w, ...], any h and w.
        x: its input.
    """
    height, width = x.shape[1] // step, x.shape[2] // step
    if height * width <= (TILE + 2 * MARGIN) ** 2:  # no more than what is seen of one tile
        return network(x)
    result = None
    for rows in _windows(height):
        for columns in _windows(width):
            part = network(x[:, _seen(rows, step), _seen(columns, step)])
            if result is None:
                whole = (len(x), height * result_step, width * result_step)
                result = np.empty((*whole, *part.shape[3:]), part.dtype)
            place = _kept(rows, result_step), _kept(columns, result_step)
            inside = _inside(rows, result_step), _inside(columns, result_step)
            result[:, *place] = part[:, *inside]
    assert result is not None
    return result


def _windows(size):
    """(start, stop, first and last that are seen) of each tile; they are as equal as can be."""
    count = -(-size // TILE)
    bounds = [size * number // count for number in range(count + 1)]
    return [
        (start, stop, max(start - MARGIN, 0), min(stop + MARGIN, size))
        for start, stop in pairwise(bounds)
    ]


def _seen(window, step):
    return slice(window[2] * step, window[3] * step)


def _kept(window, step):
    return slice(window[0] * step, window[1] * step)


def _inside(window, step):
    return slice((window[0] - window[2]) * step, (window[1] - window[2]) * step)
