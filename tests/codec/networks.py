"""Networks without training: what a codec does with any networks can be tested with these."""

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.codec.tables import Tables


class QuarterMeans:
    """8x8 images of C channels; the 4C latents are the means of their quarters, in sixteenths."""

    def __init__(self, channels=1):
        self.image_shape = (8, 8, channels)
        self.latent_shape = (4 * channels,)

    def encode(self, x):
        quarters = x.reshape(-1, 2, 4, 2, 4, self.image_shape[2]).mean(axis=(2, 4))
        return 16 * quarters.reshape(-1, *self.latent_shape)

    def decode(self, y_hat):
        quarters = y_hat.reshape(-1, 2, 1, 2, 1, self.image_shape[2]) / 16
        return np.broadcast_to(quarters, (len(y_hat), 2, 4, 2, 4, quarters.shape[-1])).reshape(
            -1, *self.image_shape
        )


def tables(channels):
    """Symbols 0..12 with falling frequencies; those above are escaped."""
    frequencies = np.array([2**12 - 64 * place for place in range(13)] + [0])
    frequencies[-1] = 2**16 - frequencies.sum()
    return Tables(np.zeros(channels, int), [frequencies] * channels)


def codec(channels=1, identity=b"test"):
    networks = QuarterMeans(channels)
    return Codec(networks, tables(networks.latent_shape[0]), identity)
