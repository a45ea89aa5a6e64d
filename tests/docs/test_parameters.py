"""docs/parameters.md beside params.yaml and the signatures of the stages."""

import inspect
import re
from importlib import import_module
from typing import get_args, get_type_hints

import pytest
import yaml

from image_compressor.registry import Registry
from tests.conftest import ROOT

SECTIONS = dict(
    re.findall(
        r"^## (\w+)\n(.*?)(?=^## |\Z)", (ROOT / "docs/parameters.md").read_text(), re.M | re.S
    )
)
ROW = re.compile(r"^\| `(\w+)` \| `(.+?)` \| (.+?) \| .+ \|$", re.MULTILINE)
ALWAYS = {"litert"}  # written whether it is named or not
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())


def rows(section):
    return {name: (default, kind) for name, default, kind in ROW.findall(SECTIONS[section])}


@pytest.mark.parametrize("section", PARAMS)
def test_each_parameter_is_there_with_its_default(section):
    assert {name: yaml.safe_load(row[0]) for name, row in rows(section).items()} == PARAMS[section]


@pytest.mark.parametrize("section", sorted(PARAMS.keys() - {"retrain"}))
def test_each_range_names_the_bounds_and_choices_that_are_checked(section):
    hints = get_type_hints(
        inspect.unwrap(import_module(f"tasks.{section}").run), include_extras=True
    )
    for name, (_, kind) in rows(section).items():
        told = re.findall(r"[\w.-]+", kind)
        lacking = [limit for limit in limits(hints[name]) if str(limit) not in told]
        assert lacking == [], f"docs/parameters.md lacks these in the row of {section}.{name}"


def limits(hint):
    """The choices and the bounds of numbers in a type."""
    for part in get_args(hint):
        if isinstance(part, str | int):  # of a Literal
            yield part
        if isinstance(registry := getattr(getattr(part, "func", None), "__self__", None), Registry):
            yield from set(registry) - ALWAYS
        for limit in getattr(part, "metadata", ()):  # of a Field
            yield from (
                getattr(limit, key) for key in ("ge", "gt", "le", "lt") if hasattr(limit, key)
            )
        yield from limits(part)


def test_no_section_is_there_that_params_yaml_lacks():
    assert [*SECTIONS] == [*PARAMS]
