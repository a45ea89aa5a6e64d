"""A density of the latents with a mean and a scale for each, decoded from side information."""

import math
import random

import keras
from keras import ops

from image_compressor.codec.frozen.hyper_tables import SCALES
from image_compressor.model import architecture, integer
from image_compressor.model.density import FactorizedDensity, noisy, of_each

LOG_SCALES = [math.log(scale) for scale in SCALES]
STEP = LOG_SCALES[1] - LOG_SCALES[0]
LEAK = 0.1  # gradient of a scale beyond SCALES; without one, it would never return


@keras.saving.register_keras_serializable("image_compressor")
class MeanScaleHyperprior(keras.layers.Layer):
    """Mean and scale for each latent, decoded from a few hyper-latents that are sent first.

    Minnen et al. 2018, "Joint autoregressive and hierarchical priors for learned image
    compression", without the context model. In units of bins, s = y / width:

        z = h_a(s),  (mean, log scale) = h_s(round(z)),  symbol = round(s - mean),

    and a latent costs `-log2(F(s - mean + 1/2) - F(s - mean - 1/2))` bits. F is the cumulative of
    a logistic distribution instead of a normal one: the cost of an unexpected latent grows with its
    distance, not with its square, so no gradient explodes.

    Args:
        config: a checked model.json (`architecture.check`), with a hyperprior.
        latent_shape: (h, w, C), h and w None.
        seeds: seeds of the initial weights, see `layers.make`.

    Attributes:
        encoder: h_a, from latents in units of bins, [N, h, w, C], to hyper-latents z,
            [N, h', w', D].
        decoder: h_s, from rounded hyper-latents to means and log scales, [N, h, w, 2C].
        stride: latents per hyper-latent, along an axis.
        density: the FactorizedDensity of z.
        integer: h_s in whole numbers, for the codec; filled by `freeze`.
    """

    def __init__(self, config, latent_shape, seeds=random, **kwargs):
        super().__init__(**kwargs)
        self.config, self.latent_shape = config, tuple(latent_shape)
        self.channels = self.latent_shape[-1]
        network, owner = keras.Sequential, architecture.HYPERPRIOR
        self.encoder = architecture.fill(
            network, config, owner, "encoder", self.latent_shape, seeds=seeds
        )
        self.hyper_shape = tuple(self.encoder.output_shape[1:])
        self.decoder = architecture.fill(
            network, config, owner, "decoder", self.hyper_shape, 2 * self.channels, seeds
        )
        self.stride = architecture.stride(self.encoder, self.decoder, owner)
        self.density = FactorizedDensity(seeds=seeds, name="density")
        self.integer = integer.blank(self.decoder)

    def build(self, input_shape):
        self.density.build((None, *self.hyper_shape))

    def code(self, y, widths, random=None):
        """Quantises latents [N, h, w, C] -> (decoded latents [N, h, w, C], bits per image [N]).

        Args:
            widths: widths of the bins, broadcast to y.
            random: a SeedGenerator. With it, the bits are measured on latents with noise, as in
                training; without it, on rounded latents.
        """
        s = y / widths
        z, z_hat, mean, log_scale = self.predict(s)
        residual = s - mean
        rounded = residual + ops.stop_gradient(ops.round(residual) - residual)
        if random is None:
            index = ops.round((log_scale - LOG_SCALES[0]) / STEP)
            log_scale = LOG_SCALES[0] + STEP * ops.clip(index, 0, len(SCALES) - 1)
            bits = of_each(self.density.bits(z_hat)) + of_each(logistic_bits(rounded, log_scale))
        else:
            bits = of_each(self.density.bits(noisy(z, 1.0, random)))
            bits += of_each(logistic_bits(noisy(residual, 1.0, random), leaky(log_scale)))
        return widths * (rounded + mean), bits

    def predict(self, s):
        """Latents in bins [N, h, w, C] -> (z, rounded z, means, log scales); gradients pass the
        rounding unchanged."""
        z = self.encoder(extended(s, self.stride))
        z_hat = z + ops.stop_gradient(ops.round(z) - z)
        predicted = self.decoder(z_hat)[:, : s.shape[1], : s.shape[2]]
        return z, z_hat, *ops.split(predicted, 2, axis=-1)

    def get_config(self):
        shape = list(self.latent_shape)
        return {**super().get_config(), "config": self.config, "latent_shape": shape}


def extended(s, stride):
    """Pads [N, h, w, C], of known h and w, with zeros at the ends to a multiple of the stride."""
    margins = [(0, -size % stride) for size in s.shape[1:3]]
    return ops.pad(s, [(0, 0), *margins, (0, 0)])


def leaky(log_scale):
    """Log scales within those of SCALES, with a gradient of LEAK beyond them."""
    inside = ops.clip(log_scale, LOG_SCALES[0], LOG_SCALES[-1])
    return inside + LEAK * (log_scale - inside)


def logistic_bits(x, log_scale):
    """Computes `-log2(F((x + 1/2) / scale) - F((x - 1/2) / scale))`, F(t) = 1 / (1 + exp(-t))."""
    inverse = ops.exp(-log_scale)
    above, below = (x + 0.5) * inverse, (x - 0.5) * inverse
    # F(a) - F(b) = F(a) F(-b) (1 - exp(b - a)), which is accurate far from 0 too.
    nats = ops.softplus(-above) + ops.softplus(below) - ops.log(-ops.expm1(-inverse))
    return nats / math.log(2)


class HyperpriorNetworks:
    """Networks of a Generator and a frozen MeanScaleHyperprior, for a Codec."""

    def __init__(self, generator, hyperprior):
        self.image_shape, self.latent_shape = generator.image_shape, generator.latent_shape
        self.stride, self.hyper_stride = generator.stride, hyperprior.stride
        self.encoder, self.decoder = generator.encoder, generator.decoder
        self.hyper_encoder, self.hyper_decoder = hyperprior.encoder, hyperprior.integer
        self.encode, self.decode = generator.encode, generator.decode
        self.hyper_encode, self.hyper_decode = self.hyper_encoder, self.hyper_decoder
