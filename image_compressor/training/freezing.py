"""A trained ImageCompressor -> the integer tables of the codec."""

import math
from collections.abc import Iterator

import numpy as np
from keras import ops

from image_compressor.codec.table_file import Qualities
from image_compressor.codec.tables import QUALITIES
from image_compressor.errors import InputError
from image_compressor.model.hyperprior import MeanScaleHyperprior
from image_compressor.training import hyper_tables, mixture, tabulating

LARGEST_SAMPLE = 60_000  # images that classes are fitted to
PIXELS = 2**24  # of the images that a hyper-decoder in whole numbers is fitted to


def freeze(compressor, images: np.ndarray | None = None, classes: int = 1) -> Qualities:
    """Returns the tables of each quality, from 1 (the coarsest bins) to 100 (the finest).

    With one class they are those of the compressor's density, which takes channels as
    independent. They are not: images of one kind, say a digit, have latents of their own. With
    more classes the codec writes for each latent vector its class, and its symbols with the
    class's tables (`mixture`); on digits 64 classes save a tenth of the bytes.

    A hyperprior tells more of a latent than its class. Its tables are those of all scales, and
    freezing fills the hyper-decoder in whole numbers (`integer`) that they are chosen with.

    Args:
        compressor: a trained ImageCompressor.
        images: uint8 [N, H, W, C] it was trained on; classes and hyper-decoder are fitted to them.
        classes: >= 1; with a hyperprior 1.

    Raises InputError for a density that is not finite or too wide to tabulate.
    """
    check_classes(compressor, classes, LARGEST_SAMPLE if images is None else len(images))
    positions = np.linspace(1.0, 0.0, len(QUALITIES), dtype="float32")
    widths = ops.convert_to_numpy(compressor.generator.rates.widths(positions))
    if isinstance(compressor.density, MeanScaleHyperprior):
        most = max(1, PIXELS // images[0, ..., 0].size) if images is not None else 0
        latents = _latents(compressor, _sample(images, most), 1)
        return hyper_tables.tables(compressor.density, latents, widths)
    if classes == 1:
        return tabulating.tables(compressor.density, widths)
    parts = list(_latents(compressor, _sample(images, LARGEST_SAMPLE), 256))
    return mixture.tables(np.concatenate(parts).reshape(-1, widths.shape[1]), classes, widths)


def check_classes(compressor, classes: int, images: int) -> None:
    """Raises InputError for more classes than can be fitted to so many images: before training."""
    if isinstance(compressor.density, MeanScaleHyperprior):
        if classes != 1:
            raise InputError("one class with a hyperprior", classes, "Set train.classes to 1.")
        return
    vectors = images * math.prod(size or 1 for size in compressor.generator.latent_shape[:-1])
    if vectors < classes:
        raise InputError(
            f"at least {classes} images to train on, for train.classes {classes}",
            images,
            "Lower train.classes, or give more images.",
        )


def _sample(images, most):
    """As many of the images, taken evenly."""
    if images is None:
        raise InputError("images to fit tables to", None, "Give those of the training.")
    if len(images) <= most:
        return images
    return images[np.linspace(0, len(images) - 1, most, dtype=int)]


def _latents(compressor, images, batch) -> Iterator[np.ndarray]:
    for start in range(0, len(images), batch):
        x = images[start : start + batch] / np.float32(255)
        yield ops.convert_to_numpy(compressor.generator.encode(x))
