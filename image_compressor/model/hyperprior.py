"""A density of the latents that is told, for each of them, where to look."""

import math
import random

import keras
from keras import ops

from image_compressor.codec.hyper_tables import SCALES
from image_compressor.model import architecture, integer
from image_compressor.model.density import FactorizedDensity, noisy, of_each

LOG_SCALES = [math.log(scale) for scale in SCALES]
STEP = LOG_SCALES[1] - LOG_SCALES[0]
LEAK = 0.1  # of the gradient of a scale beyond SCALES: with none it would never come back


@keras.saving.register_keras_serializable("image_compressor")
class HyperEncoder(keras.Sequential):
    """Latents in bins, float [N, h, w, C] -> hyper-latents z, float [N, h', w', D]."""


@keras.saving.register_keras_serializable("image_compressor")
class HyperDecoder(keras.Sequential):
    """Rounded hyper-latents [N, h', w', D] -> means and logarithms of scales [N, h, w, 2C]."""


@keras.saving.register_keras_serializable("image_compressor")
class MeanScaleHyperprior(keras.layers.Layer):
    """A mean and a scale for each latent, from a few numbers that are sent first.

    Minnen et al. 2018, "Joint autoregressive and hierarchical priors for learned image
    compression", without the context. In bins s = y / width:

        z = h_a(s),  (mean, log scale) = h_s(round(z)),  symbol = round(s - mean),

    and a latent costs `-log2(F(s - mean + 1/2) - F(s - mean - 1/2))` bits. F is the cumulative of
    a logistic distribution where theirs is a normal one: the cost of a latent that was not
    expected grows with its distance and not with its square, so no gradient explodes.

    Args:
        config: a checked model.json (`architecture.check`), with a hyperprior.
        latent_shape: (h, w, C), h and w None.
        seeds: of its first weights, see `layers.make`.

    Attributes:
        encoder, decoder: h_a and h_s.
        stride: latents that a hyper-latent stands for, along an axis.
        density: of z, a FactorizedDensity.
        integer: h_s as it is decoded with, once `freeze` has filled it.
    """

    def __init__(self, config, latent_shape, seeds=random, **kwargs):
        super().__init__(**kwargs)
        self.config, self.latent_shape = config, tuple(latent_shape)
        self.channels = self.latent_shape[-1]
        self.encoder = architecture.fill(
            HyperEncoder, config, architecture.HYPERPRIOR, "encoder", self.latent_shape, seeds=seeds
        )
        self.hyper_shape = tuple(self.encoder.output_shape[1:])
        self.decoder = architecture.fill(
            HyperDecoder,
            config,
            architecture.HYPERPRIOR,
            "decoder",
            self.hyper_shape,
            2 * self.channels,
            seeds,
        )
        self.stride = architecture.stride(self.encoder, self.decoder, architecture.HYPERPRIOR)
        self.density = FactorizedDensity(seeds=seeds, name="density")
        self.integer = integer.blank(self.decoder)

    def build(self, input_shape):
        self.density.build((None, *self.hyper_shape))

    def code(self, y, widths, random=None):
        """Latents [N, h, w, C] -> (as decoded: [N, h, w, C], bits of each image: [N]).

        Args:
            widths: of the bins, broadcast to y.
            random: a SeedGenerator: bits are those of latents with noise, as in training. Without
                it they are those of rounded latents.
        """
        s = y / widths
        z = self.encoder(extended(s, self.stride))
        z_hat = z + ops.stop_gradient(ops.round(z) - z)
        told = self.decoder(z_hat)[:, : s.shape[1], : s.shape[2]]
        mean, log_scale = ops.split(told, 2, axis=-1)
        residual = s - mean
        rounded = residual + ops.stop_gradient(ops.round(residual) - residual)
        if random is None:
            index = ops.round((log_scale - LOG_SCALES[0]) / STEP)
            log_scale = LOG_SCALES[0] + STEP * ops.clip(index, 0, len(SCALES) - 1)
            bits = of_each(self.density.bits(z_hat)) + of_each(logistic_bits(rounded, log_scale))
        else:
            inside = ops.clip(log_scale, LOG_SCALES[0], LOG_SCALES[-1])
            log_scale = inside + LEAK * (log_scale - inside)
            bits = of_each(self.density.bits(noisy(z, 1.0, random)))
            bits += of_each(logistic_bits(noisy(residual, 1.0, random), log_scale))
        return widths * (rounded + mean), bits

    def get_config(self):
        shape = list(self.latent_shape)
        return {**super().get_config(), "config": self.config, "latent_shape": shape}


def extended(s, stride):
    """By zeros, after the last row and column, to whole strides: [N, h, w, C] of known h and w."""
    margins = [(0, -size % stride) for size in s.shape[1:3]]
    return ops.pad(s, [(0, 0), *margins, (0, 0)])


def logistic_bits(x, log_scale):
    """`-log2(F((x + 1/2) / scale) - F((x - 1/2) / scale))`, F(t) = 1 / (1 + exp(-t))."""
    inverse = ops.exp(-log_scale)
    above, below = (x + 0.5) * inverse, (x - 0.5) * inverse
    # F(a) - F(b) = F(a) F(-b) (1 - exp(b - a)), which keeps its digits far from 0 too.
    nats = ops.softplus(-above) + ops.softplus(below) - ops.log(-ops.expm1(-inverse))
    return nats / math.log(2)


class HyperpriorNetworks:
    """A Generator and a MeanScaleHyperprior that was frozen, as a Codec runs them."""

    def __init__(self, generator, hyperprior):
        self.image_shape, self.latent_shape = generator.image_shape, generator.latent_shape
        self.stride, self.hyper_stride = generator.stride, hyperprior.stride
        self.encoder, self.decoder = generator.encoder, generator.decoder
        self.hyper_encoder, self.hyper_decoder = hyperprior.encoder, hyperprior.integer
        self.encode, self.decode = generator.encode, generator.decode
        self.hyper_encode, self.hyper_decode = self.hyper_encoder, self.hyper_decoder
