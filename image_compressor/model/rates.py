"""Quality control: one model for a range of rates."""

import math

import keras
import numpy as np
from keras import ops

from image_compressor.errors import InputError


@keras.saving.register_keras_serializable("image_compressor")
class Rates(keras.layers.Layer):
    """Bin widths for rounding each latent channel, at every rate.

    Cui et al. 2021, "Asymmetric gained deep image compression with continuous rate adaptation":
    a learned gain for each channel at each of some levels, interpolated exponentially between
    them. Here the inverse of the gain is kept, the width of a bin: latents are rounded to multiples
    of it, and one density, integrated over bins of this width, serves every level.

    A position 0..1 lies between the finest (0) and the coarsest (1) level.

    Input: latents [N, ..., C], for their shape, and positions float [N].
    Output: widths float [N, ..., C], one value per channel and image.
    Example: latents [128, 50] at positions [128] -> widths [128, 50].

    Args:
        rate_weights: (lowest, highest), > 0: weight of one bit per pixel at both ends.
        levels: >= 2, at equal ratios of the rate weight.

    Raises InputError for invalid rate weights.
    """

    def __init__(self, rate_weights, levels, **kwargs):
        super().__init__(**kwargs)
        if not 0 < rate_weights[0] <= rate_weights[1] < math.inf:
            raise InputError(
                "two rate weights above 0, the lower first",
                rate_weights,
                "Change train.rate_weights.",
            )
        self.rate_weights, self.levels = tuple(rate_weights), levels

    def build(self, input_shape):
        logs = self.log_rate_weight(np.linspace(0.0, 1.0, self.levels))
        # At high rates, the best width grows with the square root of the rate weight.
        start = 0.5 * (logs - logs.mean())[:, None].repeat(input_shape[-1], axis=1)
        self.log_widths = self.add_weight(
            shape=start.shape,
            initializer=lambda shape, dtype: ops.cast(start, dtype),
            name="log_widths",
        )

    def call(self, y, position):
        shape = (-1, *(1,) * (len(y.shape) - 2), y.shape[-1])
        return ops.reshape(self.widths(position), shape)

    def widths(self, position):
        """Interpolates widths [N, C] at positions [N]."""
        levels = ops.arange(self.levels, dtype="float32")
        distance = ops.abs(ops.expand_dims(position * (self.levels - 1), 1) - levels)
        return ops.exp(ops.matmul(ops.relu(1.0 - distance), self.log_widths))

    def log_rate_weight(self, position):
        """Returns the natural logarithm of the rate weight at a position."""
        low, high = (math.log(weight) for weight in self.rate_weights)
        return low + position * (high - low)

    def get_config(self):
        return {
            **super().get_config(),
            "rate_weights": list(self.rate_weights),
            "levels": self.levels,
        }


def quantise(y, widths):
    """Rounds to multiples of the widths; the gradient passes straight through to both."""
    symbols = y / widths
    return widths * (symbols + ops.stop_gradient(ops.round(symbols) - symbols))
