"""Distances of decoded images from their originals."""

import numpy as np

from image_compressor.images.groups import Group, stacks
from image_compressor.images.similarity import ssim
from image_compressor.parallel import parallel_map

BATCH = 256  # images


def distortion(images: Group, decoded: Group) -> tuple[np.ndarray, float, float]:
    """Returns (SSIM of each image, L1 in 0..1, PSNR in dB) for uint8 images [H, W, C].

    L1 is the mean of the images' own; the PSNR, at most 100, is that of the mean of their mean
    square errors.
    """
    similarities, l1, mse = of_each(images, decoded)
    return similarities, float(l1.mean()), float(10 * np.log10(1 / max(mse.mean(), 1e-10)))


def of_each(images: Group, decoded: Group) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns SSIM, mean absolute and mean square error in 0..1 of each image: float [N]."""
    measures = (ssim, _absolute, _squared)
    similarities, l1, mse = (in_batches(measure, images, decoded) for measure in measures)
    return similarities, l1, mse


def _absolute(x, y):
    return np.abs(x.astype(np.float64) - y).mean(axis=(1, 2, 3)) / 255


def _squared(x, y):
    return np.square((x.astype(np.float64) - y) / 255).mean(axis=(1, 2, 3))


def in_batches(measure, *groups: Group) -> np.ndarray:
    """Applies `measure`, which returns a value per image, to stacks of the groups: float64 [N]."""
    parts = zip(*(stacks(images, BATCH) for images in groups), strict=True)
    return np.concatenate([*parallel_map(lambda stack: measure(*stack), parts)], dtype=np.float64)
