"""data/raw -> images of one size, each in its split."""

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
    """The images of these rows of a data/raw as the policy has them, uint8 [H, W, C].

    An image keeps the split of its source. Where the source lacks one, it is taken from train by
    `split_of`, as it is from all images where there is no train. The whole image decides: all of
    its crops are in its split. Of an image in train `crops` are taken, at random but always the
    same ones; of others one from the centre.

    Args:
        splits: those that the source has.
        validation, test: shares, as for `split_of`.

    Raises InputError for several crops of images that are not cropped.
    """
    if crops > 1 and policy.fit != "crop":
        raise InputError("preprocess.crops to be 1 where fit is not crop", crops, "Change one.")

    def size(row):
        pixels = np.prod(policy.size or (int(row["width"]), int(row["height"])))
        return max(int(pixels) * policy.channels * crops, int(row["bytes"]))

    shares = (validation, test)
    work = partial(_prepare, raw.place_of(directory), frozenset(splits), policy, shares, crops)
    for prepared in parallel_map(work, chunks(rows, size), processes()):
        yield from prepared


def _prepare(place, splits, policy, shares, crops, rows):
    """In a process of its own."""
    return [
        image
        for whole in raw.images(place, rows)
        for image in _fitted(whole, splits, policy, shares, crops)
    ]


def _fitted(image, splits, policy, shares, crops):
    pixels = image.content
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    # Of what a model sees: a picture may be there in grey and in RGB.
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
