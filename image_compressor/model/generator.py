"""Images -> latents -> images."""

import keras
from keras import ops

from image_compressor.model import architecture


@keras.saving.register_keras_serializable("image_compressor")
class Encoder(keras.Sequential):
    """Images float [N, H, W, C] in 0..1 -> latents y, float [N, ..., channels]."""


@keras.saving.register_keras_serializable("image_compressor")
class Decoder(keras.Sequential):
    """Quantised latents y_hat, float [N, ..., channels] -> images float [N, H, W, C], near 0..1."""


@keras.saving.register_keras_serializable("image_compressor")
class Generator(keras.Model):
    """Encode, quantise, decode: images float [N, H, W, C] in 0..1 -> the same form.

    Args:
        config: a checked model.json (`architecture.check`), as a dict.
        latent_dims: channels of the layer `compressed_representation`.

    Attributes:
        encoder, decoder: the two networks.
        image_shape, latent_shape: without the batch, e.g. (28, 28, 1) and (50,).

    Raises InputError, naming the place in the file, for an architecture that cannot be built.
    """

    def __init__(self, config, latent_dims, **kwargs):
        super().__init__(**kwargs)
        self.config, self.latent_dims = config, latent_dims
        self.image_shape = architecture.input_shape(config)
        self.encoder = architecture.fill(Encoder, config, "encoder", self.image_shape, latent_dims)
        self.latent_shape = tuple(self.encoder.output_shape[1:])
        self.decoder = architecture.fill(Decoder, config, "decoder", self.latent_shape)
        self(keras.Input(self.image_shape))  # Keras saves and exports only what was called

    def encode(self, x):
        """Images [N, H, W, C] in 0..1 -> latents y, not yet rounded."""
        return self.encoder(x)

    def quantise(self, y):
        """Rounds to integers; the gradient passes straight through."""
        return y + ops.stop_gradient(ops.round(y) - y)

    def decode(self, y_hat):
        """Rounded latents -> images, clipped to 0..1."""
        return ops.clip(self.decoder(y_hat), 0.0, 1.0)

    def call(self, x):
        return self.decode(self.quantise(self.encode(x)))

    def get_config(self):
        return {**super().get_config(), "config": self.config, "latent_dims": self.latent_dims}
