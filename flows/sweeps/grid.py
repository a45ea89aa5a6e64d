"""Grid over parameters: SECTION.NAME=VALUE,VALUE ... -> its points."""

import hashlib
import itertools
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, YAMLError

from image_compressor.errors import InputError, nearest

Grid = dict[str, list[Any]]  # the values of each parameter, by names such as train.epochs
Point = dict[str, Any]  # one value for each parameter

EXAMPLE = "E.g. train.epochs=10,20 'train.rate_weights=[0.03,1.5],[0.05,1.0]'."
KINDS = {bool: "true or false", int: "number", float: "number", str: "text", type(None): "null"}


def parse(arguments: Sequence[str]) -> Grid:
    """Parses arguments such as `train.epochs=10,20`, whose values are YAML, and checks the grid.

    Raises InputError for a malformed argument, and wherever `check` does.
    """
    grid: Grid = {}
    for argument in arguments:
        name, _, text = argument.partition("=")
        values = _values(text)
        if not values:
            raise InputError("SECTION.NAME=VALUE,VALUE,... with values in YAML", argument, EXAMPLE)
        if name in grid:
            raise InputError(f"{name} is given twice. Join its values: A=1,2.")
        grid[name] = values
    check(grid)
    return grid


def check(grid: Grid) -> None:
    """Raises InputError unless the grid has points, all different, over parameters of stages.

    Values must have the type that they have in the current directory's params.yaml.
    """
    if not grid or not all(grid.values()):
        raise InputError(f"A sweep needs parameters and their values. {EXAMPLE}")
    params = parameters()
    for name, values in grid.items():
        if name not in params:
            fix = nearest(name, params)
            raise InputError("a parameter of a stage, SECTION.NAME in params.yaml", name, fix)
        wanted = _kind(params[name])
        for index, value in enumerate(values):
            if value in values[:index]:
                raise InputError(f"{name} has the value {value!r} twice. Leave one out.")
            if _kind(value) != wanted and None not in (value, params[name]):
                expected = f"{wanted} for {name}, like {params[name]!r} in params.yaml"
                raise InputError(expected, f"{value!r}, {_kind(value)}", EXAMPLE)


def parameters() -> dict[str, Any]:
    """Reads the parameters that stages of dvc.yaml depend on from params.yaml, by SECTION.NAME.

    Raises InputError if a file cannot be read.
    """
    try:
        params = YAML(typ="safe").load(Path("params.yaml").read_text("utf-8"))
        stages = YAML(typ="safe").load(Path("dvc.yaml").read_text("utf-8"))["stages"].values()
        sections = {str(name).split(".")[0] for stage in stages for name in stage.get("params", [])}
        return {
            f"{section}.{name}": value
            for section in params
            if section in sections
            for name, value in params[section].items()
        }
    except (
        OSError,
        UnicodeDecodeError,
        YAMLError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:
        reason = str(error).strip().removesuffix(".")
        raise InputError(
            f"Cannot read the sections of params.yaml and the stages of dvc.yaml: {reason}. Work "
            "in the project's top directory, and correct the file."
        ) from None


def points(grid: Grid) -> list[Point]:
    """Lists all points; the values of the last parameter change fastest."""
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]


def name(point: Point, revision: str) -> str:
    """Returns a unique name for the point's experiment: `epochs-10-latent-dims-40-1f3c9ab`."""
    words = "-".join(f"{parameter.split('.', 1)[1]}-{value}" for parameter, value in point.items())
    readable = re.sub(r"[^A-Za-z0-9.]+|\.{2,}", "-", words)[:80].strip("-.")
    key = json.dumps([revision, point], sort_keys=True).encode()
    return f"{readable}-{hashlib.sha256(key).hexdigest()[:7]}"


def _values(text):
    with suppress(ValueError, YAMLError):
        return YAML(typ="safe").load(f"[{text}]")
    return []


def _kind(value):
    """Describes a value's type, e.g. "number" or "list of number"."""
    if isinstance(value, list):
        return f"list of {' or '.join(sorted({_kind(element) for element in value}))}"
    if type(value) not in KINDS:
        raise InputError("numbers, text, true, false, null or lists of them", value, EXAMPLE)
    return KINDS[type(value)]
