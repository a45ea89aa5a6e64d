"""Reads the results of earlier stages."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import image_compressor.documents as documents
from image_compressor.errors import InputError

ORDER = ("loss", "ssim", "bpp", "l1")  # before all others


def per_image(path: Path) -> dict[str, list[float]]:
    """Reads the columns `ssim` and `bytes` of images.csv, in the order of the test split."""
    rows = _rows(path, ",", ("ssim", "bytes"), "dvc repro evaluate")
    return {name: [float(row[name]) for row in rows] for name in ("ssim", "bytes")}


def history(directory: Path) -> dict[str, tuple[list[float], list[float]]]:
    """Reads each metric's values per epoch, in training and on validation.

    Args:
        directory: DVCLive's directory, with plots/metrics/train and eval.
    """
    folders = [directory / "plots/metrics" / part for part in ("train", "eval")]
    names = {path.stem for path in folders[0].glob("*.tsv")}
    if "loss" not in names:
        raise InputError(f"{directory} has no curves of a training. Run `dvc repro train`.")
    known = [name for name in ORDER if name in names]
    found = {}
    for name in (*known, *sorted(names.difference(ORDER))):
        tables = [_rows(p / f"{name}.tsv", "\t", (name,), "dvc repro train") for p in folders]
        training, validation = ([float(row[name]) for row in rows] for rows in tables)
        found[name] = training, validation
    lengths = {len(values) for both in found.values() for values in both}
    if len(lengths) > 1:
        numbers = " and ".join(map(str, sorted(lengths)))
        raise InputError(
            f"The curves of the training in {directory} have different numbers of epochs, "
            f"{numbers}. Run `dvc repro --force train`."
        )
    return found


def read_json(path: Path, keys: Iterable[str], command: str) -> dict:
    """Reads an object with at least these keys. Raises InputError, naming `command`, otherwise."""
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
            f"{path} is not a table with the columns {', '.join(columns)}: {error!r}. Run "
            f"`{command}`."
        ) from None
