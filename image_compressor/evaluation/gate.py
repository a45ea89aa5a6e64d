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
    rate = bd_rate(promoted, new, "ssim")
    rows = [
        {
            "ssim": point.ssim,
            "promoted": point.bytes_per_image,
            "new": size,
            "change": 100 * (size / point.bytes_per_image - 1),
        }
        for point in promoted
        if (size := at_ssim(new, point.ssim)) is not None
    ]
    reaches = [max(point.ssim for point in points) for points in (promoted, new)]
    if rate is None or not rows:
        return Verdict(
            False,
            ["Their curves have no SSIM in common; at most {:.3f} and {:.3f}.".format(*reaches)],
            new=[*new],
            promoted=[*promoted],
        )
    worst, loss = max(rows, key=lambda row: row["change"]), reaches[0] - reaches[1]
    checks = [
        (rate <= thresholds.bd_rate, f"BD-rate {rate:+.2f} % (at most {thresholds.bd_rate:+g} %)."),
        (
            worst["change"] <= thresholds.bytes_at_ssim,
            f"{worst['change']:+.2f} % bytes at SSIM {worst['ssim']:.3f} "
            f"(at most {thresholds.bytes_at_ssim:+g} %).",
        ),
        (
            loss <= thresholds.ssim_loss,
            f"SSIM {-loss:+.4f} at its best (at most {thresholds.ssim_loss:g} lost).",
        ),
    ]
    better = all(kept for kept, _ in checks)
    reasons = [reason for kept, reason in checks if better or not kept]
    return Verdict(better, reasons, rate, rows, [*new], [*promoted])
