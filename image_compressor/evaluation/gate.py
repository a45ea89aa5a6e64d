"""The gate: decides whether a new codec is better than the promoted one.

The images are a sample of those that will come, so each figure has an interval: the bootstrap draws
the images of both codecs again, together (see `each`). A codec is better if every figure keeps its
limit at the bad end of its interval, and not better if one breaks it even at the good end. Else,
there are too few images to decide. Beyond each end are the draws that may disagree: 5 % of them,
if `Thresholds.confidence` is 95.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.evaluation import each
from image_compressor.evaluation.curves import at_ssim, bd_rate
from image_compressor.evaluation.distortion import to_see
from image_compressor.evaluation.each import Each
from image_compressor.evaluation.measures import curve, curve_of_each
from image_compressor.evaluation.verdict import Thresholds, Verdict
from image_compressor.images.groups import Group

LOW = 1  # percentile of the images' SSIM
MANY = 100  # times as many images are not recommended
# Of each figure that has a limit in Thresholds: what it is, its sign for a reader, and its unit.
FIGURES = {
    "bd_rate": ("BD-rate by SSIM", 1, ".2f} %", "at most {:+g} %"),
    "bd_rate_psnr": ("BD-rate by PSNR", 1, ".2f} %", "at most {:+g} %"),
    "bd_rate_ssimulacra2": ("BD-rate by SSIMULACRA2", 1, ".2f} %", "at most {:+g} %"),
    "ssim_at_bytes": ("SSIM at equal bytes, where it lost most,", -1, ".4f}", "at most {:g} lost"),
    "ssim_loss": ("SSIM at its best", -1, ".4f}", "at most {:g} lost"),
    "worst_loss": ("SSIM of the worst 1 %", -1, ".4f}", "at most {:g} lost"),
    "colour_at_bytes": (
        "CIEDE2000 at equal bytes, where it grew most,",
        1,
        ".2f}",
        "at most {:+g}",
    ),
}


@dataclass(frozen=True)
class Check:
    """A figure beside its limit; a lower one is better.

    Attributes:
        name: one of FIGURES.
        value: over all images.
        low, high: the ends of its interval.
        limit: the highest value that is accepted.
    """

    name: str
    value: float
    low: float
    high: float
    limit: float

    @property
    def kept(self) -> bool:
        """Whether the figure keeps its limit, at either end of the interval."""
        return self.high <= self.limit

    @property
    def broken(self) -> bool:
        """Whether it breaks its limit, at either end."""
        return self.low > self.limit

    @property
    def factor(self) -> float:
        """How many times as many images would move the end of the interval to the limit, if its
        width shrinks as the square root of their number grows."""
        end = self.high if self.value <= self.limit else self.low
        distance = self.limit - self.value
        return ((end - self.value) / distance) ** 2 if distance else math.inf

    def __str__(self) -> str:
        what, sign, form, limit = FIGURES[self.name]
        numbers = (sign * number + 0.0 for number in (self.value, self.low, self.high))
        value, *ends = (f"{{:+{form}".format(number) for number in numbers)
        first, last = ends[::sign]
        return f"{what} {value} ({first} to {last}; {limit.format(self.limit)})."


def judge(directory: Path, promoted: Path | None, images: Group, thresholds: Thresholds) -> Verdict:
    """Compares two exported codecs. If one of them cannot be loaded or used, nothing is promoted.

    Args:
        directory: directory of the new codec.
        promoted: directory of the promoted codec; None if there is none yet.
        images: uint8 images [H, W, C] that neither was trained on.
    """
    try:
        old, new = Codec.load(promoted) if promoted else None, Codec.load(directory)
        if old and old.identity == new.identity:
            return Verdict(False, ["It is the promoted codec: both have the same id."])
        return compare(new, old, images, thresholds)
    except InputError as error:
        return Verdict(False, [str(error)])


def compare(new: Codec, promoted: Codec | None, images: Group, thresholds: Thresholds) -> Verdict:
    """Measures both codecs on the images. Raises InputError if a codec does not accept them."""
    qualities = np.linspace(1, 100, thresholds.points).round().astype(int).tolist()
    if promoted is None:
        return Verdict(True, ["No codec is promoted yet."], new=curve(new, images, qualities))
    shapes = [tuple(codec.networks.image_shape) for codec in (promoted, new)]
    if shapes[0] != shapes[1]:
        return Verdict(
            False, ["The promoted codec takes images of shape {}, not {}.".format(*shapes)]
        )
    seen = to_see(images)
    measured, before = (curve_of_each(codec, images, qualities, seen) for codec in (new, promoted))
    return weigh(measured, before, thresholds)


def weigh(new: Each, promoted: Each, thresholds: Thresholds) -> Verdict:
    """Returns the verdict on a codec, compared with the promoted one on the same images."""
    curves = new.curve(), promoted.curve()
    rate, rows = bd_rate(curves[1], curves[0], "ssim"), _at_equal_ssim(*curves)
    if rate is None or not rows:
        above, reason = _apart(*curves)
        return Verdict(above, [reason], new=curves[0], promoted=curves[1])
    checks = [*_checks(new, promoted, thresholds)]
    broken = [check for check in checks if check.broken]
    unsure = [check for check in checks if not check.kept and not check.broken]
    reasons = [str(check) for check in broken or unsure or checks]
    undecided = bool(unsure and not broken)
    if undecided:
        reasons.append(_wanted(max(check.factor for check in unsure), new.bytes.shape[1]))
    better = not broken and not unsure
    return Verdict(better, reasons, rate, rows, *curves, undecided=undecided)


def _checks(new, promoted, thresholds) -> Iterator[Check]:
    drawn = [
        _figures(new.chosen(numbers), promoted.chosen(numbers))
        for numbers in each.draws(new.bytes.shape[1])
    ]
    for name, value in _figures(new, promoted).items():
        limit = getattr(thresholds, name)
        if limit is None:
            continue
        values = [figures[name] for figures in drawn if name in figures]
        middle = max(0, 2 * thresholds.confidence - 100)
        low, high = each.within([value, *values], middle)
        yield Check(name, value, low, high, limit)


def _figures(new: Each, promoted: Each) -> dict[str, float]:
    """The figures of FIGURES that these images have; lower is better."""
    ours, theirs = new.curve(), promoted.curve()
    best, best_new = (max(point.ssim for point in points) for points in (theirs, ours))
    worst, worst_new = (np.percentile(one.ssim[-1], LOW) for one in (promoted, new))
    found = {
        "bd_rate": bd_rate(theirs, ours, "ssim"),
        "bd_rate_psnr": bd_rate(theirs, ours, "psnr"),
        "bd_rate_ssimulacra2": each.bd_rate(promoted, new, "ssimulacra2"),
        "ssim_at_bytes": _lost(ours, theirs, "ssim"),
        "ssim_loss": best - best_new,
        "worst_loss": float(worst - worst_new),
        "colour_at_bytes": _lost(ours, theirs, "colour", -1),
    }
    return {name: value for name, value in found.items() if value is not None}


def _wanted(factor, count):
    """The advice of how many images would decide."""
    wanted = math.ceil(min(factor, MANY) * count)
    about = "More than" if factor > MANY else "About"
    return f"{about} {wanted:,} such images would decide it, and there are {count:,}."


def _apart(new, promoted):
    """Returns (better, the reason) for curves that share too little SSIM for a BD-rate.

    The new curve is better only if it lies above the promoted one, and starts with at most as many
    bytes as that one ends with.
    """
    lowest, highest = min(new, key=_ssim), max(promoted, key=_ssim)
    reason = (
        f"The curves share too little SSIM for a BD-rate: the new one starts at "
        f"{lowest.ssim:.3f} with {lowest.bytes_per_image:.1f} bytes, the promoted one ends at "
        f"{highest.ssim:.3f} with {highest.bytes_per_image:.1f}."
    )
    above = lowest.ssim > highest.ssim and lowest.bytes_per_image <= highest.bytes_per_image
    return above, reason


def _ssim(point):
    return point.ssim


def _lost(new, promoted, measure, sign=1):
    """The largest loss of a measure at any of the promoted codec's bytes that `new` covers, or
    None.

    Not the other way round, bytes at equal SSIM: where a curve is flat, they vary without limit.

    Args:
        sign: -1 for a measure of which less is better.
    """
    if any(getattr(point, measure) is None for point in (*new, *promoted)):
        return None
    pairs = sorted((point.bytes_per_image, getattr(point, measure)) for point in new)
    sizes, values = np.array(pairs).T
    losses = [
        sign * (getattr(point, measure) - np.interp(point.bytes_per_image, sizes, values))
        for point in promoted
        if sizes[0] <= point.bytes_per_image <= sizes[-1]
    ]
    return float(max(losses)) if losses else None


def _at_equal_ssim(new, promoted):
    """Makes rows for `Verdict.bytes_at_ssim`, at each promoted point's SSIM that `new` covers."""
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
