"""Verdict of the gate on a new codec, and its thresholds."""

import math
from dataclasses import asdict, dataclass, field

import numpy as np

from image_compressor.errors import InputError
from image_compressor.evaluation.curves import RatePoint

SETTINGS = {"points", "confidence", "canary"}  # of Thresholds; the others are limits


@dataclass(frozen=True)
class Thresholds:
    """Limits for a new codec, compared with the promoted one on the same images.

    Attributes:
        points: number of qualities to measure, 4..100, spread over all.
        confidence: 0..99, the % of samples of images whose figures must keep all limits, or break
            one, for a decision.
        canary: days for which a better codec is on trial, compressing new images beside the
            promoted one, before it is promoted; 0: it is promoted at once.

    Each of the others is the limit of a figure, or None: then the figure does not count.

        bd_rate: largest increase in % of the bytes at equal SSIM, over the range that both cover; a
            negative value demands a decrease.
        bd_rate_psnr: the same at equal PSNR, so that one measure is not improved at the other's
            cost.
        bd_rate_ssimulacra2: the same at equal SSIMULACRA2, for photographs.
        ssim_at_bytes: largest decrease of the mean SSIM at the bytes of any point of the promoted
            codec's curve.
        ssim_loss: largest decrease of the mean SSIM at quality 100.
        worst_loss: the same for the SSIM that 99 of 100 images have.
        colour_at_bytes: largest increase, at the bytes of any point of the promoted codec's curve,
            of the mean over images in colours of the largest CIEDE2000 between 8x8 pixels.

    Raises InputError for limits that are not finite numbers, for a setting out of range, and if no
    figure counts.
    """

    points: int = 8
    bd_rate: float | None = -0.5
    bd_rate_psnr: float | None = 3.0
    bd_rate_ssimulacra2: float | None = 3.0
    ssim_at_bytes: float | None = 0.005
    ssim_loss: float | None = 0.002
    worst_loss: float | None = 0.04
    colour_at_bytes: float | None = 1.0
    confidence: float = 95
    canary: float = 0

    def __post_init__(self):
        limits = asdict(self)
        for name, value in limits.items():
            if value is None and name not in SETTINGS:
                continue
            if type(value) not in (int, float) or not math.isfinite(value):
                raise InputError(f"a number as {name}", repr(value), "Change it.")
        if all(limits[name] is None for name in limits.keys() - SETTINGS):
            raise InputError("Every limit of the gate is null, so any codec would be promoted.")
        if type(self.points) is not int or not 4 <= self.points <= 100:
            raise InputError("points from 4 to 100", self.points, "Change it.")
        if not 0 <= self.confidence <= 99:
            raise InputError("a confidence from 0 to 99", self.confidence, "Change it.")
        if self.canary < 0:
            raise InputError("a canary of 0 days or more", self.canary, "Change it.")


@dataclass(frozen=True)
class Verdict:
    """Whether to promote a codec, and why.

    Attributes:
        better: whether to promote it.
        undecided: whether there are too few images to tell.
        reasons: one line each.
        bd_rate: in %, by SSIM; None if there is nothing to compare.
        bytes_at_ssim: rows `ssim`, `promoted`, `new` (bytes per image) and `change` in %.
        new, promoted: the curves.
    """

    better: bool
    reasons: list[str]
    bd_rate: float | None = None
    bytes_at_ssim: list[dict[str, float]] = field(default_factory=list)
    new: list[RatePoint] = field(default_factory=list)
    promoted: list[RatePoint] = field(default_factory=list)
    undecided: bool = False

    @property
    def answer(self) -> str:
        """Better, Not better or Undecided."""
        return "Better" if self.better else "Undecided" if self.undecided else "Not better"

    def to_dict(self) -> dict:
        """Converts to a dict for JSON."""
        return {**asdict(self), "answer": self.answer}

    def __str__(self) -> str:
        """Returns the verdict in one line."""
        return f"{self.answer}: {' '.join(self.reasons)}"

    def markdown(self) -> str:
        """Returns the line and, if there is something to compare, bytes at equal SSIM and a chart.

        The chart is in mermaid, text that GitHub and others draw.
        """
        lines = [str(self)]
        if self.bytes_at_ssim:
            head = "| SSIM | promoted, bytes per image | new | change |"
            row = "| {ssim:.3f} | {promoted:.1f} | {new:.1f} | {change:+.1f} % |"
            lines += ["", head, "|---|---|---|---|"]
            lines += [row.format(**each) for each in self.bytes_at_ssim]
            lines += _chart(self.new, self.promoted)
        return "\n".join(lines) + "\n"


def _chart(new, promoted):
    """Draws SSIM over bytes per image, evenly spaced over the range of both curves."""
    curves = [
        np.array(sorted((point.bytes_per_image, point.ssim) for point in points)).T
        for points in (new, promoted)
    ]
    fewest, most = max(sizes[0] for sizes, _ in curves), min(sizes[-1] for sizes, _ in curves)
    if fewest >= most:
        return []
    sizes = np.linspace(fewest, most, 12)
    lines = [np.interp(sizes, *curve).round(4).tolist() for curve in curves]
    return [
        "",
        "```mermaid",
        "xychart-beta",
        '    title "SSIM: new (first line), promoted (second)"',
        f'    x-axis "bytes per image" {fewest:.1f} --> {most:.1f}',
        f'    y-axis "SSIM" {min(map(min, lines)):.3f} --> {max(map(max, lines)):.3f}',
        *(f"    line {values}" for values in lines),
        "```",
    ]
