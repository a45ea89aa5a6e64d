"""Headline: the results of a run in one sentence."""

from collections.abc import Mapping, Sequence

from image_compressor.evaluation.curves import RatePoint, at_ssim
from image_compressor.evaluation.rivals import SHEET
from image_compressor.report.series import title

FILES, SHEETS = "{} files", "one {} picture of them all"


def headline(metrics: Mapping, rivals: Mapping[str, Sequence[RatePoint]]) -> str:
    """Compares bytes per image with the best rival that uses one file per image, or one sheet.

    Args:
        metrics: with `bytes_per_image` and `ssim`, at one quality.
        rivals: the curve of each. Names ending in "-sheet" have all images in one picture.
    """
    size, ssim = metrics["bytes_per_image"], metrics["ssim"]
    groups: dict[str, dict] = {FILES: {}, SHEETS: {}}
    for name, curve in rivals.items():
        groups[SHEETS if name.endswith(SHEET) else FILES][name] = curve
    beside = [against(size, ssim, group, form) for form, group in groups.items() if group]
    return f"Your images take {size:.3g} bytes each at SSIM {short(ssim)}: {', and '.join(beside)}."


def against(
    size: float, ssim: float, rivals: Mapping[str, Sequence[RatePoint]], form: str = FILES
) -> str:
    """Compares `size` bytes with the rival that needs the fewest for the SSIM.

    If a rival's smallest files have a higher SSIM, they are named instead of a ratio, which would
    not be fair. A rival whose largest files have a lower SSIM does not reach it.
    """
    needs = {name: needed(curve, ssim) for name, curve in rivals.items()}
    reached = {name: need for name, need in needs.items() if need is not None}
    if not reached:
        return f"an SSIM that no rival reaches with {form.replace('{} ', '')}"
    best = min(reached, key=lambda name: reached[name])
    beside = form.format(title(best.removesuffix(SHEET)))
    lowest = min(point.ssim for point in rivals[best])
    if ssim < lowest:
        verb = "take" if form == FILES else "takes"
        return f"{beside} {verb} {reached[best]:.3g} at the smallest (SSIM {short(lowest)})"
    return f"{_times(reached[best] / size)} {beside}"


def _times(ratio):
    """Says how a size compares with another one that is `ratio` times as large."""
    if ratio >= 1.995:
        return f"{ratio:.2g} times fewer than"
    if ratio <= 1 / 1.995:
        return f"{1 / ratio:.2g} times as many as"
    percent = round(100 * (1 / ratio - 1))
    if percent == 0:
        return "as many as"
    return f"{abs(percent)} % {'fewer' if percent < 0 else 'more'} than"


def needed(curve: Sequence[RatePoint], ssim: float) -> float | None:
    """Returns bytes per image for at least this SSIM; None if the curve does not reach it."""
    if ssim <= min(point.ssim for point in curve):
        return min(point.bytes_per_image for point in curve)
    return at_ssim(curve, ssim)


def short(ssim: float) -> str:
    """Formats an SSIM, e.g. `.952`."""
    return f"{ssim:.3f}".removeprefix("0")
