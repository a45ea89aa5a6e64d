"""What a source gives."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SourceImage:
    """One image of a source.

    Attributes:
        name: relative path with "/", unlike that of any other image of the source.
        pixels: uint8 [H, W] or [H, W, 3].
        label: its class, or "" where the source has none.
        split: train, validation or test where the source has splits of its own, otherwise "".
    """

    name: str
    pixels: np.ndarray
    label: str = ""
    split: str = ""
