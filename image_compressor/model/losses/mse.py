"""Mean squared difference."""

from keras import ops


def measure(x, y):
    """Mean squared difference of each image [N, H, W, C] -> [N]."""
    return ops.mean(ops.square(x - y), axis=(1, 2, 3))
