"""Tells images from reconstructions, so that these come to look like images."""

import random

import keras
from keras import ops

from image_compressor.errors import InputError
from image_compressor.model import architecture
from image_compressor.model.layers import make

CONDITION = 12  # channels that the latents are brought to


@keras.saving.register_keras_serializable("image_compressor")
class Patches(keras.Sequential):
    """Images and what their latents say of each pixel, [N, H, W, C + CONDITION] -> logits."""


@keras.saving.register_keras_serializable("image_compressor")
class Discriminator(keras.Model):
    """Is this an image, or what was made of its latents? Asked of each patch.

    Mentzer et al. 2020, "High-fidelity generative image compression": a patch discriminator
    (Isola et al. 2017) that is told the latents, brought to the size of the image.

    Input: images float [N, H, W, C], and quantised latents float [N, ..., channels].
    Output: logits, float [N, ...]: above 0 for an image.

    Args:
        config: a checked model.json (`architecture.check`), with a discriminator.
        image_shape, latent_shape: those of the Generator.
        seeds: of its first weights, see `layers.make`.

    Raises InputError for latents that no whole number of pixels belongs to.
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
        told = self.condition(ops.stop_gradient(y_hat))
        if len(self.latent_shape) == 1:
            told = told[:, None, None]
        for axis in (1, 2):
            size, pixels = told.shape[axis], x.shape[axis]
            if pixels % size:
                raise InputError(
                    "latents that each stand for as many pixels, for a discriminator",
                    f"{size} for {pixels}",
                    "Change the encoder's strides, or the images' size.",
                )
            told = ops.repeat(told, pixels // size, axis=axis)
        return self.patches(ops.concatenate([x, told], axis=-1))

    def get_config(self):
        names = ("config", "image_shape", "latent_shape")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def adversarial(discriminator, x, x_hat, y_hat):
    """(what the generator, what the discriminator minimises): the non-saturating loss.

    Goodfellow et al. 2014: `softplus(-D(x_hat))`, where the discriminator stays as it is, and
    `softplus(-D(x)) + softplus(D(x_hat))`, where the generator does; means over all patches.

    Args:
        discriminator: (images, latents) -> logits.
        x, x_hat: images [N, H, W, C] and their reconstructions.
        y_hat: the latents of both.
    """
    frozen = [ops.stop_gradient(variable) for variable in discriminator.trainable_variables]
    fooled, _ = discriminator.stateless_call(
        frozen, discriminator.non_trainable_variables, x_hat, y_hat
    )
    real, made = discriminator(x, y_hat), discriminator(ops.stop_gradient(x_hat), y_hat)
    told_apart = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(made))
    return ops.mean(ops.softplus(-fooled)), told_apart
