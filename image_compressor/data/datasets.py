"""Records -> tf.data and arrays."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from image_compressor.data.records import read_facts
from image_compressor.errors import InputError

CACHED = 2**28  # bytes of images that are kept in memory while training
SAMPLE = 2**26  # bytes of images in one array
SHARDS = 16  # read at once


class Share(NamedTuple):
    """What a process takes of each batch, where several devices train: see `training.devices`.

    A batch that the devices do not divide, the last of an epoch, loses what remains.
    """

    process: int = 0
    processes: int = 1
    devices: int = 1  # of all processes

    def of(self, batch, axis=0):
        """Its part of a tensor, along the axis of the images."""
        if self.devices == 1:
            return batch
        count = tf.shape(batch)[axis] // self.devices * (self.devices // self.processes)
        return tf.gather(batch, self.process * count + tf.range(count), axis=axis)


WHOLE = Share()


def images(directory: Path, split: str, mixed: bool = False) -> tf.data.Dataset:
    """uint8 images [H, W, C] of a split of a data/prepared, in the order of its records.

    Args:
        mixed: instead, of more than CACHED bytes, from several shards at once, which come in
            another order each time.

    Raises InputError where records of the split are missing.
    """
    facts = read_facts(directory)
    shards = sorted(str(path) for path in directory.glob(f"{split}-*.tfrecord"))
    split_facts = facts["splits"][split]
    if len(shards) != split_facts["shards"]:
        raise InputError(
            f"{split_facts['shards']} files {split}-*.tfrecord in {directory}",
            len(shards),
            "Run preprocess again: `dvc repro --force preprocess`.",
        )
    features = {"image": tf.io.FixedLenFeature([], tf.string)}

    def parse(record):
        pixels = tf.io.decode_raw(tf.io.parse_single_example(record, features)["image"], tf.uint8)
        return tf.reshape(pixels, facts["shape"])

    records = tf.data.TFRecordDataset(shards)
    if mixed and split_facts["count"] * math.prod(facts["shape"]) > CACHED:
        files = tf.data.Dataset.from_tensor_slices(shards).shuffle(len(shards), seed=0)
        records = files.interleave(
            tf.data.TFRecordDataset, SHARDS, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )
    dataset = records.map(parse, tf.data.AUTOTUNE)
    return dataset.apply(tf.data.experimental.assert_cardinality(split_facts["count"]))


def array(directory: Path, split: str) -> np.ndarray:
    """The images of a split as one uint8 array [N, H, W, C].

    All of them where they fit in SAMPLE bytes, else as few as every second, third, ...
    """
    dataset = images(directory, split)
    every = max(1, math.ceil(_bytes(dataset) / SAMPLE))
    return np.stack(list(dataset.shard(every, 0).as_numpy_iterator()))


def _bytes(dataset):
    return int(dataset.cardinality()) * math.prod(dataset.element_spec.shape)


def check_shape(dataset: tf.data.Dataset, image_shape: tuple[int, ...]) -> None:
    """Raises InputError unless the images have the shape that a model takes, None for any size."""
    received = tuple(dataset.element_spec.shape)
    if any(wanted not in (None, size) for wanted, size in zip(image_shape, received, strict=True)):
        raise InputError(
            f"images of shape {image_shape}, as in the model.json",
            f"{received} in the prepared data",
            "Give model.layers.inputs their shape, or prepare other images.",
        )


def training_batches(
    dataset: tf.data.Dataset,
    batch_size: int,
    shift: int,
    seed: int,
    crop: int | None = None,
    flip: bool = False,
    share: Share = WHOLE,
):
    """Batches (x, x) of float images 0..1 [N, H, W, C], input and target, for `fit`.

    In each epoch the images come in a new order, each moved by up to `shift` pixels along both
    axes, with its mirror image moving in. Order and moves are the same for the same seed. Up to
    CACHED bytes are read once and kept in memory; of more so many are there at a time, and the
    next image is drawn from them.

    Args:
        dataset: uint8 images [H, W, C] of known cardinality.
        crop: of each image a square of so many pixels a side is taken, anywhere.
        flip: every second image is mirrored, left to right.
        share: of each batch.

    Raises InputError where `shift` is not smaller than the images, or `crop` is larger, and where
    devices are more than images in a batch.
    """
    if crop is not None and crop > min(dataset.element_spec.shape[:2]):
        raise InputError(
            f"a crop that fits into the images, {dataset.element_spec.shape}", crop, "Lower it."
        )
    if shift >= min(dataset.element_spec.shape[:2]):
        raise InputError(
            f"a shift smaller than the images, {dataset.element_spec.shape}", shift, "Lower it."
        )
    count, size = int(dataset.cardinality()), _bytes(dataset)
    if size <= CACHED:
        dataset = dataset.cache()
    buffer = min(count, CACHED * count // size)
    dataset = dataset.shuffle(buffer, seed=seed).batch(batch_size)
    seeds = tf.data.Dataset.random(seed, rerandomize_each_iteration=True).batch(2)

    def moved(batch, seed):
        if shift:
            batch = _shifted(batch, shift, seed)
        if crop:
            batch = _cropped(batch, crop, seed)
        return _flipped(batch, seed) if flip else batch

    batches = tf.data.Dataset.zip(dataset, seeds).map(moved, tf.data.AUTOTUNE)
    return _paired(batches.take(_steps(count, batch_size, share)), share)


def validation_batches(dataset: tf.data.Dataset, batch_size: int, share: Share = WHOLE):
    """The same without order or moves: each image as it is."""
    batches = dataset.batch(batch_size)
    batches = batches.take(_steps(int(dataset.cardinality()), batch_size, share))
    if _bytes(dataset) <= CACHED:
        batches = batches.cache()
    return _paired(batches, share)


def _steps(count, batch_size, share):
    """Batches an epoch with an image for each device at least."""
    steps = count // batch_size + (count % batch_size >= share.devices)
    if steps:
        return steps
    raise InputError(
        f"a batch with an image for each of {share.devices} devices",
        f"{min(count, batch_size)} images",
        "Raise train.batch_size, lower train.devices, or give more images.",
    )


def _paired(batches, share):
    def pair(batch):
        x = tf.cast(share.of(batch), tf.float32) / 255
        return x, x

    return batches.map(pair, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def _shifted(batch, shift, seed):
    margins = [[0, 0], [shift, shift], [shift, shift], [0, 0]]
    return _windows(tf.pad(batch, margins, "REFLECT"), batch.shape[1:3], seed)


def _cropped(batch, crop, seed):
    return _windows(batch, (crop, crop), seed + 1)


def _windows(batch, size, seed):
    """Of each image a window of `size` (height, width), anywhere."""
    count = tf.shape(batch)[0]
    for axis, (whole, kept) in enumerate(zip(batch.shape[1:3], size, strict=True)):
        places = tf.random.stateless_uniform([2, count, 1], seed, 0, whole - kept + 1, tf.int32)
        batch = tf.gather(batch, places[axis] + tf.range(kept), axis=axis + 1, batch_dims=1)
    return batch


def _flipped(batch, seed):
    mirrored = tf.random.stateless_uniform([tf.shape(batch)[0], 1, 1, 1], seed + 2) < 0.5
    return tf.where(mirrored, batch[:, :, ::-1], batch)
