"""Measures of each image at each setting of a codec, and what they say of other images.

A set of images is a sample of all images of its kind. How far its BD-rate may be from theirs is
estimated by the bootstrap (Efron 1979): the images are drawn again, with replacement.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from image_compressor.errors import InputError
from image_compressor.evaluation.curves import RatePoint, bd_rate

DRAWS, LEVEL = 200, 95  # sets that are drawn; % of them whose figures lie within the interval
NAMES = ("settings", "bytes", "ssim", "l1", "mse")


@dataclass(frozen=True)
class Each:
    """Measures of each image at each setting.

    Attributes:
        settings: float [S].
        bytes: float [S, N]; of one file with all images, each image's share.
        ssim: float [S, N].
        l1, mse: float [S, N], the mean absolute and the mean square error, for values in 0..1.
    """

    settings: np.ndarray
    bytes: np.ndarray
    ssim: np.ndarray
    l1: np.ndarray
    mse: np.ndarray

    def curve(self, numbers: np.ndarray | slice = slice(None)) -> list[RatePoint]:
        """The curve over the images with these numbers."""
        columns = (
            self.bytes[:, numbers].mean(axis=1),
            self.ssim[:, numbers].mean(axis=1),
            self.l1[:, numbers].mean(axis=1),
            10 * np.log10(1 / np.maximum(self.mse[:, numbers].mean(axis=1), 1e-10)),
        )
        rows = zip(self.settings.tolist(), *(column.tolist() for column in columns), strict=True)
        return [RatePoint(*row) for row in rows]

    def chosen(self, numbers: np.ndarray) -> "Each":
        """The measures of the images with these numbers."""
        return Each(self.settings, *(values[:, numbers] for values in astuple(self)[1:]))


def joined(settings: Sequence[float], rows: Sequence[tuple[np.ndarray, ...]]) -> Each:
    """The measures with a row (bytes, ssim, l1, mse), each [N], for each setting."""
    columns = (np.stack(column) for column in zip(*rows, strict=True))
    return Each(np.array(settings, float), *columns)


def draws(count: int, seed: int = 0) -> np.ndarray:
    """The numbers of the images in each of DRAWS sets as large as the sample: int [DRAWS, count].

    Two codecs that were measured on the same images are compared on the same draws.
    """
    return np.random.default_rng(seed).integers(count, size=(DRAWS, count))


def within(values: Sequence[float], level: float = LEVEL) -> list[float]:
    """The [lowest, highest] of the `level` % of values that are nearest to their median."""
    outside = (100 - level) / 2
    return [float(f"{end:.4g}") for end in np.percentile(values, [outside, 100 - outside])]


def interval(anchor: Each, points: Each, metric: Literal["ssim", "psnr"]) -> list[float] | None:
    """The [lowest, highest] BD-rate of LEVEL % of the drawn sets: see `curves.bd_rate`.

    Both codecs were measured on the same images. None if fewer than two sets have a BD-rate.
    """
    rates = [
        bd_rate(anchor.curve(numbers), points.curve(numbers), metric)
        for numbers in draws(anchor.bytes.shape[1])
    ]
    found = [rate for rate in rates if rate is not None]
    return within(found) if len(found) > 1 else None


def save(measured: Each, path: Path) -> None:
    """Writes a .npz file; equal measures give equal bytes."""
    arrays = dict(zip(NAMES, astuple(measured), strict=True))
    np.savez_compressed(path, **{name: values.astype("<f4") for name, values in arrays.items()})


def read(path: Path) -> Each:
    """Reads the output of `save`. Raises InputError if it is missing or malformed."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Each(*(arrays[name].astype(float) for name in NAMES))
    except Exception as error:  # NumPy's and zip's errors are of many types for damaged files
        raise InputError(
            f"{path} has no measures of images: {error!r}. Run `dvc repro rivals` first."
        ) from None
