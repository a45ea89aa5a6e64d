"""Compares the experiments of a sweep -> reports/sweep: a table and RD curves."""

import csv
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows.sweeps.grid import Point
from flows.versions.repository import ACCESS, Repository
from image_compressor.errors import InputError
from image_compressor.evaluation import curves

METRICS = "reports/evaluation/metrics.json"
RATES = "reports/evaluation/rates.csv"
REPORT = Path("reports/sweep")
PICTURE = REPORT / "curves.png"
COLUMNS = ("bytes_per_image", "ssim", "psnr")  # of METRICS
Row = dict[str, Any]


def run(repository: Repository, revision: str, points: Mapping[str, Point]) -> list[Row]:
    """Writes table.csv, table.md, curves.png and each point's curve; removes earlier ones.

    Args:
        revision: the commit that the experiments are based on.
        points: by the names of their experiments, which git's remote has.

    Returns: one row per point: its experiment, parameters and metrics, and as `bd_rate` how many %
        more bytes than the first point it needs at equal SSIM, or None if their SSIM ranges do not
        overlap.
    Raises InputError if an experiment cannot be read.
    """
    repository.dvc("exp", "pull", "--no-cache", "--force", repository.remote, *points)
    found = experiments(repository, revision)
    shutil.rmtree(REPORT, ignore_errors=True)
    (REPORT / "curves").mkdir(parents=True)
    rows: list[Row] = []
    by_name: dict[str, list[curves.RatePoint]] = {}
    for name, point in points.items():
        commit, metrics = found[name]
        by_name[name] = curve(repository, commit, REPORT / f"curves/{name}.csv")
        rate = curves.bd_rate(next(iter(by_name.values())), by_name[name], "ssim")
        shown = {column: metrics.get(column) for column in COLUMNS}
        rows.append({"experiment": name, **point, **shown, "bd_rate": rate})
    write(rows)
    draw(by_name, PICTURE)
    return rows


def experiments(repository: Repository, revision: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Returns the commit and the metrics of each experiment on `revision`, by name."""
    shown = json.loads(repository.dvc("exp", "show", "--json", "--rev", revision))
    found = {}
    for experiment in shown[-1]["experiments"] or []:  # the commit; the workspace comes before it
        last = experiment["revs"][0]
        metrics = last["data"]["metrics"].get(METRICS, {}).get("data", {})
        found[experiment["name"]] = (last["rev"], metrics)
    return found


def curve(repository: Repository, commit: str, path: Path) -> list[curves.RatePoint]:
    """Reads an experiment's RD curve, and copies it to `path`.

    Raises InputError if neither this machine nor DVC's remote has it.
    """
    from dvc import api
    from dvc.exceptions import DvcException

    try:
        path.write_text(api.read(RATES, repo=str(repository.path), rev=commit), "utf-8")
    except (OSError, DvcException) as error:
        reason = str(error).strip().removesuffix(".")
        raise InputError(
            f"Cannot read {RATES} of the experiment {path.stem}: {reason}. {ACCESS}"
        ) from None
    return curves.read(path)


def write(rows: list[Row]) -> None:
    """Writes table.csv, and table.md for people."""
    with (REPORT / "table.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [*rows[0]], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    lines = [[*rows[0]], ["---"] * len(rows[0]), *([*row.values()] for row in rows)]
    text = "".join(
        f"| {' | '.join('' if v is None else str(v) for v in line)} |\n" for line in lines
    )
    (REPORT / "table.md").write_text(text, "utf-8")


def draw(by_name: Mapping[str, list[curves.RatePoint]], path: Path) -> None:
    """Draws SSIM over bytes per image, with one line for each point of the sweep."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.add_subplot(xlabel="bytes per image", ylabel="SSIM")
    colors = colormaps["viridis"].resampled(len(by_name) + 1)
    for number, (name, points) in enumerate(by_name.items()):
        ordered = sorted(points, key=lambda point: point.bytes_per_image)
        x = [point.bytes_per_image for point in ordered]
        y = [point.ssim for point in ordered]
        axes.plot(x, y, marker=".", color=colors(number), label=name)
    figure.legend(loc="outside right upper", fontsize="small")
    figure.savefig(path, dpi=120)
