"""Runs a fully convolutional network tile by tile over images too large to process at once."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

# Latents along an axis; at 16 pixels a latent, 512 pixels. The networks take about 450 bytes of
# memory for each pixel of a tile. Smaller tiles are slower, because more of them is margin.
TILE = 32
# Latents around a tile that are processed with it and then cut off. Models whose receptive field
# is larger are refused (`architecture.check_reach`), so there are no seams.
MARGIN = 4


def tiled(
    network: Callable[[np.ndarray], np.ndarray], x: np.ndarray, step: int, result_step: int
) -> np.ndarray:
    """`network(x)`, with memory for little more than one tile besides `x` and the result.

    Args:
        network: maps [N, step h, step w, ...] to [N, result_step h, result_step w, ...] for any
            h and w.
        x: its input.
        step: input positions a latent, along an axis.
        result_step: output positions a latent, along an axis.
    """
    height, width = x.shape[1] // step, x.shape[2] // step
    if height * width <= (TILE + 2 * MARGIN) ** 2:  # no larger than one tile with its margins
        return network(x)
    result = None
    for rows in _windows(height):
        for columns in _windows(width):
            part = network(x[:, _seen(rows, step), _seen(columns, step)])
            if result is None:
                whole = (len(x), height * result_step, width * result_step)
                result = np.empty((*whole, *part.shape[3:]), part.dtype)
            target = _kept(rows, result_step), _kept(columns, result_step)
            inside = _inside(rows, result_step), _inside(columns, result_step)
            result[:, *target] = part[:, *inside]
    assert result is not None
    return result


def _windows(size):
    """(start, stop, start and stop with margins) of each tile; tiles are as equal as possible."""
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
