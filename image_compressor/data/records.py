"""data/prepared: uint8 images as TFRecord shards, and facts about them."""

import hashlib
import json
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from image_compressor.data.seen import Seen
from image_compressor.data.source import SourceImage
from image_compressor.data.splits import SPLITS, split_of
from image_compressor.errors import InputError
from image_compressor.files import replace_directory

FACTS = "facts.json"


def write(
    images: Iterable[SourceImage],
    directory: Path,
    validation: float,
    test: float,
    images_per_shard: int,
) -> dict:
    """Replaces `directory` by SPLIT-00000.tfrecord, ... and facts.json; returns the facts.

    An image keeps the split that it has, or gets one by `split_of`. The same images give
    the same bytes. Facts: the `shape` [H, W, C] of every image; for each of the `splits` its
    `count` of images in so many `shards`, the `mean` of their pixels (0..255) and how many are
    `duplicates` of an earlier one.

    Raises InputError for images of several shapes, and for a split that stays empty; OSError
    where they cannot be written.
    """
    with replace_directory(directory) as scratch, _system_errors():
        shards = {split: _Shards(scratch, split, images_per_shard) for split in SPLITS}
        shape = None
        for image in images:
            pixels = np.asarray(image.content)
            pixels = pixels.reshape(*pixels.shape[:2], -1)
            shape = shape or pixels.shape
            if pixels.shape != shape:
                raise InputError(
                    f"images of one shape, {shape} like the first",
                    f"{image.name} of {pixels.shape}",
                    "Set preprocess.fit and preprocess.size, or remove it.",
                )
            split = image.split or split_of(pixels, validation, test)
            shards[split].write(pixels, image)
        splits = {split: shards[split].close() for split in SPLITS}
        counts = {split: facts["count"] for split, facts in splits.items()}
        if not all(counts.values()):
            raise InputError(
                "images in every split",
                counts,
                "Give more images, or change preprocess.validation and preprocess.test.",
            )
        facts = {"shape": list(shape or ()), "splits": splits}
        (scratch / FACTS).write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    return facts


def read_facts(directory: Path) -> dict:
    """The facts of a data/prepared. Raises InputError where there are none."""
    try:
        facts = json.loads((directory / FACTS).read_text("utf-8"))
        splits = {name: facts["splits"][name] for name in SPLITS}
        return {**facts, "shape": facts["shape"], "splits": splits}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{FACTS} in {directory}", repr(error), "Run preprocess first: `dvc repro preprocess`."
        ) from None


@contextmanager
def _system_errors():
    """TensorFlow has its own for a disk that is full."""
    try:
        yield
    except tf.errors.OpError as error:
        raise OSError(error.message) from None


class _Shards:
    """The shards of one split, each of `size` images but the last."""

    def __init__(self, directory, split, size):
        self.directory, self.split, self.size = directory, split, size
        self.writer: Any = None  # of the shard that is being written
        self.count = self.sum = self.pixels = 0
        self.seen, self.duplicates = Seen(), 0

    def write(self, pixels, image):
        if self.count % self.size == 0:
            self._end_shard()
            name = f"{self.split}-{self.count // self.size:05}.tfrecord"
            self.writer = tf.io.TFRecordWriter(str(self.directory / name))
        self.writer.write(_example(pixels, image))
        self.count += 1
        self.sum += int(pixels.sum(dtype=np.int64))
        self.pixels += pixels.size
        key = hashlib.sha256(pixels.tobytes()).digest()[:16]
        self.duplicates += self.seen.earlier(key, "") is not None

    def close(self):
        self._end_shard()
        self.seen.close()
        mean = self.sum / self.pixels if self.pixels else 0.0
        return {
            "count": self.count,
            "shards": -(-self.count // self.size),
            "mean": mean,
            "duplicates": self.duplicates,
        }

    def _end_shard(self):
        if self.writer:
            self.writer.close()


def _example(pixels, image):
    def feature(data):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[data]))

    features = {
        "image": feature(pixels.tobytes()),
        "name": feature(image.name.encode()),
        "label": feature(image.label.encode()),
    }
    example = tf.train.Example(features=tf.train.Features(feature=features))
    # A map has no order of its own; only so are the bytes always the same.
    return example.SerializeToString(deterministic=True)
