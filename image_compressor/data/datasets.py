"""Data sets: records -> tf.data and arrays."""

import functools
import math
from pathlib import Path
from typing import NamedTuple

import tensorflow as tf

from image_compressor.data.records import read_facts
from image_compressor.errors import InputError
from image_compressor.images.groups import Group, group

CACHED = 2**28  # bytes of images kept in memory during training
SAMPLE = 2**26  # bytes of images in memory at once
SHARDS = 16  # read in parallel


class Share(NamedTuple):
    """Share of each batch that a process takes if several devices train, see `training.devices`.

    If the last batch of an epoch is not divisible by the number of devices, the rest is dropped.
    """

    process: int = 0
    processes: int = 1
    devices: int = 1  # of all processes

    def of(self, batch, axis=0):
        """Returns the process's share of a tensor, along the axis of the images."""
        if self.devices == 1:
            return batch
        count = tf.shape(batch)[axis] // self.devices * (self.devices // self.processes)
        return tf.gather(batch, self.process * count + tf.range(count), axis=axis)


WHOLE = Share()


def images(directory: Path, split: str, mixed: bool = False) -> tf.data.Dataset:
    """Reads the uint8 images [H, W, C] of a split of a data/prepared, in the order of its records.

    If their sizes differ, the dataset's shape is [None, None, C].

    Args:
        mixed: if they exceed CACHED bytes, read several shards in parallel, in an order that
            changes each time.

    Raises InputError if records of the split are missing.
    """
    facts = read_facts(directory)
    shards = sorted(str(path) for path in directory.glob(f"{split}-*.tfrecord"))
    split_facts = facts["splits"][split]
    if len(shards) != split_facts["shards"]:
        raise InputError(
            f"{directory} has {len(shards)} files {split}-*.tfrecord instead of "
            f"{split_facts['shards']}. Run preprocess again: `dvc repro --force preprocess`."
        )
    features = {
        "image": tf.io.FixedLenFeature([], tf.string),
        "shape": tf.io.FixedLenFeature([3], tf.int64),
    }

    def parse(record):
        found = tf.io.parse_single_example(record, features)
        pixels = tf.reshape(tf.io.decode_raw(found["image"], tf.uint8), found["shape"])
        return tf.ensure_shape(pixels, facts["shape"])

    records = tf.data.TFRecordDataset(shards)
    if mixed and split_facts["bytes"] > CACHED:
        files = tf.data.Dataset.from_tensor_slices(shards).shuffle(len(shards), seed=0)
        records = files.interleave(
            tf.data.TFRecordDataset, SHARDS, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )
    dataset = records.map(parse, tf.data.AUTOTUNE)
    return dataset.apply(tf.data.experimental.assert_cardinality(split_facts["count"]))


def sample(directory: Path, split: str) -> Group:
    """Reads the images of a split, uint8: an array [N, H, W, C], or a list if their sizes differ.

    If they exceed SAMPLE bytes, only every second, third, ... is taken.
    """
    every = max(1, math.ceil(size(directory, split) / SAMPLE))
    return group(list(images(directory, split).shard(every, 0).as_numpy_iterator()))


def size(directory: Path, split: str) -> int:
    """Returns the bytes of the images of a split."""
    return read_facts(directory)["splits"][split]["bytes"]


def check_shape(dataset: tf.data.Dataset, image_shape: tuple[int, ...]) -> None:
    """Raises InputError unless the images have a model's shape, in which None is any size."""
    received = tuple(dataset.element_spec.shape)
    if received[0] is None and image_shape[0] is not None:
        raise InputError(
            f"The prepared images have different sizes, but the model.json takes {image_shape}. "
            "Set train.architecture to one for images of any size, such as models/photo.json, or "
            "set preprocess.fit and preprocess.size."
        )
    if any(wanted not in (None, size) for wanted, size in zip(image_shape, received, strict=True)):
        raise InputError(
            f"The prepared images have shape {received}, but the model.json takes {image_shape}. "
            "Change model.layers.inputs, or prepare other images."
        )


