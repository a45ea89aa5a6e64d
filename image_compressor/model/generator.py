"""Generator: images -> latents -> images."""

import random

import keras
from keras import ops

from image_compressor.errors import InputError
from image_compressor.model import architecture
from image_compressor.model.rates import Rates, quantise


@keras.saving.register_keras_serializable("image_compressor")
class Encoder(keras.Sequential):
    """Network from images float [N, H, W, C] in 0..1 to latents y, float [N, ..., channels]."""


@keras.saving.register_keras_serializable("image_compressor")
class Decoder(keras.Sequential):
    """Network from quantised latents, float [N, ..., channels], to images [N, H, W, C]."""


@keras.saving.register_keras_serializable("image_compressor")
class Generator(keras.Model):
    """Model that encodes, quantises and decodes images, float [N, H, W, C] in 0..1.

    When called without positions, it uses the middle of its rates.

    Args:
        config: a checked model.json (`architecture.check`), as a dict.
        latent_dims: channels of the layer `compressed_representation`.
        rate_weights, levels: as for `Rates`.
        seeds: seeds of the initial weights, see `layers.make`.

    Attributes:
        encoder, decoder: the two networks.
        rates: widths of the latents' bins.
        image_shape, latent_shape: without the batch, e.g. (28, 28, 1) and (50,); for any size,
            (None, None, 3) and (None, None, 96).
        stride: for any size, the pixels per latent along an axis.

    Raises InputError, naming the position in the file, if the architecture cannot be built.
    """

    def __init__(
        self, config, latent_dims, rate_weights=(0.1, 0.5), levels=4, seeds=random, **kwargs
    ):
        super().__init__(**kwargs)
        self.config, self.latent_dims = config, latent_dims
        self.rate_weights, self.levels = tuple(rate_weights), levels
        self.image_shape = architecture.input_shape(config)
        self.encoder = architecture.fill(
            Encoder, config, architecture.GENERATOR, "encoder", self.image_shape, latent_dims, seeds
        )
        self.latent_shape = tuple(self.encoder.output_shape[1:])
        self.decoder = architecture.fill(
            Decoder, config, architecture.GENERATOR, "decoder", self.latent_shape, seeds=seeds
        )
        self._check_shapes()
        self.rates = Rates(rate_weights, levels, name="rates")
        self(keras.Input(self.image_shape))  # Keras saves and exports only models that were called

    def _check_shapes(self):
        if self.image_shape[0] is None:
            self.stride = architecture.stride(self.encoder, self.decoder, architecture.GENERATOR)
            architecture.check_reach(self.encoder, self.stride)
            architecture.check_reach(self.decoder, 1)
        if self.decoder.output_shape[1:] != self.image_shape:
            raise InputError(
                "The output of model.layers.generator.layers.decoder has shape "
                f"{self.decoder.output_shape[1:]}, but the input has {self.image_shape}. Change "
                "the decoder's last layers, or model.layers.inputs."
            )

    def encode(self, x):
        """Encodes images [N, H, W, C] in 0..1 as latents y, which are not rounded yet."""
        return self.encoder(x)

    def decode(self, y_hat):
        """Decodes quantised latents to images, clipped to 0..1."""
        return ops.clip(self.decoder(y_hat), 0.0, 1.0)

    def call(self, x, position=None):
        y = self.encode(x)
        if position is None:
            position = ops.full((1,), 0.5)
        return self.decode(quantise(y, self.rates(y, position)))

    def get_config(self):
        names = ("config", "latent_dims", "rate_weights", "levels")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
