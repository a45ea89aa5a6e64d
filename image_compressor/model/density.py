"""A density of the latents with independent channels."""

import itertools
import random

import keras
from keras import ops

from image_compressor.model.layers import draw
from image_compressor.model.rates import quantise

LOWEST_LIKELIHOOD = 1e-9


@keras.saving.register_keras_serializable("image_compressor")
class FactorizedDensity(keras.layers.Layer):
    """One learned, univariate density for each latent channel.

    Balle et al. 2018, "Variational image compression with a scale hyperprior", appendix 6.1:
    the cumulative is `sigmoid(f_K(... f_1(y)))` with

        f_k(y) = g_k(softplus(H_k) y + b_k),  g_k(y) = y + tanh(a_k) tanh(y),

    which is monotone because all matrices and all slopes of g_k are positive. A latent y in a bin
    of width w costs `-log2(cumulative(y + w/2) - cumulative(y - w/2))` bits.

    Input: float latents [..., C], and widths that broadcast to them. Output: the bits of each
    vector, float [...], >= 0.
    Example: latents [128, 50] -> bits [128], from 50 densities.

    Args:
        filters: widths of the hidden layers of the cumulative.
        init_scale: approximate initial width of the density.
        seeds: seeds of the initial weights, see `layers.make`.
    """

    def __init__(self, filters=(3, 3, 3), init_scale=10.0, seeds=random, **kwargs):
        super().__init__(**kwargs)
        self.seeds = seeds
        self.filters = tuple(filters)
        self.init_scale = init_scale

    def build(self, input_shape):
        channels = input_shape[-1]
        widths = (1, *self.filters, 1)
        scale = self.init_scale ** (1 / (len(widths) - 1))
        self.matrices, self.biases, self.factors = [], [], []
        for k, (narrow, wide) in enumerate(itertools.pairwise(widths)):
            start = float(ops.log(ops.expm1(1 / scale / wide)))
            self.matrices.append(
                self.add_weight(
                    shape=(channels, wide, narrow),
                    initializer=keras.initializers.Constant(start),
                    name=f"matrix_{k}",
                )
            )
            self.biases.append(
                self.add_weight(
                    shape=(channels, wide, 1),
                    initializer=keras.initializers.RandomUniform(-0.5, 0.5, draw(self.seeds)),
                    name=f"bias_{k}",
                )
            )
            if k < len(self.filters):
                self.factors.append(
                    self.add_weight(
                        shape=(channels, wide, 1), initializer="zeros", name=f"factor_{k}"
                    )
                )

    def cumulative_logits(self, y):
        """Computes the logit of the cumulative at y: [C, 1, N] -> [C, 1, N]."""
        for k, (matrix, bias) in enumerate(zip(self.matrices, self.biases, strict=True)):
            y = ops.matmul(ops.softplus(matrix), y) + bias
            if k < len(self.factors):
                y = y + ops.tanh(self.factors[k]) * ops.tanh(y)
        return y

    def call(self, y, widths=1.0):
        return ops.sum(self.bits(y, widths), axis=-1)

    def code(self, y, widths, random=None):
        """Quantises latents [N, ..., C] -> (decoded latents [N, ..., C], bits per image [N]).

        Args:
            widths: widths of the bins, broadcast to y.
            random: a SeedGenerator. With it, the bits are measured on latents with noise, as in
                training; without it, on rounded latents.
        """
        y_hat = quantise(y, widths)
        coded = y_hat if random is None else noisy(y, widths, random)
        return y_hat, of_each(self.bits(coded, widths))

    def bits(self, y, widths=1.0):
        """Computes the bits of each latent alone: [..., C] -> [..., C]."""
        shape = ops.shape(y)
        edges = ops.stack([y + widths / 2, y - widths / 2])
        edges = ops.transpose(ops.reshape(edges, (-1, shape[-1])))
        columns = ops.reshape(edges, (shape[-1], 1, -1))
        upper, lower = ops.split(self.cumulative_logits(columns), 2, axis=-1)
        # In the right tail both sigmoids are near 1: subtract their mirror images instead.
        sign = ops.where(upper + lower > 0, -1.0, 1.0)
        likelihood = ops.abs(ops.sigmoid(sign * upper) - ops.sigmoid(sign * lower))
        bits = -ops.log(ops.maximum(likelihood, LOWEST_LIKELIHOOD)) / ops.log(2.0)
        return ops.reshape(ops.transpose(ops.reshape(bits, (shape[-1], -1))), shape)

    def compute_output_shape(self, input_shape):
        return input_shape[:-1]

    def get_config(self):
        return {
            **super().get_config(),
            "filters": list(self.filters),
            "init_scale": self.init_scale,
        }


def noisy(y, widths, random):
    """Adds noise as wide as a bin, which replaces rounding where a gradient is needed."""
    return y + widths * keras.random.uniform(ops.shape(y), -0.5, 0.5, seed=random)


def of_each(bits):
    """Sums bits [N, ...] over each image -> [N]."""
    return ops.sum(ops.reshape(bits, (ops.shape(bits)[0], -1)), axis=1)
