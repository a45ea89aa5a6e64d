"""Distances of decoded images from their originals."""

import numpy as np

from image_compressor.images.similarity import ssim

BATCH = 256  # images


def distortion(images: np.ndarray, decoded: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Returns (SSIM of each image, L1 in 0..1, PSNR in dB) for uint8 [N, H, W, C].

    The PSNR is that of the mean square error of all images, at most 100.
    """
    difference = images.astype(np.float64) - decoded
    l1 = float(np.abs(difference).mean() / 255)
    psnr = float(10 * np.log10(1 / max(np.square(difference / 255).mean(), 1e-10)))
    return in_batches(ssim, images, decoded), l1, psnr


def in_batches(measure, *arrays: np.ndarray) -> np.ndarray:
    """Applies `measure`, which returns a value per image, to batches of the arrays: float64 [N]."""
    parts = []
    for start in range(0, len(arrays[0]), BATCH):
        parts.append(measure(*(array[start : start + BATCH] for array in arrays)))
    return np.concatenate([np.asarray(part, np.float64) for part in parts])
