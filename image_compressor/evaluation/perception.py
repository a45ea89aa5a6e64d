"""How much the images of a set look like those of another, as a set."""

import numpy as np
from scipy import ndimage, signal

SEED, FILTERS, SIDE = 0, 48, 7


def frechet(x: np.ndarray, y: np.ndarray) -> float:
    """The random-feature Frechet distance of two sets; 0 for equal ones.

    `|m - n|^2 + trace(S + T - 2 (S T)^(1/2))` of means m, n and covariances S, T of features, as
    Heusel et al. 2017 have it for the FID. Features here are not a trained network's: for each of
    FILTERS fixed random filters, at the full and at half the resolution, the mean and the deviation
    of what it answers over an image. So it needs no weights from elsewhere, and its values say
    something beside each other only.

    Args:
        x, y: uint8 [N, H, W, C], of more than 200 images better than of few.
    """
    one, other = _features(x), _features(y)
    means = np.square(one.mean(axis=0) - other.mean(axis=0)).sum()
    first, second = (np.cov(features, rowvar=False) for features in (one, other))
    # trace((S T)^(1/2)) from eigenvalues, which are real and not negative.
    roots = np.sqrt(np.maximum(np.linalg.eigvals(first @ second).real, 0))
    return float(max(0.0, means + np.trace(first) + np.trace(second) - 2 * roots.sum()))


def _features(images):
    filters = np.random.default_rng(SEED).normal(size=(FILTERS, SIDE, SIDE, images.shape[3]))
    filters -= filters.mean(axis=(1, 2, 3), keepdims=True)  # brightness is not texture
    filters /= np.sqrt(np.square(filters).sum(axis=(1, 2, 3), keepdims=True))
    halves = ndimage.uniform_filter(images.astype(np.float32), (0, 2, 2, 0))[:, ::2, ::2]
    parts = []
    for scale in (images.astype(np.float32), halves):
        for one in filters.astype(np.float32):
            answers = np.abs(signal.fftconvolve(scale / 255, one[None], "valid", axes=(1, 2, 3)))
            parts += [answers.mean(axis=(1, 2, 3)), answers.std(axis=(1, 2, 3))]
    return np.stack(parts, axis=1).astype(np.float64)
