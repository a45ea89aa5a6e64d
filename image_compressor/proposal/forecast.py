"""A recipe -> its epochs in a given time, and the bytes to expect, measured on a sample."""

import contextlib
import io
import math
import time
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from image_compressor.codec.exported import NETWORKS
from image_compressor.data import datasets
from image_compressor.evaluation import curves, rivals
from image_compressor.images.groups import Group, chosen, group
from image_compressor.model.compressor import ImageCompressor
from image_compressor.proposal.recipe import TRAINED, Recipe
from image_compressor.training.training import train

STEPS, FIRST = 16, 6  # steps that are run to measure one, and those that are not counted
QUARTER = 25  # per cent of the steps are faster than the one that counts
SSIM = 0.9  # at which bytes are compared
RIVALS = ("webp", "avif")
MEASURED, POINTS = 40, 6  # images that the rivals compress, and their settings
WEIGHT = 2  # bytes of a weight in float16


@dataclass(frozen=True)
class Length:
    """The length of a training: epochs, and the seconds and steps of each."""

    epochs: int
    seconds: float
    steps: int

    @property
    def total(self) -> float:
        """The seconds of all epochs."""
        return self.epochs * self.seconds

    def seconds_of(self, steps: int) -> float:
        """The seconds that a training of another number of steps takes."""
        return self.seconds * steps / self.steps


@dataclass(frozen=True)
class Bytes:
    """Bytes of an image, by rival and to expect of the codec, and of the codec itself.

    Attributes:
        rivals: mean bytes of an image at SSIM, by rival.
        least, most: the mean bytes of an image to expect of the codec.
        codec: bytes of the codec itself.
    """

    rivals: dict[str, float]
    least: float
    most: float
    codec: int

    @property
    def paid_after(self) -> int | None:
        """Number of images after which the codec's own bytes are saved; None if never."""
        saved = min(self.rivals.values()) - (self.least + self.most) / 2
        return math.ceil(self.codec / saved) if saved > 0 else None


def compressor_of(recipe: Recipe) -> ImageCompressor:
    """Builds the untrained model."""
    settings = {name: choice.value for name, choice in recipe.params["train"].items()}
    names = ("latent_dims", "alpha", "rate_weights", "levels")
    losses = {name: settings[name] for name in ("similarity", "difference", "terms")}
    config = recipe.config["model"]
    return ImageCompressor(config, *(settings[name] for name in names), **losses)


def length(
    recipe: Recipe, compressor: ImageCompressor, sample: list[np.ndarray], images: int, seconds: int
) -> Length:
    """Returns the training that fits into a time, of at least one epoch.

    Args:
        sample: some of the images, on which a few steps are run.
        images: number of all images.
        seconds: time for the training.
    """
    settings = {name: choice.value for name, choice in recipe.params["train"].items()}
    batch, clock = settings["batch_size"], _Clock()
    some = [sample[number % len(sample)] for number in range(STEPS * batch)]
    batches = datasets.training_batches(
        _dataset(some),
        batch,
        settings["shift"],
        0,
        settings["crop"],
        settings["flip"],
        size=sum(image.size for image in some),
    )
    validation = datasets.validation_batches(_dataset(some[:batch]), batch, settings["crop"])
    with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
        train(compressor, batches, validation, 1, 1e-6, callbacks=[clock])
    # Not the median: a program that ran beside this for some seconds will not do so for minutes.
    step = float(np.percentile(np.diff(clock.ends[FIRST:]), QUARTER))
    kept = (1 - TRAINED) / 2 * images / batch
    steps = math.ceil(TRAINED * images / batch)
    one = step * (steps + kept / 3)
    return Length(max(1, int(seconds / one)), one, steps)


def expected(recipe: Recipe, compressor: ImageCompressor, sample: list[np.ndarray]) -> Bytes:
    """Measures the rivals on the sample; codecs of this kind took a known share of their bytes."""
    numbers = np.linspace(0, len(sample) - 1, min(MEASURED, len(sample))).astype(int)
    images = chosen(group(sample), numbers)
    needs = {name: _needed(name, images) for name in RIVALS}
    best = min(needs.values())
    networks = compressor.networks
    parts = [getattr(networks, name) for name in NETWORKS if hasattr(networks, name)]
    weights = sum(part.count_params() for part in parts)
    return Bytes(needs, recipe.share[0] * best, recipe.share[1] * best, WEIGHT * weights)


def _needed(name, images: Group):
    points = rivals.measure(name, images, POINTS)
    found = curves.at_ssim(points, SSIM)
    return found or min(point.bytes_per_image for point in points)


def _dataset(images):
    channels = images[0].shape[2]
    one_size = len({image.shape for image in images}) == 1
    shape = images[0].shape if one_size else (None, None, channels)
    signature = tf.TensorSpec(shape, tf.uint8)
    dataset = tf.data.Dataset.from_generator(lambda: iter(images), output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(len(images)))


class _Clock(keras.callbacks.Callback):
    """Callback that notes when each step ended."""

    def __init__(self):
        super().__init__()
        self.ends = []

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append(time.monotonic())
