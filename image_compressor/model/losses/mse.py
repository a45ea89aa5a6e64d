"""Mean squared difference."""

from keras import ops


def measure(x, y):
    """Images [N, H, W, C] -> [N]."""
    return ops.mean(ops.square(x - y), axis=(1, 2, 3))
