"""data/prepared: uint8 images in TFRecord shards, and facts about them."""

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
from image_compressor.images.similarity import WINDOW

FACTS = "facts.json"


def write(
    images: Iterable[SourceImage],
    directory: Path,
    validation: float,
    test: float,
    shard_bytes: int,
) -> dict:
    """Replaces `directory` by SPLIT-00000.tfrecord, ... and facts.json; returns the facts.

    An image keeps its split, or gets one by `split_of`. Equal images give equal bytes. Facts: the
    `shape` [H, W, C] of every image, [None, None, C] if their sizes differ; for each of the
    `splits`, the `count` of images, the `bytes` of their pixels, the number of `shards`, the `mean`
    of all pixels (0..255) and the number of `duplicates` of earlier images.

    Args:
        shard_bytes: largest size of a shard's pixels; a larger image has a shard to itself.

    Raises InputError for an image too small for SSIM and for an empty split, and OSError if they
    cannot be written.
    """
    with replace_directory(directory) as scratch, _system_errors():
        shards = {split: _Shards(scratch, split, shard_bytes) for split in SPLITS}
        shapes = set()
        for image in images:
            pixels = np.asarray(image.content)
            pixels = pixels.reshape(*pixels.shape[:2], -1)
            _check_size(image.name, pixels)
            shapes.add(pixels.shape)
            split = image.split or split_of(pixels, validation, test)
            shards[split].write(pixels, image)
        splits = {split: shards[split].close() for split in SPLITS}
        counts = {split: facts["count"] for split, facts in splits.items()}
        if not all(counts.values()):
            numbers = ", ".join(f"{split} {count}" for split, count in counts.items())
            raise InputError(
                f"A split has no images ({numbers}). Add images, or change preprocess.validation "
                "and preprocess.test."
            )
        facts = {"shape": _common(shapes), "splits": splits}
        (scratch / FACTS).write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    return facts


def read_facts(directory: Path) -> dict:
    """Reads the facts of a data/prepared. Raises InputError if they are missing or malformed."""
    try:
        facts = json.loads((directory / FACTS).read_text("utf-8"))
        splits = {name: facts["splits"][name] for name in SPLITS}
        return {**facts, "shape": facts["shape"], "splits": splits}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"Cannot read {directory / FACTS} ({error!r}). Run preprocess first: "
            "`dvc repro preprocess`."
        ) from None


def _check_size(name, pixels):
    height, width = pixels.shape[:2]
    if min(height, width) < WINDOW:
        raise InputError(
            f"{name} has {width}x{height} pixels; quality is measured in windows of "
            f"{WINDOW}x{WINDOW}. Remove the image, or set preprocess.fit and preprocess.size."
        )


def _common(shapes):
    """Returns the shape of all images; None for a side of which there are several lengths."""
    heights, widths, channels = map(set, zip(*shapes, strict=True))
    sides = (sides.pop() if len(shapes) == 1 else None for sides in (heights, widths))
    return [*sides, *channels]


@contextmanager
def _system_errors():
    """Raises OSError for TensorFlow's own errors, e.g. for a full disk."""
    try:
        yield
    except tf.errors.OpError as error:
        raise OSError(error.message) from None


class _Shards:
    """Shards of one split, of at most `size` bytes each unless a single image has more."""

    def __init__(self, directory, split, size):
        self.directory, self.split, self.size = directory, split, size
        self.writer: Any = None  # writes the current shard
        self.shards = self.filled = self.count = self.sum = self.bytes = 0
        self.seen, self.duplicates = Seen(), 0

    def write(self, pixels, image):
        if not self.writer or self.filled + pixels.size > self.size:
            self._end_shard()
            name = f"{self.split}-{self.shards:05}.tfrecord"
            self.writer = tf.io.TFRecordWriter(str(self.directory / name))
            self.shards, self.filled = self.shards + 1, 0
        self.writer.write(_example(pixels, image))
        self.count += 1
        self.filled += pixels.size
        self.sum += int(pixels.sum(dtype=np.int64))
        self.bytes += pixels.size
        key = hashlib.sha256(pixels.tobytes()).digest()[:16]
        self.duplicates += self.seen.earlier(key, "") is not None

    def close(self):
        self._end_shard()
        self.seen.close()
        return {
            "count": self.count,
            "bytes": self.bytes,
            "shards": self.shards,
            "mean": self.sum / self.bytes if self.bytes else 0.0,
            "duplicates": self.duplicates,
        }

    def _end_shard(self):
        if self.writer:
            self.writer.close()


def _example(pixels, image):
    def feature(data):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[data]))

    shape = tf.train.Feature(int64_list=tf.train.Int64List(value=pixels.shape))
    features = {
        "image": feature(pixels.tobytes()),
        "shape": shape,
        "name": feature(image.name.encode()),
        "label": feature(image.label.encode()),
    }
    example = tf.train.Example(features=tf.train.Features(feature=features))
    # A protobuf map has no fixed order unless this is set.
    return example.SerializeToString(deterministic=True)
