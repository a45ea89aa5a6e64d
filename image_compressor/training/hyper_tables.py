"""A MeanScaleHyperprior -> integer tables and its integer hyper-decoder."""

from collections.abc import Iterable

import numpy as np
from keras import ops
from scipy.special import expit

from image_compressor.codec.frozen.hyper_tables import HYPER_LIMIT, SCALES, HyperTables
from image_compressor.codec.frozen.tables import Bank
from image_compressor.model import integer
from image_compressor.model.hyperprior import LOG_SCALES, STEP, extended
from image_compressor.training.tabulating import channel_tables, frozen


def tables(hyperprior, latents: Iterable[np.ndarray], widths: np.ndarray) -> list[HyperTables]:
    """Makes tables for each row of widths float32 [Q, C]; fills the integer hyper-decoder.

    Args:
        latents: latents of typical images, each float [1, h, w, C], which determine the range of
            the hyper-decoder's activations.

    Raises InputError for a density of hyper-latents that is not finite or too wide to tabulate.
    """
    ends = widths[[0, len(widths) // 2, -1]]
    z_hat = [_rounded(hyperprior, y / row) for y in latents for row in ends]
    integer.fill(hyperprior.integer, hyperprior.decoder, z_hat, LOG_SCALES[0], STEP)
    ones = np.ones(hyperprior.hyper_shape[-1], "float32")
    every = [*channel_tables(hyperprior.density, ones), *map(_of_scale, SCALES)]
    minimums, frequencies = zip(*every, strict=True)
    bank = Bank(np.array(minimums), list(frequencies))
    return [HyperTables(bank, row) for row in widths]


def _rounded(hyperprior, bins):
    z = ops.convert_to_numpy(hyperprior.encoder(extended(bins, hyperprior.stride)))
    return np.rint(z).clip(-HYPER_LIMIT, HYPER_LIMIT)


def _of_scale(scale):
    """Returns (the first symbol, frequencies) of a logistic distribution around 0."""
    reach = int(np.ceil(12 * scale)) + 2
    left = -np.abs(np.arange(-reach, reach + 1))  # left of 0, where differences stay accurate
    first, table = frozen(expit((left + 0.5) / scale) - expit((left - 0.5) / scale))
    return first - reach, table
