"""Mean absolute difference."""

from keras import ops


def measure(x, y):
    """Mean absolute difference of each image [N, H, W, C] -> [N], in the units of the images."""
    return ops.mean(ops.abs(x - y), axis=(1, 2, 3))
