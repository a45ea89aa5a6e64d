"""Measures what images keep at each quality: the floors of a codec's guard."""

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.codec.guard.floors import COLOUR, PLAIN, Floors, similarities
from image_compressor.images import colour_difference
from image_compressor.images.groups import Group, chosen, pixels, stacks

QUALITIES = (1, 10, 20, 30, 40, 50, 60, 80, 100)
# The percentile of SSIM that makes a floor, and how much farther from 1 the floor lies: other
# images of the kind come out a little worse, and a file for each of them would cost bytes.
LOW, ROOM = 0.5, 1.1
FEWEST = 8  # images that tell of others
MOST = 2**22  # pixels that are measured; of more, images spread evenly
BATCH = 256  # images


def measure(codec: Codec, images: Group) -> Floors:
    """The floors of a codec.

    Args:
        images: uint8 images [H, W, C] that the codec was not trained on, such as those of the
            validation split.
    """
    images = sample(images, MOST)
    rows = np.array([_measured(codec, images, quality) for quality in QUALITIES]).round(4)
    mean, ssim, colour, plain = (tuple(column) for column in rows.T.tolist())
    return Floors(QUALITIES, mean, ssim, colour, plain)


def sample(images: Group, most: int) -> Group:
    """Images spread evenly over the given ones, with at most so many pixels, or FEWEST images."""
    wanted = max(FEWEST, len(images) * most // pixels(images))
    if len(images) <= wanted:
        return images
    return chosen(images, np.linspace(0, len(images) - 1, wanted).astype(int))


def _measured(codec, images, quality):
    """(mean SSIM, its floor, the largest colour differences)."""
    columns = zip(*(_stack(codec, stack, quality) for stack in stacks(images, BATCH)), strict=True)
    ssim, differences, plain = map(np.concatenate, columns)
    limits = (_limit(differences[~plain]), _limit(differences[plain]))
    floor = 1 - ROOM * (1 - np.percentile(ssim, LOW))
    return float(ssim.mean()), float(floor), *limits


def _stack(codec, stack, quality):
    decoded = codec.decode(codec.encode(stack, quality), quality, stack.shape[1:3])
    plain = colour_difference.plain(stack) >= PLAIN
    return similarities(stack, decoded), colour_difference.largest(stack, decoded), plain


def _limit(differences):
    if len(differences) < FEWEST:
        return COLOUR
    return max(COLOUR, float(differences.max()))
