"""A grid over parameters: SECTION.NAME=VALUE,VALUE ... -> its points."""

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
Point = dict[str, Any]  # one value of each

EXAMPLE = "E.g. train.epochs=10,20 'train.rate_weights=[0.03,1.5],[0.05,1.0]'."
KINDS = {bool: "true or false", int: "number", float: "number", str: "text", type(None): "null"}


def parse(arguments: Sequence[str]) -> Grid:
    """The grid that arguments such as `train.epochs=10,20` name; their values are YAML.

    Raises InputError as `check`, and for an argument of another form.
    """
    grid: Grid = {}
    for argument in arguments:
        name, _, text = argument.partition("=")
        values = _values(text)
        if not values:
            raise InputError("SECTION.NAME=VALUE,VALUE,... with values in YAML", argument, EXAMPLE)
        if name in grid:
            raise InputError("each parameter once", f"{name} twice", "Join its values: A=1,2.")
        grid[name] = values
    check(grid)
    return grid


def check(grid: Grid) -> None:
    """Raises InputError unless the grid has points, of parameters of stages, all of them different.

    Values must be of the kind that params.yaml in the current directory has.
    """
    if not grid or not all(grid.values()):
        raise InputError("parameters and values", "none", EXAMPLE)
    params = parameters()
    for name, values in grid.items():
        if name not in params:
            fix = nearest(name, params)
            raise InputError("parameters of stages, as SECTION.NAME in params.yaml", name, fix)
        wanted = _kind(params[name])
        for place, value in enumerate(values):
            if value in values[:place]:
                raise InputError(f"each value of {name} once", f"{value!r} twice", "Leave one out.")
            if _kind(value) != wanted and None not in (value, params[name]):
                expected = f"{wanted} for {name}, like {params[name]!r} in params.yaml"
                raise InputError(expected, f"{value!r}, {_kind(value)}", EXAMPLE)


def parameters() -> dict[str, Any]:
    """The values in params.yaml of what stages of dvc.yaml depend on, by SECTION.NAME.

    Raises InputError where a file cannot be read.
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
        fix = "Work from the project's top, and mend the file."
        raise InputError("sections in params.yaml, stages in dvc.yaml", error, fix) from None


def points(grid: Grid) -> list[Point]:
    """All of them; the values of the last parameter change fastest."""
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]


def name(point: Point, revision: str) -> str:
    """Of the point's experiment: `epochs-10-latent-dims-40-1f3c9ab`, unlike that of any other."""
    told = "-".join(f"{parameter.split('.', 1)[1]}-{value}" for parameter, value in point.items())
    readable = re.sub(r"[^A-Za-z0-9.]+|\.{2,}", "-", told)[:80].strip("-.")
    key = json.dumps([revision, point], sort_keys=True).encode()
    return f"{readable}-{hashlib.sha256(key).hexdigest()[:7]}"


def _values(text):
    with suppress(ValueError, YAMLError):
        return YAML(typ="safe").load(f"[{text}]")
    return []


def _kind(value):
    """E.g. "number", "list of number"."""
    if isinstance(value, list):
        return f"list of {' or '.join(sorted({_kind(element) for element in value}))}"
    if type(value) not in KINDS:
        raise InputError("numbers, text, true, false, null or lists of them", value, EXAMPLE)
    return KINDS[type(value)]
