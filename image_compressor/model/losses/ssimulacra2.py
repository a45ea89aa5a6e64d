"""SSIMULACRA2, with gradients: the public measure that agrees best with what people see."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from keras import ops

from image_compressor.images.similarity import check_size

SMALLEST = 128  # pixels per side, so that the coarsest scale has 8
SIGMA, REACH = 1.5, 5  # of the gaussian window, in pixels
C2 = 0.0009
LEAST = 1e-13  # keeps roots of 0 from having an infinite gradient
# Linear RGB -> responses of the eye's cones, without the light that they see in the dark.
CONES = np.array([[0.3, 0.622, 0.078], [0.23, 0.692, 0.078], [0.2434227, 0.2047674, 0.5518099]])
DARK = 0.0037930733
# Cube roots of the responses -> X, Y and B - Y of the colour space XYB, all about positive.
XYB = np.array([[7, -7, 0], [0.5, 0.5, 0], [-0.5, -0.5, 1]])
SHIFT = np.array([0.42, 0.01, 0.55]) - XYB.sum(axis=1) * np.cbrt(DARK)
# For each scale, the finest first, and each channel: weights of the means, then of the 4-norms, of
# the maps of structure, artefacts and lost detail. Those below 0.01 are left out.
ZERO = (0, 0, 0)
WEIGHTS: tuple[Sequence[Sequence[Sequence[float]]], ...] = (
    ((ZERO, ZERO), (ZERO, (7.467, 0, 17.446)), (ZERO, ZERO)),
    ((ZERO, (1.104, 0, 0)), (ZERO, (6.684, 0, 1.028)), (ZERO, ZERO)),
    ((ZERO, (1.842, 11.441, 0)), ((225.205, 0, 0), (19.213, 0, 0)), (ZERO, ZERO)),
    (
        (ZERO, (1.879, 10.949, 0)),
        ((176.393, 0, 0), (24.433, 0.285, 0)),
        (ZERO, (8.827, 23.192, 0)),
    ),
    (
        ((0, 0.968, 0), (0, 0.998, 0)),
        (ZERO, (34.779, 44.836, 0)),
        ((95.108, 0.986, 0.983), (0, 171.267, 0.981)),
    ),
)


def measure(x, y):
    """`(100 - SSIMULACRA2) / 100` (J. Sneyers, 2022) of each image: 0 for equal images.

    For five scales, each half as fine as the one before, and for each channel of XYB, it compares
    the images x and y, whose means around a pixel are mx and my:

        structure    1 - (1 - (mx - my)^2) (2 sxy + C2) / (sx^2 + sy^2 + C2), at least 0
        artefacts    max(0, r - 1), r = (1 + |y - my|) / (1 + |x - mx|)
        lost detail  max(0, 1 - r)

    Differs from `images.perceived.ssimulacra2` by the sixth scale, small weights, and edges.

    Args:
        x, y: float images [N, H, W, 1 or 3] in 0..1; H and W at least SMALLEST.

    Returns: float [N]. Raises InputError for smaller images.
    """
    x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    check_size(x.shape, SMALLEST, "for SSIMULACRA2")
    light, total = [_linear(image) for image in (x, y)], 0.0
    for scale, given in enumerate(WEIGHTS):
        if scale:
            light = [ops.average_pool(image, 2, 2) for image in light]
        weights = np.array(given, "float32")
        used = np.flatnonzero(weights.any(axis=(1, 2)))
        maps = _maps(*(_channels(image, used) for image in light))
        means = ops.mean(maps, axis=(3, 4))
        norms = ops.power(ops.mean(ops.square(ops.square(maps)), axis=(3, 4)) + LEAST, 0.25)
        for number, values in enumerate((means, norms)):
            total += ops.sum(values * weights[used, number].T[..., None], axis=(0, 1))
    return 0.1 * ops.power(_judged(total), 0.6276336467831387)


def _judged(total):
    """The polynomial of libjxl that fits the sum to what people said of images."""
    total = 0.9562382616834844 * total
    return total * (2.326765642916932 + total * (6.248496625763138e-05 * total - 0.0208845212))


def _linear(images):
    """sRGB or grey -> linear RGB [N, H, W, 3]; values beyond 0..1 too, as decoders make them."""
    if images.shape[3] == 1:
        images = ops.repeat(images, 3, axis=3)
    curve = ops.power((ops.maximum(images, 0.04045) + 0.055) / 1.055, 2.4)
    return ops.where(images > 0.04045, curve, images / 12.92)


def _channels(light, used):
    """Linear RGB [N, H, W, 3] -> the used channels of XYB, [used, N, H, W]."""
    cones = ops.maximum(ops.matmul(light, CONES.T.astype("float32")) + DARK, LEAST)
    colours = ops.matmul(ops.power(cones, 1 / 3), XYB[used].T.astype("float32"))
    return ops.transpose(colours + SHIFT[used].astype("float32"), (3, 0, 1, 2))


def _maps(x, y):
    """Maps of structure, artefacts and lost detail between channels: [3, channels, N, H, W]."""
    rows, columns = blur(x.shape[2]), blur(x.shape[3]).T
    blurred = ops.matmul(ops.matmul(rows, ops.stack([x, y, x * x + y * y, x * y])), columns)
    mean_x, mean_y, squares, product = blurred[0], blurred[1], blurred[2], blurred[3]
    covariance = 2 * (product - mean_x * mean_y) + C2
    variances = squares - mean_x * mean_x - mean_y * mean_y + C2
    structure = 1 - (1 - ops.square(mean_x - mean_y)) * covariance / variances
    ratio = (1 + ops.abs(y - mean_y)) / (1 + ops.abs(x - mean_x))
    return ops.stack([ops.relu(structure), ops.relu(ratio - 1), ops.relu(1 - ratio)])


@lru_cache(maxsize=16)
def blur(size: int) -> np.ndarray:
    """The matrix [size, size] of a gaussian blur of `size` samples, which are reflected at ends."""
    offsets = np.arange(-REACH, REACH + 1)
    window = np.exp(-(offsets**2) / (2 * SIGMA**2))
    matrix = np.zeros((size, size), "float32")
    for row in range(size):
        mirrored = (row + offsets) % (2 * size)
        np.add.at(matrix[row], np.minimum(mirrored, 2 * size - 1 - mirrored), window / window.sum())
    return matrix
