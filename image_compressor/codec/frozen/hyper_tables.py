"""The frozen tables of a codec with a hyperprior, and its steps of means and scales."""

from dataclasses import dataclass

import numpy as np

from image_compressor.codec.frozen.tables import AGAIN, Bank, check_widths
from image_compressor.errors import InputError

SCALES = np.geomspace(0.04, 64, 64)  # the scales that have a table, in bins
MEAN_STEPS = 16  # steps of a mean, a bin
PRICE = 0.03  # of a bit, in squared bins: a latent rounds to 0 if that is cheaper overall
HYPER_LIMIT = 255  # largest hyper-latent: the hyper-decoder is exact for integers up to here


@dataclass(frozen=True)
class HyperTables:
    """The widths and tables of one quality, for latents with a hyperprior.

    Attributes:
        bank: a table for each of the D channels of hyper-latents, then one for each of SCALES.
        widths: float32 [C], the widths of the latents' bins.

    Raises InputError for invalid widths, and for too few tables.
    """

    bank: Bank
    widths: np.ndarray

    def __post_init__(self):
        check_widths(self.widths)
        if len(self.bank.frequencies) <= len(SCALES):
            received = f"{len(self.bank.frequencies)} in all"
            raise InputError(f"more tables than the {len(SCALES)} scales have", received, AGAIN)

    @property
    def hyper_channels(self) -> int:
        """The number D of channels of hyper-latents."""
        return len(self.bank.frequencies) - len(SCALES)
