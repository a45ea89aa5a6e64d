"""The trainable model: a Generator, the density of its latents, and their loss."""

import random

import keras
from keras import ops

from image_compressor.model import architecture
from image_compressor.model.density import FactorizedDensity
from image_compressor.model.discriminator import Discriminator, adversarial
from image_compressor.model.generator import Generator
from image_compressor.model.hyperprior import HyperpriorNetworks, MeanScaleHyperprior
from image_compressor.model.losses import distortion, measures

# Balances images with low and high rate weights in the loss: with 0, the finest qualities need at
# least a tenth more bytes, and with 1/2, the others do.
BALANCE = 0.15
SETTINGS = (
    *("config", "latent_dims", "alpha", "rate_weights", "levels", "seed"),
    *("similarity", "difference"),
)


@keras.saving.register_keras_serializable("image_compressor")
class ImageCompressor(keras.Model):
    """A model trained end to end for rate and distortion (Balle et al. 2017), at all rates at once:

        (alpha (1 - SSIM) + (1 - alpha) L1 + rate_weight * bpp) / rate_weight^BALANCE

    Each image has its own rate weight, redrawn in every step; the division keeps images with low
    and high weights about equally important. The rate is measured on latents with additive uniform
    noise, the distortion on rounded latents with a straight-through gradient. Outside training,
    both are measured on rounded latents, with rate weights spread evenly over the batch.

    The input is images, float [N, H, W, C] in 0..1, which are also the target of `fit`. The output
    is a dict: `x_hat`, images like the input; `bits` and `position`, float [N]; and `y_hat`, the
    quantised latents.

    Args:
        config, latent_dims, rate_weights, levels: as for `Generator`.
        alpha: weight of SSIM against L1, 0..1.
        seed: seed for the initial weights, the noise and the rate weights.
        similarity, difference: names in `losses.SIMILARITIES` and DIFFERENCES, used instead of
            SSIM and L1.
        terms: weights of further DIFFERENCES that are added to the distortion, by name.

    Attributes:
        discriminator: None if the config has none.
        adversarial: weight of the loss for fooling the discriminator; 0 leaves it out.
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
        terms=None,
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
        self.similarity, self.difference, self.terms = similarity, difference, dict(terms or {})
        self.measures = measures(similarity, difference, self.terms)
        names = (similarity, difference, *self.terms, "bpp")
        self.trackers = [keras.metrics.Mean(name=name) for name in names]
        self.adversarial = 0.0
        self.build((None, *self.generator.image_shape))

    def build(self, input_shape):
        self.density.build((None, *self.generator.latent_shape))
        self.discriminator = self._discriminator()  # last, so that it changes no other weights
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
        # Not clipped in training, where a clipped pixel outside 0..1 would get no gradient.
        x_hat = self.generator.decoder(y_hat) if training else self.generator.decode(y_hat)
        return {"x_hat": x_hat, "bits": bits, "position": position, "y_hat": y_hat}

    @property
    def networks(self):
        """The `codec.networks.Networks` for a Codec; HyperNetworks with a hyperprior."""
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
        similarity, difference, *more = (each(x, y_pred["x_hat"]) for each in self.measures)
        bpp = y_pred["bits"] / (x.shape[1] * x.shape[2])
        values = (similarity, difference, *more, bpp)
        # Here, not in compute_metrics, because SSIM takes a third of a step and is not done twice.
        for tracker, value in zip(self.trackers, values, strict=True):
            tracker.update_state(value)
        log_rate_weight = self.generator.rates.log_rate_weight(y_pred["position"])
        loss = distortion(similarity, difference, self.alpha)
        for weight, value in zip(self.terms.values(), more, strict=True):
            loss += weight * value
        loss += ops.exp(log_rate_weight) * bpp
        loss = ops.mean(loss * ops.exp(-BALANCE * log_rate_weight))
        if not self.adversarial:
            return loss
        fooling, telling_apart = adversarial(
            self.discriminator, x, y_pred["x_hat"], y_pred["y_hat"]
        )
        return loss + self.adversarial * fooling + telling_apart

    def get_config(self):
        settings = {name: getattr(self, name) for name in SETTINGS}
        # Only if there are any, so that other models' files keep the bytes they had before.
        more = {"terms": self.terms} if self.terms else {}
        return {**super().get_config(), **settings, **more}
