"""The model that is trained: a Generator, the density of its latents, and their loss."""

import keras
from keras import ops

from image_compressor.model.density import FactorizedDensity
from image_compressor.model.generator import Generator
from image_compressor.model.losses import distortion
from image_compressor.model.metrics import l1, ssim


@keras.saving.register_keras_serializable("image_compressor")
class ImageCompressor(keras.Model):
    """Trained end to end for rate and distortion (Balle et al. 2017):

        alpha (1 - SSIM) + (1 - alpha) L1 + rate_weight * bpp

    The rate is taken at latents with additive uniform noise, the distortion at rounded latents
    with a straight-through gradient. Outside training both are taken at rounded latents.

    Input: images float [N, H, W, C] in 0..1, also the target of `fit`.
    Output: {"x_hat": images like the input, "bits": float [N]}.

    Args:
        config, latent_dims: as for `Generator`.
        alpha: weight of SSIM against L1, 0..1.
        rate_weight: weight of one bit a pixel, >= 0.
        seed: of the noise.
    """

    def __init__(self, config, latent_dims, alpha=0.75, rate_weight=0.25, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.config, self.latent_dims, self.seed = config, latent_dims, seed
        self.alpha, self.rate_weight = alpha, rate_weight
        self.generator = Generator(config, latent_dims, name="generator")
        self.density = FactorizedDensity(name="density")
        self.noise = keras.random.SeedGenerator(seed)
        self.trackers = [keras.metrics.Mean(name=name) for name in ("ssim", "l1", "bpp")]
        self.build((None, *self.generator.image_shape))

    def build(self, input_shape):
        self.density.build((None, *self.generator.latent_shape))
        super().build(input_shape)

    def call(self, x, training=False):
        y = self.generator.encode(x)
        y_hat = self.generator.quantise(y)
        if training:
            noisy = y + keras.random.uniform(ops.shape(y), -0.5, 0.5, seed=self.noise)
            # Not clipped: outside 0..1 a clipped pixel would have no gradient back.
            return {"x_hat": self.generator.decoder(y_hat), "bits": self.bits(noisy)}
        return {"x_hat": self.generator.decode(y_hat), "bits": self.bits(y_hat)}

    def bits(self, y):
        """Bits of each image's latents [N, ..., C] -> [N]."""
        return ops.sum(self.density(y), axis=tuple(range(1, len(y.shape))))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        terms = {
            "ssim": ssim(x, y_pred["x_hat"]),
            "l1": l1(x, y_pred["x_hat"]),
            "bpp": y_pred["bits"] / (x.shape[1] * x.shape[2]),
        }
        # Here and not in compute_metrics: SSIM is a third of a step, and is not taken twice.
        for tracker in self.trackers:
            tracker.update_state(terms[tracker.name])
        loss = distortion(terms["ssim"], terms["l1"], self.alpha) + self.rate_weight * terms["bpp"]
        return ops.mean(loss)

    def get_config(self):
        names = ("config", "latent_dims", "alpha", "rate_weight", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
