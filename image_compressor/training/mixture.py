"""Mixture: latent vectors -> classes, each with its own tables."""

import warnings

import numpy as np
from scipy.special import ndtr
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from image_compressor.codec.frozen.tables import Bank, Tables
from image_compressor.errors import InputError
from image_compressor.training.tabulating import frozen, rounded

# The bank has a table for every scale, in bin widths, and every shift of the mean from a symbol.
SPREADS = np.geomspace(0.04, 100, 64)
SHIFTS = 16
LIKELY = 1 - 2**-9  # the rest is spread widely, for latents that fit no class


def tables(latents: np.ndarray, classes: int, widths: np.ndarray) -> list[Tables]:
    """Fits a mixture of normal distributions by EM; makes tables for each row of widths [Q, C].

    Within a class, the channels are independent. The codec writes the class that makes a vector
    cheapest, so it pays for the class, and for the vector given the class. Summing over all classes
    would save less than a fiftieth of a byte.

    Args:
        latents: float [N, C].
        classes: <= N.

    Raises InputError for fewer vectors than classes, and for latents too wide to tabulate.
    """
    if len(latents) < classes:
        raise InputError(
            f"{classes} classes need at least {classes} images, but there are only {len(latents)}. "
            "Reduce train.classes."
        )
    if not np.isfinite(latents).all():
        raise InputError("Some latents are not finite. Reduce train.learning_rate.")
    mixture = GaussianMixture(
        classes,
        covariance_type="diag",
        init_params="k-means++",  # k-means itself differs from run to run in the last digit
        max_iter=60,
        tol=1e-4,
        reg_covar=1e-3,
        random_state=0,
    )
    with warnings.catch_warnings():
        # It may stop before it has converged, because it codes well enough by then.
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(latents.astype(np.float64))
    scales, bank = np.sqrt(mixture.covariances_), _bank()
    widest = (scales / widths.min(axis=0)).max()
    if not widest <= SPREADS[-1]:
        raise InputError(
            f"Latents spread over {widest:g} bins, but at most {SPREADS[-1]:g} are supported. "
            "Increase train.rate_weights."
        )
    return [_at(row, mixture, scales, bank) for row in widths]


def _at(widths, mixture, scales, bank):
    centres = mixture.means_ / widths
    # In steps of 1/SHIFTS; the steps from -SHIFTS/2 to SHIFTS/2 - 1 belong to the same symbol.
    steps = np.rint(centres * SHIFTS).astype(np.int64) + SHIFTS // 2
    borders = np.sqrt(SPREADS[1:] * SPREADS[:-1])
    index = np.searchsorted(borders, scales / widths) * SHIFTS + steps % SHIFTS
    return Tables(bank, widths, rounded(mixture.weights_), index, steps // SHIFTS)


def _bank():
    minimums, frequencies = [], []
    for scale in SPREADS:
        reach = int(np.ceil(6 * scale)) + 16
        symbols = np.arange(-reach, reach + 1)
        for shift in (np.arange(SHIFTS) - SHIFTS // 2) / SHIFTS:
            left = -np.abs(symbols - shift)  # left of the mean, where differences stay accurate
            inside = ndtr((left + 0.5) / scale) - ndtr((left - 0.5) / scale)
            first, table = frozen(LIKELY * inside + (1 - LIKELY) / len(symbols))
            minimums.append(first - reach)
            frequencies.append(table)
    return Bank(np.array(minimums), frequencies)
