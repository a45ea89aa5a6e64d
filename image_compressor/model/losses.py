"""Losses: how far a reconstruction is from its original, per image."""

from keras import ops

from image_compressor.errors import InputError
from image_compressor.images.similarity import K1, K2, blur, check_size

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # weights of MS-SSIM's, the finest first
SMALLEST = 11 * 2 ** (len(WEIGHTS) - 1)  # pixels a side, of its images


def ssim(x, y, data_range=1.0):
    """Structural similarity of each image: 1 for equal images, lower is worse.

    As `images.similarity.ssim`, which has the formula, with gradients.

    Args:
        x, y: float images [N, H, W, C]; H and W at least 11.
        data_range: L, the difference between the largest and the smallest possible value.

    Returns: float [N].
    """
    luminance, structure = _maps(x, y, data_range)
    return ops.mean(luminance * structure, axis=(1, 2, 3))


def ms_ssim(x, y, data_range=1.0):
    """Multi-scale structural similarity of each image (Wang et al. 2003): 1 for equal images.

    The product over five scales, each half as fine as the one before, of the mean of contrast and
    structure, at the coarsest of all three, each to the power of its weight in WEIGHTS; of each
    channel, then their mean.

    Args:
        x, y: float images [N, H, W, C]; H and W at least SMALLEST.
        data_range: as for `ssim`.

    Returns: float [N]. Raises InputError for smaller images.
    """
    x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    if min(x.shape[1:3]) < SMALLEST:
        raise InputError(
            f"images of at least {SMALLEST}x{SMALLEST} pixels for MS-SSIM",
            "x".join(map(str, x.shape[1:3])),
            "Set train.similarity to ssim, or train on larger ones.",
        )
    product = 1.0
    for place, weight in enumerate(WEIGHTS):
        if place:
            x, y = (ops.average_pool(image, 2, 2) for image in (x, y))
        luminance, structure = _maps(x, y, data_range)
        last = place == len(WEIGHTS) - 1
        mean = ops.mean(luminance * structure if last else structure, axis=(2, 3))
        # Not below 0, where a power has no value; a little above, where it has a gradient.
        product *= ops.power(ops.maximum(mean, 1e-6), weight)
    return ops.mean(product, axis=1)


def _maps(x, y, data_range):
    """(luminance, contrast and structure) about each pixel, [N, C, H - 10, W - 10]."""
    x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    check_size(x.shape)
    height, width = x.shape[1:3]
    x, y = ops.transpose(x, (0, 3, 1, 2)), ops.transpose(y, (0, 3, 1, 2))
    # Variances do not change with it, and float32 keeps them exact on bright, flat images.
    level = ops.mean(x, axis=(1, 2, 3), keepdims=True)
    x, y = x - level, y - level
    maps = ops.concatenate([x, y, x * x + y * y, x * y], axis=0)
    # Two products with a banded matrix: on a CPU twice as fast, forward and backward, as a
    # separable convolution of images this small.
    blurred = ops.matmul(ops.matmul(blur(height), maps), blur(width).T)
    mean_x, mean_y, squares, product = ops.split(blurred, 4, axis=0)
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    variances = squares - mean_x * mean_x - mean_y * mean_y
    covariance = product - mean_x * mean_y
    mean_x, mean_y = mean_x + level, mean_y + level
    luminance = (2 * mean_x * mean_y + c1) / (mean_x * mean_x + mean_y * mean_y + c1)
    return luminance, (2 * covariance + c2) / (variances + c2)


def l1(x, y):
    """Mean absolute difference of each image [N, H, W, C] -> [N], in the units of the images."""
    return ops.mean(ops.abs(x - y), axis=(1, 2, 3))


def mse(x, y):
    """Mean squared difference of each image [N, H, W, C] -> [N]."""
    return ops.mean(ops.square(x - y), axis=(1, 2, 3))


# Of images [N, H, W, C] in 0..1 -> [N].
SIMILARITIES = {"ssim": ssim, "ms_ssim": ms_ssim}
DIFFERENCES = {"l1": l1, "mse": mse}


def distortion(similarity, difference, alpha):
    """`alpha (1 - SSIM) + (1 - alpha) L1`, of each image, the loss of the reference design.

    Of other SIMILARITIES and DIFFERENCES the same.
    """
    return alpha * (1 - similarity) + (1 - alpha) * difference
