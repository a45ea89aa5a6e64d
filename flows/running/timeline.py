"""The history of a place's looks as a picture: what images cost and keep, and when they drifted."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from matplotlib import dates, rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from image_compressor.report import svg
from image_compressor.report.series import OURS, series
from image_compressor.watch.drift import FALSE_ALARMS

SIZE = (9.0, 8.0)  # inches
# By column of the history: the title, and whether its axis is logarithmic.
SHOWN = {
    "bytes_per_image": ("bytes per image", False),
    "ssim": ("SSIM: mean, and 5th percentile", False),
    "stored": ("stored as WebP, AVIF or PNG", False),
    "p": ("probability of so large a difference by chance", True),
}
LEAST = 1e-12  # probability that is shown
ALARM = "#c0392b"


def draw(looks: Sequence[dict[str, str]], path: Path) -> None:
    """Draws the rows of a history, as `history.read` returns them, and writes a .png or .svg.

    Looks in which images had drifted have a red point. A line marks each change of the codec, such
    as a promotion. Invalid looks, which have no measures, are left out.
    """
    measured = [look for look in looks if look["bytes_per_image"]]
    times = [datetime.fromisoformat(look["time"]) for look in measured]
    changes = [
        (time, look["codec"])
        for time, before, look in zip(times[1:], measured, measured[1:], strict=False)
        if look["codec"] != before["codec"]
    ]
    with rc_context(svg.STYLE):
        figure = Figure(SIZE)
        for axes, column in zip(figure.subplots(len(SHOWN), sharex=True), SHOWN, strict=True):
            _draw(axes, column, times, measured)
            for time, codec in changes:
                axes.axvline(time, color=svg.QUIET, linewidth=1)
                if axes.get_subplotspec().is_first_row():
                    at = axes.get_xaxis_transform()  # time, and height from 0 to 1
                    axes.text(time, 1, f" codec {codec}", va="top", color=svg.QUIET, transform=at)
        locator = dates.AutoDateLocator()
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    svg.save(figure, path)


def _draw(axes, column, times, looks):
    title, logarithmic = SHOWN[column]
    values = [float(look[column]) for look in looks]
    if logarithmic:
        values = [max(value, LEAST) for value in values]
    colour = series(OURS).light
    axes.set_title(title)
    axes.plot(times, values, color=colour, marker=".")
    drifted = [number for number, look in enumerate(looks) if look["found"] == "drift"]
    axes.plot([times[n] for n in drifted], [values[n] for n in drifted], "o", color=ALARM)
    if column == "ssim":
        lowest = [float(look["ssim_p5"]) for look in looks]
        axes.plot(times, lowest, color=colour, linewidth=1, linestyle=":")
    if column == "stored":
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.set_ylim(bottom=0)
    if logarithmic:
        axes.set_yscale("log")
        axes.axhline(FALSE_ALARMS, color=ALARM, linewidth=1, linestyle=":")
