"""Preparation: data/raw -> images of one size, each in its split."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from image_compressor.data import raw
from image_compressor.data.source import SourceImage
from image_compressor.data.splits import TRAIN, split_of
from image_compressor.errors import InputError
from image_compressor.images.fitting import Policy
from image_compressor.parallel import chunks, parallel_map, processes


def images(
    directory: Path,
    rows: Iterable[dict[str, str]],
    splits: Collection[str],
    policy: Policy,
    validation: float,
    test: float,
    crops: int = 1,
) -> Iterator[SourceImage]:
    """Yields the images of these rows of a data/raw, fitted by the policy, as uint8 [H, W, C].

    An image keeps the split that its source gives. A split that the source lacks is drawn from
    train by `split_of`, or from all images if there is no train. All crops of an image are in the
    same split. In train, `crops` are cut at random positions, always the same for the same image;
    in the other splits, one is cut from the centre.

    Args:
        splits: the splits that the source has.
        validation, test: shares, as for `split_of`.

    Raises InputError for several crops with a policy that does not crop.
    """
    if crops > 1 and policy.fit != "crop":
        raise InputError(
            f"preprocess.crops is {crops}, but must be 1 unless preprocess.fit is crop. Change one "
            "of them."
        )

    def size(row):
        pixels = np.prod(policy.size or (int(row["width"]), int(row["height"])))
        return max(int(pixels) * policy.channels * crops, int(row["bytes"]))

    shares = (validation, test)
    work = partial(_prepare, raw.place_of(directory), frozenset(splits), policy, shares, crops)
    for prepared in parallel_map(work, chunks(rows, size), processes()):
        yield from prepared


def _prepare(place, splits, policy, shares, crops, rows):
    """Prepares the images of some rows; runs in another process."""
    return [
        image
        for whole in raw.images(place, rows)
        for image in _fitted(whole, splits, policy, shares, crops)
    ]


def _fitted(image, splits, policy, shares, crops):
    pixels = image.content
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    # Drawn from the pixels that the model sees, because a picture may exist in grey and in RGB.
    split = _split(image, Policy(policy.channels).apply(pixels), splits, shares)
    if split != TRAIN or policy.fit != "crop":
        return [SourceImage(image.name, policy.apply(pixels), image.label, split)]
    random = np.random.default_rng(list(hashlib.sha256(pixels).digest()))
    names = [image.name] if crops == 1 else [f"{image.name}#{number}" for number in range(crops)]
    return [SourceImage(name, policy.apply(pixels, random), image.label, split) for name in names]


def _split(image, pixels, splits, shares):
    drawn = split_of(pixels, *shares)
    missing = image.split == TRAIN and drawn not in splits
    return drawn if missing or not image.split or TRAIN not in splits else image.split
