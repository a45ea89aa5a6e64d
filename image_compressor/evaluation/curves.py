"""Rate-distortion curves, and the distance between two."""

import csv
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Literal

import bjontegaard
import numpy as np

from image_compressor.errors import InputError


@dataclass(frozen=True)
class RatePoint:
    """What a codec needs at one setting.

    Attributes:
        setting: of the codec, e.g. its quality.
        bytes_per_image: means over a set, as are the others.
        ssim, l1, psnr: as in `Measures`.
    """

    setting: float
    bytes_per_image: float
    ssim: float
    l1: float
    psnr: float


COLUMNS = [field.name for field in fields(RatePoint)]


def save(points: Sequence[RatePoint], path: Path) -> None:
    """CSV with a row a point."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows([f"{value:.6g}" for value in astuple(point)] for point in points)


def read(path: Path, stage: str = "rivals") -> list[RatePoint]:
    """Reads what `save` wrote. Raises InputError, naming `stage`, where it is missing or broken."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        if not rows:
            raise ValueError("no rows")
        return [RatePoint(**{name: _finite(row[name]) for name in COLUMNS}) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise InputError(
            f"a table with {', '.join(COLUMNS)}",
            f"{path}: {error!r}",
            f"Run {stage} first: `dvc repro {stage}`.",
        ) from None


def _finite(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not a finite number")
    return value


def read_all(directory: Path) -> dict[str, list[RatePoint]]:
    """The curve in each CSV of a directory, by the file's name. Raises InputError for none."""
    curves = {path.stem: read(path) for path in sorted(directory.glob("*.csv"))}
    if not curves:
        raise InputError(
            "curves of the rivals", f"{directory} has none", "Run `dvc repro rivals` first."
        )
    return curves


def bd_rate(
    anchor: Sequence[RatePoint], points: Sequence[RatePoint], metric: Literal["ssim", "psnr"]
) -> float | None:
    """Bytes that `points` needs more than `anchor` for the same metric, in %; negative is fewer.

    Bjontegaard 2001, "Calculation of average PSNR differences between RD-curves", with Akima
    interpolation (Herglotz et al. 2022), over the range of the metric that both reach. None
    where they have none in common.
    """
    curves = []
    for curve in (anchor, points):
        pairs = sorted({(p.bytes_per_image, getattr(p, metric)) for p in curve})
        # Only points that give more for more bytes: others are not on the curve.
        rising = [pair for place, pair in enumerate(pairs) if _best(pair, pairs[:place])]
        curves += np.array(rising).T.tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a small overlap; it is given with the curves
        try:
            rate = bjontegaard.bd_rate(
                *curves, method="akima", require_matching_points=False, min_overlap=0
            )
        except (AssertionError, ValueError):
            return None
    return float(f"{rate:.4g}") if np.isfinite(rate) else None


def compare(curve: Sequence[RatePoint], rivals: Mapping[str, Sequence[RatePoint]]) -> dict:
    """`bd_rate_ssim` and `bd_rate_psnr` of a curve against each rival's."""
    return {
        f"bd_rate_{metric}": {name: bd_rate(rival, curve, metric) for name, rival in rivals.items()}
        for metric in ("ssim", "psnr")
    }


def at_ssim(points: Sequence[RatePoint], ssim: float) -> float | None:
    """Bytes an image at a mean SSIM, on the line between the two nearest points; None outside."""
    ordered = sorted(points, key=lambda point: point.ssim)
    similarities = [point.ssim for point in ordered]
    if not similarities[0] <= ssim <= similarities[-1]:
        return None
    logs = np.log([point.bytes_per_image for point in ordered])
    return float(np.exp(np.interp(ssim, similarities, logs)))


def _best(pair, cheaper):
    return all(pair[1] > other[1] for other in cheaper)
