"""Rate-distortion curves, and the distance between two of them."""

import csv
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np

from image_compressor.errors import InputError


@dataclass(frozen=True)
class RatePoint:
    """Bytes and distortion of a codec at one setting, means over a set of images.

    Attributes:
        setting: the codec's setting, e.g. its quality.
        bytes_per_image: mean bytes.
        ssim, l1, psnr: as in `Measures`.
    """

    setting: float
    bytes_per_image: float
    ssim: float
    l1: float
    psnr: float


COLUMNS = [field.name for field in fields(RatePoint)]


def save(points: Sequence[RatePoint], path: Path) -> None:
    """Writes a CSV file with one row per point."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows([f"{value:.6g}" for value in astuple(point)] for point in points)


def read(path: Path, stage: str = "rivals") -> list[RatePoint]:
    """Reads the output of `save`. Raises InputError, naming `stage`, if it is not valid."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        if not rows:
            raise ValueError("no rows")
        return [RatePoint(**{name: _finite(row[name]) for name in COLUMNS}) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise InputError(
            f"{path} is not a table with the columns {', '.join(COLUMNS)}: {error!r}. Run {stage} "
            f"first: `dvc repro {stage}`."
        ) from None


def _finite(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not a finite number")
    return value


def read_all(directory: Path) -> dict[str, list[RatePoint]]:
    """Reads all curves of a directory, by file name. Raises InputError if there are none."""
    curves = {path.stem: read(path) for path in sorted(directory.glob("*.csv"))}
    if not curves:
        raise InputError(f"{directory} has no curves. Run `dvc repro rivals` first.")
    return curves


def bd_rate(
    anchor: Sequence[RatePoint], points: Sequence[RatePoint], metric: Literal["ssim", "psnr"]
) -> float | None:
    """Bytes that `points` needs beyond `anchor` for the same metric, in %; negative means fewer.

    Bjontegaard 2001, "Calculation of average PSNR differences between RD-curves", with Akima
    interpolation (Herglotz et al. 2022), over the range of the metric that both curves cover. None
    if their ranges do not overlap.
    """
    import bjontegaard  # with Matplotlib, which takes longer to load than a small stage to run

    curves = []
    for curve in (anchor, points):
        pairs = sorted({(p.bytes_per_image, getattr(p, metric)) for p in curve})
        # Keeps only points that improve on all cheaper ones.
        rising = [pair for index, pair in enumerate(pairs) if _best(pair, pairs[:index])]
        curves += np.array(rising).T.tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a small overlap, which the curves show
        try:
            rate = bjontegaard.bd_rate(
                *curves, method="akima", require_matching_points=False, min_overlap=0
            )
        except (AssertionError, ValueError):
            return None
    return float(f"{rate:.4g}") if np.isfinite(rate) else None


def compare(curve: Sequence[RatePoint], rivals: Mapping[str, Sequence[RatePoint]]) -> dict:
    """Computes `bd_rate_ssim` and `bd_rate_psnr` of a curve against each rival's."""
    return {
        f"bd_rate_{metric}": {name: bd_rate(rival, curve, metric) for name, rival in rivals.items()}
        for metric in ("ssim", "psnr")
    }


def at_ssim(points: Sequence[RatePoint], ssim: float) -> float | None:
    """Interpolates bytes per image at a mean SSIM, between the nearest points; None outside."""
    ordered = sorted(points, key=lambda point: point.ssim)
    similarities = [point.ssim for point in ordered]
    if not similarities[0] <= ssim <= similarities[-1]:
        return None
    logs = np.log([point.bytes_per_image for point in ordered])
    return float(np.exp(np.interp(ssim, similarities, logs)))


def _best(pair, cheaper):
    return all(pair[1] > other[1] for other in cheaper)
