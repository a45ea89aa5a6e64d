import numpy as np
import pytest

from image_compressor.codec.tiles import MARGIN, TILE, tiled


def network(step, result_step, seen=None):
    """A network that sums integers over channels and as far as the margin in every direction."""

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
def test_tiles_give_the_same_as_the_whole(size, steps):
    x = numbers(*size, steps[0])
    result, whole = tiled(network(*steps), x, *steps), network(*steps)(x)
    assert result.dtype == whole.dtype
    assert np.array_equal(result, whole)


def test_a_network_sees_a_tile_and_its_margins():
    seen = []
    tiled(network(1, 1, seen), numbers(3 * TILE, 3 * TILE, 1), 1, 1)
    sides = (TILE + MARGIN, TILE + 2 * MARGIN, TILE + MARGIN)
    assert seen == [(height, width) for height in sides for width in sides]


SEEN = TILE + 2 * MARGIN


@pytest.mark.parametrize("size", [(SEEN, SEEN), (SEEN // 2, 2 * SEEN), (SEEN**2, 1)])
def test_an_image_no_larger_than_a_tile_with_margins_is_not_cut(size):
    seen = []
    tiled(network(2, 1, seen), numbers(*size, 2), 2, 1)
    assert seen == [size]


@pytest.mark.parametrize("size", [(SEEN, SEEN + 1), (1, 9999), (72, 72), (33, 2000)])
def test_no_tile_is_larger_and_they_are_about_equal(size):
    seen = []
    tiled(network(1, 1, seen), numbers(*size, 1), 1, 1)
    heights, widths = zip(*seen, strict=True)
    for sides in (heights, widths):
        assert max(sides) <= SEEN and max(sides) - min(sides) <= MARGIN + 1
