"""Reads what the stages before wrote."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import image_compressor.documents as documents
from image_compressor.errors import InputError

ORDER = ("loss", "ssim", "bpp", "l1")  # others after them


def per_image(path: Path) -> dict[str, list[float]]:
    """The columns `ssim` and `bytes` of images.csv, in the order of the test split."""
    rows = _rows(path, ",", ("ssim", "bytes"), "dvc repro evaluate")
    return {name: [float(row[name]) for row in rows] for name in ("ssim", "bytes")}


def history(directory: Path) -> dict[str, tuple[list[float], list[float]]]:
    """Of each metric the values of each epoch, in training and on validation.

    Args:
        directory: of DVCLive, with plots/metrics/train and eval.
    """
    places = [directory / "plots/metrics" / part for part in ("train", "eval")]
    names = {path.stem for path in places[0].glob("*.tsv")}
    if "loss" not in names:
        raise InputError(
            "curves of the training", f"{directory} has none", "Run `dvc repro train`."
        )
    known = [name for name in ORDER if name in names]
    found = {}
    for name in (*known, *sorted(names.difference(ORDER))):
        tables = [_rows(p / f"{name}.tsv", "\t", (name,), "dvc repro train") for p in places]
        training, validation = ([float(row[name]) for row in rows] for rows in tables)
        found[name] = training, validation
    lengths = {len(values) for both in found.values() for values in both}
    if len(lengths) > 1:
        raise InputError(
            "as many epochs in each curve of the training",
            f"{sorted(lengths)} in {directory}",
            "Run `dvc repro --force train`.",
        )
    return found


def read_json(path: Path, keys: Iterable[str], command: str) -> dict:
    """An object with at least these keys. Raises InputError, naming `command`, otherwise."""
    what, fix = f"results with {', '.join(keys)} in {path}", f"Run `{command}`."
    try:
        found = documents.read(path.read_bytes(), dict[str, Any], what, fix)
    except OSError as error:
        raise InputError(what, error, fix) from None
    missing = [key for key in keys if key not in found]
    if missing:
        raise InputError(what, f"no {', '.join(missing)}", fix)
    return found


def _rows(path, delimiter, columns, command):
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter=delimiter))
        [float(row[name]) for row in rows for name in columns]
        if not rows:
            raise ValueError("no rows")
        return rows
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise InputError(
            f"a table with {', '.join(columns)}", f"{path}: {error!r}", f"Run `{command}`."
        ) from None
