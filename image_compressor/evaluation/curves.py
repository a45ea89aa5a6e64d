"""Rate-distortion curves, and the distance between two of them."""

import csv
import math
import warnings
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path

import numpy as np

from image_compressor.errors import InputError


@dataclass(frozen=True)
class RatePoint:
    """Bytes and distortion of a codec at one setting, means over a set of images.

    Attributes:
        setting: the codec's setting, e.g. its quality.
        bytes_per_image: mean bytes.
        ssim, l1, psnr: as in `Measures`.
        ms_ssim: mean; None if the images are no photographs.
        ssimulacra2: mean over a sample; None if it was not measured.
        colour: mean of the largest CIEDE2000 between 8x8 pixels of an image; None for grey images.
    """

    setting: float
    bytes_per_image: float
    ssim: float
    l1: float
    psnr: float
    ms_ssim: float | None = None
    ssimulacra2: float | None = None
    colour: float | None = None


# The metrics by which curves are compared, with their titles.
METRICS = {"ssim": "SSIM", "psnr": "PSNR", "ms_ssim": "MS-SSIM", "ssimulacra2": "SSIMULACRA2"}
COLUMNS = [field.name for field in fields(RatePoint)]
NEEDED = [field.name for field in fields(RatePoint) if field.default is MISSING]


def save(points: Sequence[RatePoint], path: Path) -> None:
    """Writes a CSV file with one row per point."""
    with path.open("w", newline="", encoding="utf-8") as file:
        names = [name for name in COLUMNS if getattr(points[0], name) is not None]
        table = csv.writer(file, lineterminator="\n")
        table.writerow(names)
        table.writerows([f"{getattr(point, name):.6g}" for name in names] for point in points)


def read(path: Path, stage: str = "rivals") -> list[RatePoint]:
    """Reads the output of `save`. Raises InputError, naming `stage`, if it is not valid."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        if not rows:
            raise ValueError("no rows")
        names = [name for name in COLUMNS if name in NEEDED or name in rows[0]]
        return [RatePoint(**{name: _finite(row[name]) for name in names}) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise InputError(
            f"{path} is not a table with the columns {', '.join(NEEDED)}: {error!r}. Run {stage} "
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


def bd_rate(anchor: Sequence[RatePoint], points: Sequence[RatePoint], metric: str) -> float | None:
    """Bytes that `points` needs beyond `anchor` for the same metric, in %; negative means fewer.

    Bjontegaard 2001, "Calculation of average PSNR differences between RD-curves", with Akima
    interpolation (Herglotz et al. 2022), over the range of the metric that both curves cover. None
    if their ranges do not overlap, or one of them lacks the metric.

    Args:
        metric: one of METRICS.
    """
    if any(getattr(point, metric) is None for point in (*anchor, *points)):
        return None
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


def measured(curve: Sequence[RatePoint]) -> list[str]:
    """Lists the METRICS that a curve has."""
    return [metric for metric in METRICS if getattr(curve[0], metric) is not None]


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
