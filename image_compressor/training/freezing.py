"""Freezing: a trained ImageCompressor -> the integer tables of the codec."""

import math
from collections.abc import Iterator

import numpy as np
from keras import ops

from image_compressor.codec.frozen.table_file import Qualities
from image_compressor.codec.frozen.tables import QUALITIES
from image_compressor.errors import InputError
from image_compressor.images.groups import Group, chosen, pixels, stacks
from image_compressor.model.hyperprior import MeanScaleHyperprior
from image_compressor.training import hyper_fitting, hyper_tables, mixture, tabulating

LARGEST_SAMPLE = 60_000  # images to fit classes to
FITTED_PIXELS = 2**26  # of images that a hyperprior learns from at the end
PIXELS = 2**24  # of images that determine the ranges in the integer hyper-decoder


def freeze(
    compressor, images: Group | None = None, classes: int = 1, hyper_steps: int = 0
) -> Qualities:
    """Returns the tables of each quality, from 1 (the coarsest bins) to 100 (the finest).

    With one class, they are the tables of the compressor's density, which assumes independent
    channels. In fact, images of one kind, such as a digit, have similar latents. With more classes,
    the codec writes the class of each latent vector, and its symbols with the class's tables
    (`mixture`); on digits, 64 classes save a tenth of the bytes.

    A hyperprior predicts a latent better than a class does. Its tables are those of all scales, and
    freezing also fills the integer hyper-decoder (`integer`) that chooses between them; before
    that, it may learn from whole images for some steps (`hyper_fitting`).

    Args:
        compressor: a trained ImageCompressor.
        images: uint8 images of the training; classes and hyper-decoder are fitted to them.
        classes: >= 1; must be 1 with a hyperprior.
        hyper_steps: steps in which a hyperprior learns from whole images; 0 leaves it as it is.

    Raises InputError for a density that is not finite or too wide to tabulate.
    """
    check_classes(compressor, classes, LARGEST_SAMPLE if images is None else len(images))
    positions = np.linspace(1.0, 0.0, len(QUALITIES), dtype="float32")
    widths = ops.convert_to_numpy(compressor.generator.rates.widths(positions))
    if isinstance(compressor.density, MeanScaleHyperprior):
        if hyper_steps:
            seen = _latents(compressor, _of_pixels(images, FITTED_PIXELS), 1)
            hyper_fitting.fit(compressor, seen, hyper_steps)
        latents = _latents(compressor, _of_pixels(images, PIXELS), 1)
        return hyper_tables.tables(compressor.density, latents, widths)
    if classes == 1:
        return tabulating.tables(compressor.density, widths)
    parts = _latents(compressor, _sample(images, LARGEST_SAMPLE), 256)
    vectors = [latents.reshape(-1, widths.shape[1]) for latents in parts]
    return mixture.tables(np.concatenate(vectors), classes, widths)


def check_classes(compressor, classes: int, images: int) -> None:
    """Raises InputError, before training, if there are too few images to fit the classes to."""
    if isinstance(compressor.density, MeanScaleHyperprior):
        if classes != 1:
            raise InputError(
                f"train.classes is {classes}, but must be 1 with a hyperprior. Set it to 1."
            )
        return
    vectors = images * math.prod(size or 1 for size in compressor.generator.latent_shape[:-1])
    if vectors < classes:
        raise InputError(
            f"train.classes is {classes}, but there are only {images} training images. Reduce "
            "train.classes, or add images."
        )


def _of_pixels(images, most):
    """Takes images with at most so many pixels in all, evenly spread; one at least."""
    return _sample(images, 0 if images is None else max(1, most * len(images) // pixels(images)))


def _sample(images, most):
    """Takes at most `most` of the images, evenly spread."""
    if images is None:
        raise InputError("images to fit tables to", None, "Pass the images of the training.")
    if len(images) <= most:
        return images
    return chosen(images, np.linspace(0, len(images) - 1, most, dtype=int))


def _latents(compressor, images, batch) -> Iterator[np.ndarray]:
    for stack in stacks(images, batch):
        x = stack / np.float32(255)
        yield ops.convert_to_numpy(compressor.generator.encode(x))
