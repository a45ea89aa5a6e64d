"""Losses: the distance of each reconstruction from its original."""

from keras import ops

from image_compressor.errors import InputError
from image_compressor.images.similarity import K1, K2, blur, check_size

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of MS-SSIM's scales, finest first
SMALLEST = 11 * 2 ** (len(WEIGHTS) - 1)  # least pixels per side for MS-SSIM


def ssim(x, y, data_range=1.0):
    """Structural similarity of each image: 1 for equal images, lower is worse.

    Equals `images.similarity.ssim`, which has the formula, but with gradients.

    Args:
        x, y: float images [N, H, W, C]; H and W at least 11.
        data_range: L, the difference between the largest and the smallest possible value.

    Returns: float [N].
    """
    luminance, structure = _maps(x, y, data_range)
    return ops.mean(luminance * structure, axis=(1, 2, 3))


def ms_ssim(x, y, data_range=1.0):
    """Multi-scale structural similarity of each image (Wang et al. 2003): 1 for equal images.

    For each channel, the product over five scales, each half as fine as the one before, of the
    mean of contrast and structure (at the coarsest scale, of luminance too), to the power of the
    scale's weight in WEIGHTS; then the mean over the channels.

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
            "Set train.similarity to ssim, or train on larger images.",
        )
    product = 1.0
    for scale, weight in enumerate(WEIGHTS):
        if scale:
            x, y = (ops.average_pool(image, 2, 2) for image in (x, y))
        luminance, structure = _maps(x, y, data_range)
        last = scale == len(WEIGHTS) - 1
        mean = ops.mean(luminance * structure if last else structure, axis=(2, 3))
        # Slightly above 0, because a power has no gradient at 0 and no value below.
        product *= ops.power(ops.maximum(mean, 1e-6), weight)
    return ops.mean(product, axis=1)


def _maps(x, y, data_range):
    """Returns (luminance, contrast times structure) around each pixel, [N, C, H - 10, W - 10]."""
    x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    check_size(x.shape)
    height, width = x.shape[1:3]
    x, y = ops.transpose(x, (0, 3, 1, 2)), ops.transpose(y, (0, 3, 1, 2))
    # This does not change variances, and keeps them accurate in float32 on bright, flat images.
    level = ops.mean(x, axis=(1, 2, 3), keepdims=True)
    x, y = x - level, y - level
    maps = ops.concatenate([x, y, x * x + y * y, x * y], axis=0)
    # Two products with a banded matrix are twice as fast on a CPU, forward and backward, as a
    # separable convolution, for small images.
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


# Functions of images [N, H, W, C] in 0..1 -> [N].
SIMILARITIES = {"ssim": ssim, "ms_ssim": ms_ssim}
DIFFERENCES = {"l1": l1, "mse": mse}


def distortion(similarity, difference, alpha):
    """Computes `alpha (1 - SSIM) + (1 - alpha) L1` for each image, the reference design's loss.

    The formula is the same for other SIMILARITIES and DIFFERENCES.
    """
    return alpha * (1 - similarity) + (1 - alpha) * difference
