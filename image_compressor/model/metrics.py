"""How far a reconstruction is from its original, per image."""

from keras import ops

from image_compressor.codec.similarity import K1, K2, blur, check_size


def ssim(x, y, data_range=1.0):
    """Structural similarity of each image: 1 for equal images, lower is worse.

    As `codec.similarity.ssim`, which has the formula, with gradients.

    Args:
        x, y: float images [N, H, W, C]; H and W at least 11.
        data_range: L, the difference between the largest and the smallest possible value.

    Returns: float [N].
    """
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
    return ops.mean(luminance * (2 * covariance + c2) / (variances + c2), axis=(1, 2, 3))


def l1(x, y):
    """Mean absolute difference of each image [N, H, W, C] -> [N], in the units of the images."""
    return ops.mean(ops.abs(x - y), axis=(1, 2, 3))
