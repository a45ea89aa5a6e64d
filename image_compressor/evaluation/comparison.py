"""Compares a codec with its rivals, on the same images."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from image_compressor.errors import InputError
from image_compressor.evaluation import curves, each
from image_compressor.evaluation.each import Each
from image_compressor.images.groups import spread


def read_rivals(directory: Path) -> dict[str, Each]:
    """Reads the measures of each rival, by its name. Raises InputError if there are none."""
    rivals = {path.stem: each.read(path) for path in sorted(directory.glob("*.npz"))}
    if not rivals:
        raise InputError(f"{directory} has no measures. Run `dvc repro rivals` first.")
    return rivals


def compare(ours: Each, rivals: Mapping[str, Each]) -> dict[str, Any]:
    """Computes the BD-rates against each rival, by each of `curves.METRICS`, and their intervals.

    Args:
        ours: the measures of all images; the rivals measured some of them, by `groups.spread`.
    """
    counts = {rival.bytes.shape[1] for rival in rivals.values()}
    count, every = min(counts), ours.bytes.shape[1]
    if len(counts) > 1 or count > every:
        raise InputError(
            f"The rivals measured {sorted(counts)} images, and this codec {every}. Run "
            "`dvc repro rivals` again."
        )
    same = ours.chosen(spread(every, count))
    figures = {
        f"bd_rate_{metric}{end}": {
            name: work(rival, same, metric) for name, rival in rivals.items()
        }
        for end, work in (("", each.bd_rate), ("_interval", each.interval))
        for metric in curves.measured(same.curve())
    }
    return {"rival_images": count, **figures}
