"""Curves and charts of the report."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from image_compressor.evaluation.curves import RatePoint
from image_compressor.evaluation.rivals import SHEET
from image_compressor.report.headline import short
from image_compressor.report.series import OURS, series, title
from image_compressor.report.svg import QUIET, STYLE

WIDE, NARROW = (11.0, 5.2), (4.6, 5.6)  # inches of 72 units
SMALL = (4.4, 2.6)
METRICS = {"ssim": "SSIM", "bpp": "bits per pixel", "l1": "L1", "ms_ssim": "MS-SSIM", "mse": "MSE"}
LOW = 0.7  # SSIM below which rivals' points are not shown
DASHED = (0, (4, 3))


def rate_distortion(
    curves: Mapping[str, Sequence[RatePoint]], size: tuple[float, float] = WIDE
) -> tuple[Figure, dict[str, str]]:
    """Draws SSIM over bytes per image; returns the figure and each point's text, by its gid.

    Args:
        curves: the rivals' curves and `ours`, which is drawn on top.
    """
    said = {}
    with rc_context(STYLE):
        figure = Figure(size)
        axes = figure.add_subplot()
        floor = _axes(axes, curves)
        for name in sorted(curves, key=_depth):
            kind = "sheet" if name.endswith(SHEET) else "file"
            points = sorted(curves[name], key=lambda point: point.bytes_per_image)
            look: Any = {"color": series(name).light, "alpha": 0.45 if kind == "sheet" else 1}
            axes.plot(
                [point.bytes_per_image for point in points],
                [point.ssim for point in points],
                linestyle=DASHED if kind == "sheet" else "-",
                linewidth=2.8 if name == OURS else 1.4,
                gid=f"{size[0]:g}:{kind}",
                **look,
            )
            visible = [point for point in points if point.ssim >= floor]
            for number, point in enumerate(visible):
                gid = f"{size[0]:g}:{kind}:{name}:{number}"
                said[gid] = say(name, point)
                axes.plot(
                    [point.bytes_per_image],
                    [point.ssim],
                    marker=series(name).marker,
                    markersize=7 if name == OURS else 4.5,
                    gid=gid,
                    **look,
                )
        lines = _legend(curves)
        columns = len(lines) if size == WIDE else 3
        figure.legend(handles=lines, loc="outside upper left", ncols=columns)
    return figure, said


def _depth(name):
    """Sort key for drawing: sheets first, ours last."""
    return name == OURS, not name.endswith(SHEET)


def _legend(curves):
    shown = [series(name) for name in curves if not name.endswith(SHEET)]
    lines = [Line2D([], [], color=s.light, marker=s.marker, label=s.title) for s in shown]
    if len(shown) < len(curves):
        sheets = "all in one picture"
        lines.append(Line2D([], [], color=QUIET, linestyle=DASHED, label=sheets))
    return lines


def say(name: str, point: RatePoint) -> str:
    """Describes a point in words."""
    setting = series(name).setting.format(point.setting)
    return (
        f"{title(name)}, {setting}: {point.bytes_per_image:.4g} bytes per image, "
        f"SSIM {short(point.ssim)}, PSNR {point.psnr:.1f} dB"
    )


def histogram(values: np.ndarray, label: str = "bytes per image", digits: int = 1) -> Figure:
    """Draws a histogram of a measure of each image."""
    with rc_context(STYLE):
        figure = Figure(SMALL)
        axes = figure.add_subplot()
        bins = "auto" if len(values) > 1 else 1
        axes.hist(values, bins=bins, color=series(OURS).light, rwidth=0.9)
        mean, top = float(np.mean(values)), axes.get_ylim()[1]
        axes.axvline(mean, color=QUIET, linewidth=1, linestyle=DASHED)
        axes.set_ylim(0, top * 1.15)
        text = f"mean {mean:.{digits}f}"
        axes.annotate(text, (mean, top * 1.08), (4, 0), textcoords="offset points", color=QUIET)
        axes.grid(axis="x", visible=False)
        axes.set(xlabel=label, ylabel="images")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    return figure


def history(metric: str, training: Sequence[float], validation: Sequence[float]) -> Figure:
    """Draws a metric over the epochs, from 1, with a gap where it is not finite."""
    with rc_context(STYLE):
        figure = Figure(SMALL)
        axes = figure.add_subplot()
        for values, name, colour, width in (
            (training, "training", QUIET, 1.2),
            (validation, "validation", series(OURS).light, 2.2),
        ):
            finite = np.where(np.isfinite(values), values, np.nan)
            # Without markers, an epoch between two gaps would be invisible.
            marker = None if len(values) > 1 and np.isfinite(values).all() else "."
            epochs = np.arange(len(values)) + 1
            axes.plot(epochs, finite, color=colour, linewidth=width, label=name, marker=marker)
        axes.set_title(METRICS.get(metric, metric))
        axes.set(xlabel="epoch", ylim=_limits(training, validation))
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0.2)
    return figure


def _limits(*curves):
    """Returns limits without the first tenth of the epochs, which would flatten the rest."""
    later = np.concatenate([values[len(values) // 10 :] for values in curves])
    shown = later[np.isfinite(later)]
    if not len(shown):
        return None
    margin = 0.08 * np.ptp(shown) or 0.01
    return shown.min() - margin, shown.max() + margin


def _axes(axes, curves):
    """Sets up the axes; returns the SSIM at which they begin."""
    points = [point for curve in curves.values() for point in curve]
    lowest, highest = (choose(point.ssim for point in points) for choose in (min, max))
    floor = max(lowest, min(LOW, min(point.ssim for point in curves[OURS]))) - 0.02
    sizes = [point.bytes_per_image for point in points if point.ssim >= floor]
    label = "SSIM" if lowest > floor else "SSIM (lower values not shown)"
    axes.set(xscale="log", xlabel="bytes per image", ylabel=label)
    axes.set(xlim=(min(sizes) / 1.15, max(sizes) * 1.15), ylim=(floor, highest + 0.012))
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    return floor
