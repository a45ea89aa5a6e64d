"""Curves and charts of the report."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from image_compressor.evaluation import curves
from image_compressor.evaluation.curves import RatePoint
from image_compressor.evaluation.rivals import SHEET
from image_compressor.report.headline import short
from image_compressor.report.series import OURS, series, title
from image_compressor.report.svg import QUIET, STYLE

WIDE, NARROW = (11.0, 5.2), (4.6, 5.6)  # inches of 72 units
SMALL = (4.4, 2.6)
METRICS = curves.METRICS | {"psnr": "PSNR, dB", "bpp": "bits per pixel", "l1": "L1", "mse": "MSE"}
# The value of each metric below which rivals' points are not shown, and the margins of its axis.
AXES = {"ssim": (0.7, 0.02), "ms_ssim": (0.7, 0.02), "psnr": (20, 0.5), "ssimulacra2": (0, 4)}
DASHED = (0, (4, 3))


def rate_distortion(
    lines: Mapping[str, Sequence[RatePoint]],
    size: tuple[float, float] = WIDE,
    metric: str = "ssim",
) -> tuple[Figure, dict[str, str]]:
    """Draws a metric over bytes per image; returns the figure and each point's text, by its gid.

    Args:
        lines: the rivals' curves and `ours`, which is drawn on top; all have the metric.
        metric: one of `curves.METRICS`.
    """
    said = {}
    with rc_context(STYLE):
        figure = Figure(size)
        axes = figure.add_subplot()
        floor = _axes(axes, lines, metric)
        for name in sorted(lines, key=_depth):
            kind = "sheet" if name.endswith(SHEET) else "file"
            points = sorted(lines[name], key=lambda point: point.bytes_per_image)
            look: Any = {"color": series(name).light, "alpha": 0.45 if kind == "sheet" else 1}
            axes.plot(
                [point.bytes_per_image for point in points],
                [getattr(point, metric) for point in points],
                linestyle=DASHED if kind == "sheet" else "-",
                linewidth=2.8 if name == OURS else 1.4,
                gid=f"{size[0]:g}-{metric}:{kind}",
                **look,
            )
            visible = [point for point in points if getattr(point, metric) >= floor]
            for number, point in enumerate(visible):
                gid = f"{size[0]:g}-{metric}:{kind}:{name}:{number}"
                said[gid] = say(name, point)
                axes.plot(
                    [point.bytes_per_image],
                    [getattr(point, metric)],
                    marker=series(name).marker,
                    markersize=7 if name == OURS else 4.5,
                    gid=gid,
                    **look,
                )
        handles = _legend(lines)
        columns = len(handles) if size == WIDE else 3
        figure.legend(handles=handles, loc="outside upper left", ncols=columns)
    return figure, said


def _depth(name):
    """Sort key for drawing: sheets first, ours last."""
    return name == OURS, not name.endswith(SHEET)


def _legend(names):
    shown = [series(name) for name in names if not name.endswith(SHEET)]
    handles = [Line2D([], [], color=s.light, marker=s.marker, label=s.title) for s in shown]
    if len(shown) < len(names):
        sheets = "all in one picture"
        handles.append(Line2D([], [], color=QUIET, linestyle=DASHED, label=sheets))
    return handles


def say(name: str, point: RatePoint) -> str:
    """Describes a point in words."""
    setting = series(name).setting.format(point.setting)
    said = (
        f"{title(name)}, {setting}: {point.bytes_per_image:.4g} bytes per image, "
        f"SSIM {short(point.ssim)}, PSNR {point.psnr:.1f} dB"
    )
    if point.ms_ssim is not None:
        said += f", MS-SSIM {short(point.ms_ssim)}"
    if point.ssimulacra2 is not None:
        said += f", SSIMULACRA2 {point.ssimulacra2:.1f}"
    return said


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


def _axes(axes, lines, metric):
    """Sets up the axes; returns the value of the metric at which they begin."""
    values = {name: [getattr(point, metric) for point in line] for name, line in lines.items()}
    every = [value for each in values.values() for value in each]
    low, margin = AXES[metric]
    floor = max(min(every), min(low, *values[OURS])) - margin
    points = [point for line in lines.values() for point in line]
    sizes = [point.bytes_per_image for point in points if getattr(point, metric) >= floor]
    label = METRICS[metric] + ("" if min(every) > floor else " (lower values not shown)")
    axes.set(xscale="log", xlabel="bytes per image", ylabel=label)
    axes.set(xlim=(min(sizes) / 1.15, max(sizes) * 1.15), ylim=(floor, max(every) + 0.6 * margin))
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    return floor