def training_batches(
    dataset: tf.data.Dataset,
    batch_size: int,
    shift: int,
    seed: int,
    crop: int | None = None,
    flip: bool = False,
    share: Share = WHOLE,
    size: int | None = None,
):
    """Makes batches (x, x) of float images 0..1 [N, H, W, C], input and target, for `fit`.

    Each epoch has a new order, and moves each image by up to `shift` pixels along both axes,
    filling in reflected pixels. Order and moves depend only on the seed. Up to CACHED bytes are
    read once and kept in memory; a larger data set is shuffled through a buffer of that size.

    Args:
        dataset: uint8 images [H, W, C] of known cardinality.
        crop: side in pixels of a square cut out of each image, at random.
        flip: mirrors half of the images, left to right.
        share: the process's share of each batch.
        size: bytes of all images; needed if their sizes differ.

    Images of different sizes need a crop; those smaller than it are continued by their reflection.

    Raises InputError if `shift` is not smaller than the images, if `crop` is larger, or if there
    are more devices than images in a batch.
    """
    _check_moves(dataset.element_spec.shape, shift, crop)
    count, size = int(dataset.cardinality()), size or _bytes(dataset)
    if size <= CACHED:
        dataset = dataset.cache()
    dataset = dataset.shuffle(max(1, min(count, CACHED * count // size)), seed=seed)
    if dataset.element_spec.shape[0] is None:
        seeds = tf.data.Dataset.random(seed + 1, rerandomize_each_iteration=True).batch(2)
        cut = functools.partial(window, side=crop)
        dataset, crop = tf.data.Dataset.zip(dataset, seeds).map(cut, tf.data.AUTOTUNE), None
    dataset = dataset.batch(batch_size)
    seeds = tf.data.Dataset.random(seed, rerandomize_each_iteration=True).batch(2)

    def moved(batch, seed):
        if shift:
            batch = _shifted(batch, shift, seed)
        if crop:
            batch = _cropped(batch, crop, seed)
        return _flipped(batch, seed) if flip else batch

    batches = tf.data.Dataset.zip(dataset, seeds).map(moved, tf.data.AUTOTUNE)
    return _paired(batches.take(_steps(count, batch_size, share)), share)


def validation_batches(
    dataset: tf.data.Dataset, batch_size: int, crop: int | None = None, share: Share = WHOLE
):
    """Makes batches like `training_batches`, but in order and without changing the images.

    Of images of different sizes, the centre is taken, a square with the side `crop`.
    """
    count = int(dataset.cardinality())
    if dataset.element_spec.shape[0] is None:
        dataset = dataset.map(lambda image: window(image, None, crop), tf.data.AUTOTUNE)
    batches = dataset.batch(batch_size).take(_steps(count, batch_size, share))
    if _bytes(dataset) <= CACHED:
        batches = batches.cache()
    return _paired(batches, share)


def _bytes(dataset):
    return int(dataset.cardinality()) * math.prod(dataset.element_spec.shape)


def _check_moves(shape, shift, crop):
    if shape[0] is None:
        if crop is None:
            raise InputError("train.crop, because the images have different sizes", crop, "Set it.")
        shape = (crop, crop)
    elif crop is not None and crop > min(shape[:2]):
        raise InputError(f"a crop that fits into the images, {shape}", crop, "Reduce it.")
    if shift >= min(shape[:2]):
        raise InputError(f"a shift smaller than the images, {shape}", shift, "Reduce it.")


def _steps(count, batch_size, share):
    """Counts the batches per epoch that have at least one image for each device."""
    steps = count // batch_size + (count % batch_size >= share.devices)
    if steps:
        return steps
    raise InputError(
        f"A batch has only {min(count, batch_size)} images for {share.devices} devices. Increase "
        "train.batch_size, reduce train.devices, or add images."
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
    """Cuts a window of `size` (height, width) out of each image, at a random position."""
    count = tf.shape(batch)[0]
    for axis, (whole, kept) in enumerate(zip(batch.shape[1:3], size, strict=True)):
        offsets = tf.random.stateless_uniform([2, count, 1], seed, 0, whole - kept + 1, tf.int32)
        batch = tf.gather(batch, offsets[axis] + tf.range(kept), axis=axis + 1, batch_dims=1)
    return batch


def window(image, seed, side):
    """Cuts a square with this side out of [H, W, C], at random or, without a seed, the centre.

    A smaller image is continued by its reflection.
    """
    size = tf.shape(image)[:2]
    random = tf.fill([2], 0.5) if seed is None else tf.random.stateless_uniform([2], seed)
    spare = tf.cast(tf.maximum(size - side, 0), tf.float32)
    offsets = tf.cast(random * (spare + 1), tf.int32)
    for axis in range(2):
        index = (offsets[axis] + tf.range(side)) % (2 * size[axis])
        image = tf.gather(image, tf.minimum(index, 2 * size[axis] - 1 - index), axis=axis)
    return tf.ensure_shape(image, [side, side, None])


def _flipped(batch, seed):
    mirrored = tf.random.stateless_uniform([tf.shape(batch)[0], 1, 1, 1], seed + 2) < 0.5
    return tf.where(mirrored, batch[:, :, ::-1], batch)
