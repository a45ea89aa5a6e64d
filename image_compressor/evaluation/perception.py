"""Perceptual distance between two sets of images."""

import numpy as np
from scipy import ndimage, signal

SEED, FILTERS, SIDE = 0, 48, 7


def frechet(x: np.ndarray, y: np.ndarray) -> float:
    """Random-feature Frechet distance of two sets; 0 for equal sets.

    `|m - n|^2 + trace(S + T - 2 (S T)^(1/2))` of means m, n and covariances S, T of features, as
    for the FID (Heusel et al. 2017). The features here are not a trained network's, but the mean
    and the deviation over an image of the responses to each of FILTERS fixed random filters, at
    full and half resolution. It therefore needs no downloaded weights, but its values can only be
    compared with each other.

    Args:
        x, y: uint8 [N, H, W, C], preferably of more than 200 images.
    """
    ours, theirs = _features(x), _features(y)
    means = np.square(ours.mean(axis=0) - theirs.mean(axis=0)).sum()
    first, second = (np.cov(features, rowvar=False) for features in (ours, theirs))
    # trace((S T)^(1/2)) from eigenvalues, which are real and at least 0.
    roots = np.sqrt(np.maximum(np.linalg.eigvals(first @ second).real, 0))
    return float(max(0.0, means + np.trace(first) + np.trace(second) - 2 * roots.sum()))


def _features(images):
    filters = np.random.default_rng(SEED).normal(size=(FILTERS, SIDE, SIDE, images.shape[3]))
    filters -= filters.mean(axis=(1, 2, 3), keepdims=True)  # brightness is not texture
    filters /= np.sqrt(np.square(filters).sum(axis=(1, 2, 3), keepdims=True))
    halves = ndimage.uniform_filter(images.astype(np.float32), (0, 2, 2, 0))[:, ::2, ::2]
    parts = []
    for scale in (images.astype(np.float32), halves):
        for kernel in filters.astype(np.float32):
            answers = np.abs(signal.fftconvolve(scale / 255, kernel[None], "valid", axes=(1, 2, 3)))
            parts += [answers.mean(axis=(1, 2, 3)), answers.std(axis=(1, 2, 3))]
    return np.stack(parts, axis=1).astype(np.float64)
