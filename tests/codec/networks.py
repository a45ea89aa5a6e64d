"""Networks without training, for tests of a codec that need no particular network."""

from pathlib import Path

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.codec.frozen.hyper_tables import HYPER_LIMIT, MEAN_STEPS, SCALES, HyperTables
from image_compressor.codec.frozen.tables import QUALITIES, Bank, Tables


class QuarterMeans:
    """Networks for square images with C channels; the 4C latents are their quarters' means x 16."""

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
    """The width of every bin: 3.9 at quality 1, 1 at 50, 1/4 at 100, in a geometric series."""
    return np.float32(2 ** ((50 - quality) / 25))


def frequencies(quality, escape):
    """Frequencies for latents 0..12, falling; `escape` is the frequency of higher ones."""
    count = round(12 / float(width(quality))) + 1
    weights = 2 * count - np.arange(count)
    table = np.append(weights * (2**16 - escape) // weights.sum(), 0)
    table[-1] = 2**16 - table.sum()
    return table


BANK = Bank(np.zeros(100, int), [frequencies(quality, 3500) for quality in QUALITIES])
CLASSES = Bank(np.array([-100, 0, 7]), [frequencies(quality, 1) for quality in (10, 50, 100)])


def tables(channels, quality=50):
    """Tables with one class, where all channels share a frequency table."""
    index = np.full((1, channels), quality - 1)
    widths = np.full(channels, width(quality), np.float32)
    return Tables(BANK, widths, np.array([2**16]), index, np.zeros((1, channels), int))


def classed_tables(channels):
    """Tables with three classes of unequal probability, for symbols around -100, 5 and 30."""
    index = np.arange(3)[:, None].repeat(channels, axis=1)
    offsets = np.arange(3)[:, None] + np.arange(channels)
    classes = np.array([2**15, 2**14, 2**14])
    return Tables(CLASSES, np.ones(channels, np.float32), classes, index, offsets)


def codec(channels=1, identity=b"test", size=8):
    networks = QuarterMeans(channels, size)
    qualities = [tables(networks.latent_shape[0], quality) for quality in QUALITIES]
    return Codec(networks, qualities, identity)


def images(count, channels=1, size=8, seed=0):
    """Noisy images, uint8 [count, size, size, channels], with quarters of random brightness."""
    rng = np.random.default_rng(seed)
    quarters = rng.integers(0, 256, (count, 2, 1, 2, 1, channels))
    noise = rng.integers(-20, 21, (count, 2, size // 2, 2, size // 2, channels))
    return np.uint8(np.clip(quarters + noise, 0, 255)).reshape(count, size, size, channels)


class BlockMeans:
    """Networks for RGB images of any size. A latent vector is the mean of 4x4 pixels, times 64; a
    hyper-latent is a quarter of the mean of 2x2 latents, and predicts its own value for the means
    and for the positions of scales."""

    image_shape = latent_shape = (None, None, 3)
    stride, hyper_stride = 4, 2

    def encode(self, x):
        return 64 * _means(x, self.stride)

    def decode(self, y_hat):
        return np.clip(_spread(y_hat, self.stride) / np.float32(64), 0, 1)

    def hyper_encode(self, bins):
        return _means(bins, self.hyper_stride) / 4

    def hyper_decode(self, z_hat):
        if np.abs(z_hat).max() > HYPER_LIMIT or z_hat.dtype != np.float32:
            raise ValueError("not exact for these")
        spread = _spread(z_hat, self.hyper_stride)
        return np.concatenate([4 * MEAN_STEPS * spread, np.abs(spread) % len(SCALES)], axis=-1)


def _means(x, side):
    count, height, width, channels = x.shape
    return x.reshape(count, height // side, side, width // side, side, channels).mean((2, 4))


def _spread(x, side):
    return x.repeat(side, axis=1).repeat(side, axis=2)


def bell(scale):
    """The frequencies of -n..n and the escape under a normal distribution."""
    reach = 1 + int(3 * scale)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / scale) ** 2)
    table = 1 + np.append(weights / weights.sum() * 64000, 0).astype(int)
    table[reach] += 2**16 - table.sum()
    return table


HYPER_BANK = Bank(
    np.array([-3, -2, -1, *(-1 - int(3 * scale) for scale in SCALES)]),
    [*(frequencies(quality, 3500) for quality in (20, 40, 60)), *map(bell, SCALES)],
)


def hyper_tables(quality=50):
    return HyperTables(HYPER_BANK, width(quality) * np.array([1, 0.5, 2], np.float32))


def photo_codec():
    return Codec(BlockMeans(), [hyper_tables(quality) for quality in QUALITIES], b"phot")


class Pickled:
    """An object that writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)
