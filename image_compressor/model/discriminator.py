"""A discriminator, which trains reconstructions to look like real images."""

import random

import keras
from keras import ops

from image_compressor.errors import InputError
from image_compressor.model import architecture
from image_compressor.model.layers import make

CONDITION = 12  # channels to which the latents are projected


# A class of its own, because its name is where compressor.keras has the weights.
@keras.saving.register_keras_serializable("image_compressor")
class Patches(keras.Sequential):
    """Network from images with their upsampled latents, [N, H, W, C + CONDITION], to logits."""


@keras.saving.register_keras_serializable("image_compressor")
class Discriminator(keras.Model):
    """Model that tells, for each patch, real images from reconstructions.

    Mentzer et al. 2020, "High-fidelity generative image compression": a patch discriminator
    (Isola et al. 2017) that is conditioned on the latents, upsampled to the size of the image.

    Input: images float [N, H, W, C], and quantised latents float [N, ..., channels].
    Output: logits, float [N, ...]: above 0 for an image.

    Args:
        config: a checked model.json (`architecture.check`), with a discriminator.
        image_shape, latent_shape: as for the Generator.
        seeds: seeds of the initial weights, see `layers.make`.

    Raises InputError unless each latent covers a whole number of pixels.
    """

    def __init__(self, config, image_shape, latent_shape, seeds=random, **kwargs):
        super().__init__(**kwargs)
        self.config, self.image_shape = config, tuple(image_shape)
        self.latent_shape = tuple(latent_shape)
        dense = {"units": CONDITION, "activation": "leaky_relu", "name": "condition"}
        self.condition = make("Dense", dense, seeds)
        shape = (*image_shape[:2], image_shape[2] + CONDITION)
        self.patches = architecture.discriminator(Patches, config, shape, seeds)
        self.condition.build((None, *latent_shape))
        self.built = True

    def call(self, x, y_hat):
        condition = self.condition(ops.stop_gradient(y_hat))
        if len(self.latent_shape) == 1:
            condition = condition[:, None, None]
        for axis in (1, 2):
            size, pixels = condition.shape[axis], x.shape[axis]
            if pixels % size:
                raise InputError(
                    f"A discriminator needs images whose size is a multiple of the latents' size, "
                    f"but {pixels} pixels have {size} latents. Change the encoder's strides, or "
                    "the images' size."
                )
            condition = ops.repeat(condition, pixels // size, axis=axis)
        return self.patches(ops.concatenate([x, condition], axis=-1))

    def get_config(self):
        names = ("config", "image_shape", "latent_shape")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def adversarial(discriminator, x, x_hat, y_hat):
    """Returns the non-saturating losses of the generator and of the discriminator.

    Goodfellow et al. 2014: `softplus(-D(x_hat))`, with the discriminator frozen, and
    `softplus(-D(x)) + softplus(D(x_hat))`, with the generator frozen; means over all patches.

    Args:
        discriminator: (images, latents) -> logits.
        x, x_hat: images [N, H, W, C] and their reconstructions.
        y_hat: the latents of both.
    """
    frozen = [ops.stop_gradient(variable) for variable in discriminator.trainable_variables]
    fooled, _ = discriminator.stateless_call(
        frozen, discriminator.non_trainable_variables, x_hat, y_hat
    )
    real, fake = discriminator(x, y_hat), discriminator(ops.stop_gradient(x_hat), y_hat)
    discriminator_loss = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    return ops.mean(ops.softplus(-fooled)), discriminator_loss
