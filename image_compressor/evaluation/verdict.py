"""What the gate says of a new codec, and by which thresholds."""

import math
from dataclasses import asdict, dataclass, field

from image_compressor.errors import InputError
from image_compressor.evaluation.curves import Point


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
