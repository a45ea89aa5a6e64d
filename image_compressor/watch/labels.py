"""Labels of new images: the folders that they are in. Are they known, and have any been swapped?

Folders are labels if their images tell them apart, as those of digits do and those of days do not:
an image looks more like the mean of its label's other images, at 8x8 grey pixels, than like that of
another label. Where labels were swapped, those of each look like another label, one to one; where
the images themselves have changed, they do not.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image as Picture

SIDE = 8  # pixels
FEWEST = 5  # images of a label that say something about it
APART = 0.5  # of the way from chance to certainty, at which folders are labels
CLEAR = 0.5  # share of a label's images by which more look like another label than like their own


def label(name: str) -> str:
    """The label in an image's path below its place: the first folder; "" if there is none."""
    folder, slash, _ = name.partition("/")
    return folder if slash else ""


def small(image: np.ndarray) -> np.ndarray:
    """A uint8 image [H, W, C] at 8x8 grey pixels, as uint8 [64]."""
    picture = Picture.fromarray(image.squeeze(axis=2) if image.shape[2] == 1 else image)
    return np.asarray(picture.convert("L").resize((SIDE, SIDE), Picture.Resampling.BOX)).ravel()


def means(labels: Sequence[str], smalls: Sequence[np.ndarray]) -> dict[str, list[int]]:
    """The mean small image of each label; {} if the folders are no labels, or there are none."""
    every = sorted({*labels})
    of_each = [_of(one, labels, smalls) for one in every]
    if len(every) < 2 or min(map(len, of_each)) < FEWEST:
        return {}
    targets = np.array([own.mean(axis=0) for own in of_each])
    own = [
        _nearest(images, targets, without=number)[number] for number, images in enumerate(of_each)
    ]
    chance = 1 / len(every)
    if np.mean(own) < chance + APART * (1 - chance):
        return {}
    return dict(zip(every, np.rint(targets).astype(int).tolist(), strict=True))


def swapped(
    labels: Sequence[str], smalls: Sequence[np.ndarray], expected: dict[str, list[int]]
) -> Iterator[tuple[str, str]]:
    """Yields (label, the label that its images look like) for labels that seem to be swapped.

    Args:
        expected: the means of earlier images.
    """
    from scipy import optimize  # not in an installation for using codecs only

    known = [one for one in expected if labels.count(one) >= FEWEST]
    if len(known) < 2:
        return
    targets = np.array([expected[one] for one in known], float)
    shares = np.stack([_nearest(_of(one, labels, smalls), targets) for one in known])
    rows, columns = optimize.linear_sum_assignment(shares, maximize=True)
    moved = rows != columns
    own = np.diagonal(shares)
    if moved.any() and (shares[rows, columns] - own)[moved].mean() > CLEAR:
        yield from ((known[a], known[b]) for a, b in zip(rows[moved], columns[moved], strict=True))


def _of(one, labels, smalls):
    """The small images of a label: float [n, 64]."""
    return np.array([small for each, small in zip(labels, smalls, strict=True) if each == one])


def _nearest(images, targets, without=None):
    """The share of images [n, 64] that are nearest to each of the targets [T, 64]: float [T].

    Args:
        without: the target that is their mean, but for each image shall be that of the others.
    """
    distances = np.square(images[:, None] - targets).sum(axis=2)
    if without is not None:
        distances[:, without] *= (len(images) / (len(images) - 1)) ** 2
    return np.bincount(distances.argmin(axis=1), minlength=len(targets)) / len(images)
