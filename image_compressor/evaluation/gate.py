"""The gate: decides whether a new codec is better than the promoted one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.evaluation.curves import RatePoint, at_ssim, bd_rate
from image_compressor.evaluation.measures import curve, curve_of_each
from image_compressor.evaluation.verdict import Thresholds, Verdict
from image_compressor.images.groups import Group

LOW = 1  # percentile of the images' SSIM


def judge(directory: Path, promoted: Path | None, images: Group, thresholds: Thresholds) -> Verdict:
    """Compares two exported codecs. If one of them cannot be loaded or used, nothing is promoted.

    Args:
        directory: directory of the new codec.
        promoted: directory of the promoted codec; None if there is none yet.
        images: uint8 images [H, W, C] that neither was trained on.
    """
    try:
        old = Codec.load(promoted) if promoted else None
        return compare(Codec.load(directory), old, images, thresholds)
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
    each = [curve_of_each(codec, images, qualities) for codec in (new, promoted)]
    lows = [float(np.percentile(measured.ssim[-1], LOW)) for measured in each]
    return weigh(each[0].curve(), each[1].curve(), thresholds, lows[0] - lows[1])


def weigh(
    new: Sequence[RatePoint],
    promoted: Sequence[RatePoint],
    thresholds: Thresholds,
    worst_gain: float = 0.0,
) -> Verdict:
    """Returns the verdict on a curve, compared with that of the promoted codec.

    Args:
        worst_gain: the increase of the SSIM that 99 of 100 images have at quality 100.
    """
    rate, rows = bd_rate(promoted, new, "ssim"), _at_equal_ssim(new, promoted)
    if rate is None or not rows:
        above, reason = _apart(new, promoted)
        return Verdict(above, [reason], new=[*new], promoted=[*promoted])
    best, best_new = (max(point.ssim for point in points) for points in (promoted, new))
    worst, limits = max(rows, key=lambda row: row["change"]), thresholds
    checks = {
        f"BD-rate {rate:+.2f} % (at most {limits.bd_rate:+g} %).": rate <= limits.bd_rate,
        "{change:+.2f} % bytes at SSIM {ssim:.3f} ".format(**worst)
        + f"(at most {limits.bytes_at_ssim:+g} %).": worst["change"] <= limits.bytes_at_ssim,
        f"SSIM {best_new - best:+.4f} at its best (at most {limits.ssim_loss:g} lost).": (
            best - best_new <= limits.ssim_loss
        ),
        f"SSIM {worst_gain:+.4f} of the worst 1 % (at most {limits.worst_loss:g} lost).": (
            -worst_gain <= limits.worst_loss
        ),
    }
    better = all(checks.values())
    reasons = [reason for reason, kept in checks.items() if better or not kept]
    return Verdict(better, reasons, rate, rows, [*new], [*promoted])


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
