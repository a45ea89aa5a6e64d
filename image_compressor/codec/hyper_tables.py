"""The frozen integers of a codec whose latents have a hyperprior: scales, means and tables."""

from dataclasses import dataclass

import numpy as np

from image_compressor.codec.tables import AGAIN, Bank, check_widths
from image_compressor.errors import InputError

SCALES = np.geomspace(0.04, 64, 64)  # in bins, that are told apart
MEAN_STEPS = 16  # of a mean, a bin
HYPER_LIMIT = 255  # of hyper-latents: the hyper-decoder is exact for whole numbers up to here


@dataclass(frozen=True)
class HyperTables:
    """What one quality rounds to and codes with, where latents have a hyperprior.

    Attributes:
        bank: a table for each of the D channels of hyper-latents, then one for each of SCALES.
        widths: float32 [C], of the latents' bins.

    Raises InputError for other widths, and for fewer tables.
    """

    bank: Bank
    widths: np.ndarray

    def __post_init__(self):
        check_widths(self.widths)
        if len(self.bank.frequencies) <= len(SCALES):
            received = f"{len(self.bank.frequencies)} in all"
            raise InputError(f"tables before those of {len(SCALES)} scales", received, AGAIN)

    @property
    def hyper_channels(self) -> int:
        """D."""
        return len(self.bank.frequencies) - len(SCALES)
