"""The model that is trained: a Generator, the density of its latents, and their loss."""

import random

import keras
from keras import ops

from image_compressor.model import architecture
from image_compressor.model.density import FactorizedDensity
from image_compressor.model.discriminator import Discriminator, adversarial
from image_compressor.model.generator import Generator
from image_compressor.model.hyperprior import HyperpriorNetworks, MeanScaleHyperprior
from image_compressor.model.losses import DIFFERENCES, SIMILARITIES, distortion

# Of images of low and of high rate weight in the loss: with 0 the finest qualities lose, with 1/2
# the others do, by a tenth of their bytes and more.
BALANCE = 0.15
SETTINGS = (
    *("config", "latent_dims", "alpha", "rate_weights", "levels", "seed"),
    *("similarity", "difference"),
)


@keras.saving.register_keras_serializable("image_compressor")
class ImageCompressor(keras.Model):
    """A model trained end to end for rate and distortion (Balle et al. 2017), at all rates at once:

        (alpha (1 - SSIM) + (1 - alpha) L1 + rate_weight * bpp) / rate_weight^BALANCE

    Each image has a rate weight of its own, drawn anew in every step; the division keeps images
    of low and of high weight about equally important. The rate is taken at latents with additive
    uniform noise, the distortion at rounded latents with a straight-through gradient. Outside
    training both are taken at rounded latents, the rate weights spread evenly over the batch.

    The input is images, float [N, H, W, C] in 0..1, which are also the target of `fit`. The output
    is a dict: `x_hat`, images like the input; `bits` and `position`, float [N]; and `y_hat`, the
    quantised latents.

    Args:
        config, latent_dims, rate_weights, levels: as for `Generator`.
        alpha: weight of SSIM against L1, 0..1.
        seed: for the first weights, the noise and the rate weights.
        similarity, difference: in place of SSIM and L1 others of `losses.SIMILARITIES` and
            DIFFERENCES, by name.

    Attributes:
        discriminator: the one that the config has, else None.
        adversarial: the weight of fooling it in the loss; 0 leaves it out.
    """

    def __init__(
        self,
        config,
        latent_dims,
        alpha=0.75,
        rate_weights=(0.1, 0.5),
        levels=4,
        seed=0,
        similarity="ssim",
        difference="l1",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.config, self.latent_dims, self.seed = config, latent_dims, seed
        self.alpha, self.rate_weights, self.levels = alpha, tuple(rate_weights), levels
        self.seeds = random.Random(seed)
        self.generator = Generator(
            config, latent_dims, rate_weights, levels, self.seeds, name="generator"
        )
        self.density = self._density()
        self.random = keras.random.SeedGenerator(seed)
        self.similarity, self.difference = similarity, difference
        names = (similarity, difference, "bpp")
        self.trackers = [keras.metrics.Mean(name=name) for name in names]
        self.adversarial = 0.0
        self.build((None, *self.generator.image_shape))

    def build(self, input_shape):
        self.density.build((None, *self.generator.latent_shape))
        self.discriminator = self._discriminator()  # last: weights before are drawn as without it
        super().build(input_shape)

    def call(self, x, training=False):
        y = self.generator.encode(x)
        count = ops.shape(x)[:1]
        if training:
            position = keras.random.uniform(count, seed=self.random)
        else:
            position = (ops.cumsum(ops.ones(count)) - 0.5) / ops.cast(count[0], "float32")
        widths = self.generator.rates(y, position)
        y_hat, bits = self.density.code(y, widths, self.random if training else None)
        # In training not clipped: outside 0..1 a clipped pixel would have no gradient back.
        x_hat = self.generator.decoder(y_hat) if training else self.generator.decode(y_hat)
        return {"x_hat": x_hat, "bits": bits, "position": position, "y_hat": y_hat}

    @property
    def networks(self):
        """What a Codec runs: `codec.networks.Networks`, of a hyperprior HyperNetworks too."""
        if isinstance(self.density, MeanScaleHyperprior):
            return HyperpriorNetworks(self.generator, self.density)
        return self.generator

    def _density(self):
        if "hyperprior" in self.config["layers"]:
            shape = self.generator.latent_shape
            return MeanScaleHyperprior(self.config, shape, self.seeds, name="hyperprior")
        return FactorizedDensity(seeds=self.seeds, name="density")

    def _discriminator(self):
        if not architecture.has_discriminator(self.config):
            return None
        shapes = self.generator.image_shape, self.generator.latent_shape
        return Discriminator(self.config, *shapes, self.seeds, name="discriminator")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        similarity = SIMILARITIES[self.similarity](x, y_pred["x_hat"])
        difference = DIFFERENCES[self.difference](x, y_pred["x_hat"])
        bpp = y_pred["bits"] / (x.shape[1] * x.shape[2])
        # Here and not in compute_metrics: SSIM is a third of a step, and is not taken twice.
        for tracker, values in zip(self.trackers, (similarity, difference, bpp), strict=True):
            tracker.update_state(values)
        log_rate_weight = self.generator.rates.log_rate_weight(y_pred["position"])
        loss = distortion(similarity, difference, self.alpha)
        loss += ops.exp(log_rate_weight) * bpp
        loss = ops.mean(loss * ops.exp(-BALANCE * log_rate_weight))
        if not self.adversarial:
            return loss
        made, told_apart = adversarial(self.discriminator, x, y_pred["x_hat"], y_pred["y_hat"])
        return loss + self.adversarial * made + told_apart

    def get_config(self):
        return {**super().get_config(), **{name: getattr(self, name) for name in SETTINGS}}
