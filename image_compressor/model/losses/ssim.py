"""Structural similarity, with gradients."""

from keras import ops

from image_compressor.images.similarity import K1, K2, blur, check_size


def measure(x, y, data_range=1.0):
    """Structural similarity of each image: 1 for equal images, lower is worse.

    Equals `images.similarity.ssim`, which has the formula, but with gradients.

    Args:
        x, y: float images [N, H, W, C]; H and W at least 11.
        data_range: L, the difference between the largest and the smallest possible value.

    Returns: float [N].
    """
    luminance, structure = similarity_maps(x, y, data_range)
    return ops.mean(luminance * structure, axis=(1, 2, 3))


def similarity_maps(x, y, data_range):
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
