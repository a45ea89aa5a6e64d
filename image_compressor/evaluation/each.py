"""Measures of each image at each setting of a codec, and what they say of other images.

A set of images is a sample of all images of its kind. How far its BD-rate may be from theirs is
estimated by the bootstrap (Efron 1979): the images are drawn again, with replacement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from image_compressor.errors import InputError
from image_compressor.evaluation import curves
from image_compressor.evaluation.curves import RatePoint

DRAWS, LEVEL = 200, 95  # sets that are drawn; % of them whose figures lie within the interval
NAMES, MORE = ("settings", "bytes", "ssim", "l1", "mse"), ("ms_ssim", "ssimulacra2", "colour")


@dataclass(frozen=True)
class Each:
    """Measures of each image at each setting.

    Attributes:
        settings: float [S].
        bytes: float [S, N]; of one file with all images, each image's share.
        ssim: float [S, N].
        l1, mse: float [S, N], the mean absolute and the mean square error, for values in 0..1.
        ms_ssim, ssimulacra2: float [S, N]; None if no image was measured, NaN where one was not.
        colour: float [S, N], see `colour_difference.largest`; None for grey images.
    """

    settings: np.ndarray
    bytes: np.ndarray
    ssim: np.ndarray
    l1: np.ndarray
    mse: np.ndarray
    ms_ssim: np.ndarray | None = None
    ssimulacra2: np.ndarray | None = None
    colour: np.ndarray | None = None

    def curve(self, numbers: np.ndarray | slice = slice(None)) -> list[RatePoint]:
        """The curve over the images with these numbers."""
        columns = (
            self.bytes[:, numbers].mean(axis=1),
            self.ssim[:, numbers].mean(axis=1),
            self.l1[:, numbers].mean(axis=1),
            10 * np.log10(1 / np.maximum(self.mse[:, numbers].mean(axis=1), 1e-10)),
        )
        rows = zip(self.settings.tolist(), *(column.tolist() for column in columns), strict=True)
        more = {name: _mean(getattr(self, name), numbers) for name in MORE}
        return [
            RatePoint(*row, **{name: values and values[number] for name, values in more.items()})
            for number, row in enumerate(rows)
        ]

    def chosen(self, numbers: np.ndarray) -> "Each":
        """The measures of the images with these numbers."""
        arrays = _arrays(self)
        settings = arrays.pop("settings")
        return Each(settings, **{name: values[:, numbers] for name, values in arrays.items()})

    def with_metric(self, metric: str) -> "Each":
        """The measures of the images of which one of `curves.METRICS` is known."""
        values = getattr(self, metric, None)
        return self if values is None else self.chosen(np.flatnonzero(~np.isnan(values[0])))


def joined(settings: Sequence[float], rows: Sequence[Mapping[str, np.ndarray]]) -> Each:
    """The measures with a row {`bytes` and each measure: float [N]} for each setting."""
    columns = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    return Each(np.array(settings, float), **columns)


def together(parts: Sequence[Each]) -> Each:
    """The measures of the images of all parts, which were measured at the same settings.

    An optional measure that a part lacks is left out.
    """
    names = set.intersection(*(set(_arrays(part)) for part in parts)) - {"settings"}
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=1) for name in names
    }
    return Each(parts[0].settings, **arrays)


def _arrays(measured):
    """The arrays that there are, by their names."""
    every = {name: getattr(measured, name) for name in (*NAMES, *MORE)}
    return {name: values for name, values in every.items() if values is not None}


def _mean(values, numbers):
    """The mean over the images that were measured at each setting; None if there are none."""
    if values is None:
        return None
    some = values[:, numbers]
    seen = ~np.isnan(some[0])
    return some[:, seen].mean(axis=1).tolist() if seen.any() else None


def draws(count: int, seed: int = 0) -> np.ndarray:
    """The numbers of the images in each of DRAWS sets as large as the sample: int [DRAWS, count].

    Two codecs that were measured on the same images are compared on the same draws.
    """
    return np.random.default_rng(seed).integers(count, size=(DRAWS, count))


def within(values: Sequence[float], level: float = LEVEL) -> list[float]:
    """The [lowest, highest] of the `level` % of values that are nearest to their median."""
    outside = (100 - level) / 2
    return [float(f"{end:.4g}") for end in np.percentile(values, [outside, 100 - outside])]


def bd_rate(anchor: Each, points: Each, metric: str) -> float | None:
    """The BD-rate over the images of which the metric is known: see `curves.bd_rate`."""
    anchor, points = anchor.with_metric(metric), points.with_metric(metric)
    return curves.bd_rate(anchor.curve(), points.curve(), metric)


def interval(anchor: Each, points: Each, metric: str) -> list[float] | None:
    """The [lowest, highest] BD-rate of LEVEL % of the drawn sets: see `bd_rate`.

    Both codecs were measured on the same images. None if fewer than two sets have a BD-rate.
    """
    anchor, points = anchor.with_metric(metric), points.with_metric(metric)
    rates = [
        curves.bd_rate(anchor.curve(numbers), points.curve(numbers), metric)
        for numbers in draws(anchor.bytes.shape[1])
    ]
    found = [rate for rate in rates if rate is not None]
    return within(found) if len(found) > 1 else None


def save(measured: Each, path: Path) -> None:
    """Writes a .npz file; equal measures give equal bytes."""
    arrays = {name: values.astype("<f4") for name, values in _arrays(measured).items()}
    np.savez_compressed(path, **arrays)


def read(path: Path) -> Each:
    """Reads the output of `save`. Raises InputError if it is missing or malformed."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            names = [name for name in (*NAMES, *MORE) if name in NAMES or name in arrays]
            return Each(**{name: arrays[name].astype(float) for name in names})
    except Exception as error:  # NumPy's and zip's errors are of many types for damaged files
        raise InputError(
            f"{path} has no measures of images: {error!r}. Run `dvc repro rivals` first."
        ) from None
