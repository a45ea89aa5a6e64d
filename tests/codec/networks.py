"""Networks without training: what a codec does with any networks can be tested with these."""

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.codec.tables import QUALITIES, Bank, Tables


class QuarterMeans:
    """Square images of C channels; the 4C latents are the means of their quarters, times 16."""

    def __init__(self, channels=1, size=8):
        self.image_shape = (size, size, channels)
        self.latent_shape = (4 * channels,)

    def encode(self, x):
        half, channels = self.image_shape[0] // 2, self.image_shape[2]
        quarters = x.reshape(-1, 2, half, 2, half, channels).mean(axis=(2, 4))
        return 16 * quarters.reshape(-1, *self.latent_shape)

    def decode(self, y_hat):
        half, channels = self.image_shape[0] // 2, self.image_shape[2]
        quarters = np.clip(y_hat.reshape(-1, 2, 1, 2, 1, channels) / np.float32(16), 0, 1)
        spread = np.broadcast_to(quarters, (len(y_hat), 2, half, 2, half, channels))
        return spread.reshape(-1, *self.image_shape)


def width(quality):
    """Of every bin: 3.9 at quality 1, 1 at 50, 1/4 at 100, at equal ratios."""
    return np.float32(2 ** ((50 - quality) / 25))


def frequencies(quality, escape):
    """Of latents 0..12, the lower the likelier; those above are escaped, with this frequency."""
    count = round(12 / float(width(quality))) + 1
    weights = 2 * count - np.arange(count)
    table = np.append(weights * (2**16 - escape) // weights.sum(), 0)
    table[-1] = 2**16 - table.sum()
    return table


BANK = Bank(np.zeros(100, int), [frequencies(quality, 3500) for quality in QUALITIES])
CLASSES = Bank(np.array([-100, 0, 7]), [frequencies(quality, 1) for quality in (10, 50, 100)])


def tables(channels, quality=50):
    """One class; all channels have the same table."""
    index = np.full((1, channels), quality - 1)
    widths = np.full(channels, width(quality), np.float32)
    return Tables(BANK, widths, np.array([2**16]), index, np.zeros((1, channels), int))


def classed_tables(channels):
    """Three classes, unequally likely, of symbols around -100, 5 and 30."""
    index = np.arange(3)[:, None].repeat(channels, axis=1)
    offsets = np.arange(3)[:, None] + np.arange(channels)
    classes = np.array([2**15, 2**14, 2**14])
    return Tables(CLASSES, np.ones(channels, np.float32), classes, index, offsets)


def codec(channels=1, identity=b"test", size=8):
    networks = QuarterMeans(channels, size)
    qualities = [tables(networks.latent_shape[0], quality) for quality in QUALITIES]
    return Codec(networks, qualities, identity)


def images(count, channels=1, size=8, seed=0):
    """Noise, uint8 [count, size, size, channels], with quarters of any brightness."""
    rng = np.random.default_rng(seed)
    quarters = rng.integers(0, 256, (count, 2, 1, 2, 1, channels))
    noise = rng.integers(-20, 21, (count, 2, size // 2, 2, size // 2, channels))
    return np.uint8(np.clip(quarters + noise, 0, 255)).reshape(count, size, size, channels)
