import numpy as np
import pytest

from image_compressor.codec.tiles import MARGIN, TILE, tiled


def network(step, result_step, seen=None):
    """Sums whole numbers as far as a tile's margin reaches, in every direction, and channels."""

    def apply(x):
        (count, height, width), side = x.shape[:3], 2 * MARGIN + 1
        height, width = height // step, width // step
        sums = x.reshape(count, height, step, width, step, -1).sum(axis=(2, 4))
        if seen is not None:
            seen.append((height, width))
        padded = np.pad(sums, [(0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)])
        around = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(1, 2))
        result = np.stack([around.sum(axis=(3, 4, 5)), sums[..., 0]], axis=-1).astype(np.int32)
        return result.repeat(result_step, axis=1).repeat(result_step, axis=2)

    return apply


def numbers(height, width, step):
    return np.random.default_rng(0).integers(0, 9, (2, height * step, width * step, 3))


@pytest.mark.parametrize("steps", [(1, 1), (3, 1), (1, 2)])
@pytest.mark.parametrize("size", [(65, 3), (3, 65), (64, 65), (140, 70), (69, 133)])
def test_parts_give_what_the_whole_gives(size, steps):
    x = numbers(*size, steps[0])
    result, whole = tiled(network(*steps), x, *steps), network(*steps)(x)
    assert result.dtype == whole.dtype
    assert np.array_equal(result, whole)


def test_a_network_sees_a_tile_and_its_margins():
    seen = []
    tiled(network(1, 1, seen), numbers(3 * TILE, 1, 1), 1, 1)
    assert seen == [(TILE + MARGIN, 1), (TILE + 2 * MARGIN, 1), (TILE + MARGIN, 1)]


def test_what_is_one_tile_is_not_cut():
    seen = []
    tiled(network(2, 1, seen), numbers(TILE, TILE, 2), 2, 1)
    assert seen == [(TILE, TILE)]
