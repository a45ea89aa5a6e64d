"""What the gate says of a new codec, and by which thresholds."""

import math
from dataclasses import asdict, dataclass, field

import numpy as np

from image_compressor.errors import InputError
from image_compressor.evaluation.curves import RatePoint


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
    new: list[RatePoint] = field(default_factory=list)
    promoted: list[RatePoint] = field(default_factory=list)

    def to_dict(self) -> dict:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        """One line."""
        return f"{'Better' if self.better else 'Not better'}: {' '.join(self.reasons)}"

    def markdown(self) -> str:
        """The line; where there is something to compare, bytes at equal SSIM and a chart too.

        The chart is one that GitHub and others draw from its text (mermaid).
        """
        lines = [str(self)]
        if self.bytes_at_ssim:
            lines += ["", "| SSIM | promoted, bytes an image | new | change |", "|---|---|---|---|"]
            row = "| {ssim:.3f} | {promoted:.1f} | {new:.1f} | {change:+.1f} % |"
            lines += [row.format(**each) for each in self.bytes_at_ssim]
            lines += _chart(self.new, self.promoted)
        return "\n".join(lines) + "\n"


def _chart(new, promoted):
    """SSIM for the bytes an image that both can need, evenly spaced."""
    curves = [
        np.array(sorted((point.bytes_per_image, point.ssim) for point in points)).T
        for points in (new, promoted)
    ]
    fewest, most = max(sizes[0] for sizes, _ in curves), min(sizes[-1] for sizes, _ in curves)
    if fewest >= most:
        return []
    places = np.linspace(fewest, most, 12)
    lines = [np.interp(places, *curve).round(4).tolist() for curve in curves]
    return [
        "",
        "```mermaid",
        "xychart-beta",
        '    title "SSIM: new (first line), promoted (second)"',
        f'    x-axis "bytes an image" {fewest:.1f} --> {most:.1f}',
        f'    y-axis "SSIM" {min(map(min, lines)):.3f} --> {max(map(max, lines)):.3f}',
        *(f"    line {values}" for values in lines),
        "```",
    ]
