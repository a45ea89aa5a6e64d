"""The model that is trained: a Generator, the density of its latents, and their loss."""

import keras
from keras import ops

from image_compressor.model.density import FactorizedDensity
from image_compressor.model.generator import Generator
from image_compressor.model.losses import distortion
from image_compressor.model.metrics import l1, ssim

# Of images of low and of high rate weight in the loss: with 0 the finest qualities lose, with 1/2
# the others do, by a tenth of their bytes and more.
BALANCE = 0.15


@keras.saving.register_keras_serializable("image_compressor")
class ImageCompressor(keras.Model):
    """Trained end to end for rate and distortion (Balle et al. 2017), at all rates at once:

        (alpha (1 - SSIM) + (1 - alpha) L1 + rate_weight * bpp) / rate_weight^BALANCE

    Each image has a rate weight of its own, drawn anew in every step; the division keeps images
    of low and of high weight about equally important. The rate is taken at latents with additive
    uniform noise, the distortion at rounded latents with a straight-through gradient. Outside
    training both are taken at rounded latents, the rate weights spread evenly over the batch.

    Input: images float [N, H, W, C] in 0..1, also the target of `fit`.
    Output: {"x_hat": images like the input, "bits": float [N], "position": float [N]}.

    Args:
        config, latent_dims, rate_weights, levels: as for `Generator`.
        alpha: weight of SSIM against L1, 0..1.
        seed: of the noise and the rate weights.
    """

    def __init__(
        self,
        config,
        latent_dims,
        alpha=0.75,
        rate_weights=(0.1, 0.5),
        levels=4,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.config, self.latent_dims, self.seed = config, latent_dims, seed
        self.alpha, self.rate_weights, self.levels = alpha, tuple(rate_weights), levels
        self.generator = Generator(config, latent_dims, rate_weights, levels, name="generator")
        self.density = FactorizedDensity(name="density")
        self.random = keras.random.SeedGenerator(seed)
        self.trackers = [keras.metrics.Mean(name=name) for name in ("ssim", "l1", "bpp")]
        self.build((None, *self.generator.image_shape))

    def build(self, input_shape):
        self.density.build((None, *self.generator.latent_shape))
        super().build(input_shape)

    def call(self, x, training=False):
        y = self.generator.encode(x)
        count = ops.shape(x)[:1]
        if training:
            position = keras.random.uniform(count, seed=self.random)
        else:
            position = (ops.cumsum(ops.ones(count)) - 0.5) / ops.cast(count[0], "float32")
        widths = self.generator.rates(y, position)
        y_hat = self.generator.quantise(y, widths)
        if training:
            noisy = y + widths * keras.random.uniform(ops.shape(y), -0.5, 0.5, seed=self.random)
            # Not clipped: outside 0..1 a clipped pixel would have no gradient back.
            x_hat, bits = self.generator.decoder(y_hat), self.bits(noisy, widths)
        else:
            x_hat, bits = self.generator.decode(y_hat), self.bits(y_hat, widths)
        return {"x_hat": x_hat, "bits": bits, "position": position}

    def bits(self, y, widths):
        """Bits of each image's latents [N, ..., C] in bins of these widths -> [N]."""
        bits = self.density(y, widths)
        return ops.sum(ops.reshape(bits, (ops.shape(y)[0], -1)), axis=1)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        terms = {
            "ssim": ssim(x, y_pred["x_hat"]),
            "l1": l1(x, y_pred["x_hat"]),
            "bpp": y_pred["bits"] / (x.shape[1] * x.shape[2]),
        }
        # Here and not in compute_metrics: SSIM is a third of a step, and is not taken twice.
        for tracker in self.trackers:
            tracker.update_state(terms[tracker.name])
        log_rate_weight = self.generator.rates.log_rate_weight(y_pred["position"])
        loss = distortion(terms["ssim"], terms["l1"], self.alpha)
        loss += ops.exp(log_rate_weight) * terms["bpp"]
        return ops.mean(loss * ops.exp(-BALANCE * log_rate_weight))

    def get_config(self):
        names = ("config", "latent_dims", "alpha", "rate_weights", "levels", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
