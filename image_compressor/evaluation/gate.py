"""Is a new codec better than the promoted one?"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.evaluation.curves import Point, at_ssim, bd_rate
from image_compressor.evaluation.measures import curve


@dataclass(frozen=True)
class Thresholds:
    """What a new codec must keep to, against the promoted one on the same images.

    Attributes:
        points: qualities to measure, 4..100, spread over all.
        bd_rate: bytes at equal SSIM, over the range that both reach; at most so many % more.
            Negative: so many % fewer at least.
        bytes_at_ssim: the same at each SSIM of the promoted one's curve.
        ssim_loss: the SSIM at quality 100 is lower by at most so much.

    Raises InputError for values that are no finite numbers, and for other `points`.
    """

    points: int
    bd_rate: float
    bytes_at_ssim: float
    ssim_loss: float

    def __post_init__(self):
        for name, value in asdict(self).items():
            if type(value) not in (int, float) or not math.isfinite(value):
                raise InputError(f"a number as {name}", repr(value), "Change it.")
        if type(self.points) is not int or not 4 <= self.points <= 100:
            raise InputError("points of 4 to 100", self.points, "Change it.")


@dataclass(frozen=True)
class Verdict:
    """Whether to promote a codec, and why.

    Attributes:
        better: promote it.
        reasons: one line each.
        bd_rate: in %, of SSIM; None where there is nothing to compare.
        bytes_at_ssim: rows `ssim`, `promoted`, `new` (bytes an image) and `change` in %.
        new, promoted: the curves.
    """

    better: bool
    reasons: list[str]
    bd_rate: float | None = None
    bytes_at_ssim: list[dict[str, float]] = field(default_factory=list)
    new: list[Point] = field(default_factory=list)
    promoted: list[Point] = field(default_factory=list)

    def to_dict(self) -> dict:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        """One line."""
        return f"{'Better' if self.better else 'Not better'}: {' '.join(self.reasons)}"

    def markdown(self) -> str:
        """The line, and a table of bytes at equal SSIM."""
        rows = [
            "| {ssim:.3f} | {promoted:.1f} | {new:.1f} | {change:+.1f} % |".format(**row)
            for row in self.bytes_at_ssim
        ]
        head = ["| SSIM | promoted, bytes an image | new | change |", "|---|---|---|---|"]
        return "\n".join([f"{self}\n", *(head + rows if rows else [])]).rstrip() + "\n"


def judge(
    directory: Path, promoted: Path | None, images: np.ndarray, thresholds: Thresholds
) -> Verdict:
    """`compare` of two exported codecs. One that cannot be loaded or used is not promoted over.

    Args:
        directory: of the new codec.
        promoted: that of the promoted one; None where there is none yet.
        images: uint8 [N, H, W, C] that neither was trained on.
    """
    try:
        old = Codec.load(promoted) if promoted else None
        return compare(Codec.load(directory), old, images, thresholds)
    except InputError as error:
        return Verdict(False, [str(error)])


def compare(
    new: Codec, promoted: Codec | None, images: np.ndarray, thresholds: Thresholds
) -> Verdict:
    """Measures both on the images. Raises InputError where they do not take them."""
    qualities = np.linspace(1, 100, thresholds.points).round().astype(int).tolist()
    if promoted is None:
        return Verdict(True, ["No codec is promoted yet."], new=curve(new, images, qualities))
    shapes = [tuple(codec.networks.image_shape) for codec in (promoted, new)]
    if shapes[0] != shapes[1]:
        return Verdict(
            False, ["The promoted codec takes images of shape {}, not {}.".format(*shapes)]
        )
    new_curve, promoted_curve = (curve(codec, images, qualities) for codec in (new, promoted))
    return weigh(new_curve, promoted_curve, thresholds)


def weigh(new: Sequence[Point], promoted: Sequence[Point], thresholds: Thresholds) -> Verdict:
    """The verdict on a curve beside that of the promoted codec."""
    rate, rows = bd_rate(promoted, new, "ssim"), _at_equal_ssim(new, promoted)
    best, best_new = (max(point.ssim for point in points) for points in (promoted, new))
    if rate is None or not rows:
        reason = (
            f"Too little SSIM in common to compare: at best {best:.3f} promoted, {best_new:.3f} "
            "new. If the new one is better, promote it by hand."
        )
        return Verdict(False, [reason], new=[*new], promoted=[*promoted])
    worst, limits = max(rows, key=lambda row: row["change"]), thresholds
    checks = {
        f"BD-rate {rate:+.2f} % (at most {limits.bd_rate:+g} %).": rate <= limits.bd_rate,
        "{change:+.2f} % bytes at SSIM {ssim:.3f} ".format(**worst)
        + f"(at most {limits.bytes_at_ssim:+g} %).": worst["change"] <= limits.bytes_at_ssim,
        f"SSIM {best_new - best:+.4f} at its best (at most {limits.ssim_loss:g} lost).": (
            best - best_new <= limits.ssim_loss
        ),
    }
    better = all(checks.values())
    reasons = [reason for reason, kept in checks.items() if better or not kept]
    return Verdict(better, reasons, rate, rows, [*new], [*promoted])


def _at_equal_ssim(new, promoted):
    """Rows for `Verdict.bytes_at_ssim`: at the SSIM of each promoted point that `new` reaches."""
    sizes = [(point, at_ssim(new, point.ssim)) for point in promoted]
    return [
        {
            "ssim": point.ssim,
            "promoted": point.bytes_per_image,
            "new": size,
            "change": 100 * (size / point.bytes_per_image - 1),
        }
        for point, size in sizes
        if size is not None
    ]
