"""SSIM in NumPy, for machines without Keras; `model.metrics.ssim` is its twin for training."""

from functools import lru_cache

import numpy as np

from image_compressor.errors import InputError
from image_compressor.parallel import one_blas_thread

WINDOW, SIGMA, K1, K2 = 11, 1.5, 0.01, 0.03
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of MS-SSIM's scales, finest first
SMALLEST = WINDOW * 2 ** (len(WEIGHTS) - 1)  # least pixels per side for MS-SSIM
TILE = 54  # windows along an axis that are computed at once; bounds memory and work


def ssim(x: np.ndarray, y: np.ndarray, data_range: float = 255.0) -> np.ndarray:
    """Structural similarity of each image: 1 for equal images, lower is worse.

    Wang et al. 2004, "Image quality assessment", with a gaussian window of 11x11, sigma 1.5:

        (2 mx my + c1)(2 sxy + c2) / ((mx^2 + my^2 + c1)(sx^2 + sy^2 + c2)),  c = (k L)^2,

    averaged over the positions where the whole window fits, and over the channels.

    Args:
        x, y: images [N, H, W, C], uint8 or float; H and W at least 11.
        data_range: L, the difference between the largest and the smallest possible value.

    Returns: float [N].
    """
    total = np.zeros(len(x))
    for luminance, structure in _maps(x, y, data_range):
        total += (luminance * structure).sum(axis=(1, 2, 3), dtype=np.float64)
    return total / (_windows(x.shape) * x.shape[3])


def ms_ssim(x: np.ndarray, y: np.ndarray, data_range: float = 255.0) -> np.ndarray:
    """Multi-scale structural similarity of each image; `model.losses.ms_ssim` has the formula.

    Args:
        x, y: images [N, H, W, C], uint8 or float; H and W at least SMALLEST.
        data_range: as for `ssim`.

    Returns: float [N].
    """
    product = np.ones((len(x), x.shape[3]))
    for scale, weight in enumerate(WEIGHTS):
        if scale:
            x, y = halved(x), halved(y)
        last, total = scale == len(WEIGHTS) - 1, np.zeros_like(product)
        for luminance, structure in _maps(x, y, data_range):
            values = luminance * structure if last else structure
            total += values.sum(axis=(2, 3), dtype=np.float64)
        product *= np.maximum(total / _windows(x.shape), 1e-6) ** weight
    return product.mean(axis=1)


def halved(images: np.ndarray) -> np.ndarray:
    """The means of 2x2 pixels of images [N, H, W, C]: float32 [N, H // 2, W // 2, C]."""
    count, height, width, channels = images.shape
    even = images[:, : height // 2 * 2, : width // 2 * 2].astype(np.float32)
    return even.reshape(count, height // 2, 2, width // 2, 2, channels).mean(axis=(2, 4))


def _windows(shape):
    return (shape[1] - WINDOW + 1) * (shape[2] - WINDOW + 1)


def _maps(x, y, data_range):
    """Yields (luminance, contrast times structure) of parts of images: [N, C, rows, columns]."""
    check_size(x.shape)
    with one_blas_thread():
        for rows in _tiles(x.shape[1]):
            for columns in _tiles(x.shape[2]):
                yield _of_tile(x[:, rows, columns], y[:, rows, columns], data_range)


def _tiles(size):
    """The samples of each TILE windows along an axis."""
    return [
        slice(start, min(start + TILE + WINDOW - 1, size))
        for start in range(0, size - WINDOW + 1, TILE)
    ]


def _of_tile(x, y, data_range):
    maps = [np.moveaxis(np.asarray(image, np.float32), 3, 1) for image in (x, y)]
    # Subtracting the mean leaves variances unchanged, and exact in float32 on bright, flat images.
    level = maps[0].mean(axis=(1, 2, 3), keepdims=True)
    x, y = (image - level for image in maps)
    rows, columns = blur(x.shape[2]), blur(x.shape[3]).T
    mean_x, mean_y, squares, product = (
        rows @ image @ columns for image in (x, y, x * x + y * y, x * y)
    )
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    variances = squares - mean_x * mean_x - mean_y * mean_y
    covariance = product - mean_x * mean_y
    mean_x, mean_y = mean_x + level, mean_y + level
    luminance = (2 * mean_x * mean_y + c1) / (mean_x * mean_x + mean_y * mean_y + c1)
    return luminance, (2 * covariance + c2) / (variances + c2)


@lru_cache(maxsize=32)
def blur(size: int) -> np.ndarray:
    """The matrix [size - 10, size] of a gaussian blur of `size` samples, where the window fits."""
    offsets = np.arange(WINDOW) - WINDOW // 2
    window = np.exp(-(offsets**2) / (2 * SIGMA**2))
    rows = np.zeros((size - WINDOW + 1, size), "float32")
    for row in range(len(rows)):
        rows[row, row : row + WINDOW] = window / window.sum()
    return rows


def enlarged(images: np.ndarray) -> np.ndarray:
    """Images [N, H, W, C] with their last row and column repeated up to the size of the window."""
    margins = [(0, max(0, WINDOW - size)) for size in images.shape[1:3]]
    return np.pad(images, [(0, 0), *margins, (0, 0)], "edge")


def check_size(shape, least: int = WINDOW, why: str = "for the window of SSIM") -> None:
    """Raises InputError if images [N, H, W, C] have fewer than `least` pixels along a side."""
    height, width = shape[1:3]
    if min(height, width) < least:
        raise InputError(
            f"images of at least {least}x{least} pixels {why}",
            f"{height}x{width}",
            "Use larger images.",
        )
