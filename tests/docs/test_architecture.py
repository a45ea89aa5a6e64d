"""docs/architecture.md beside the code."""

import re

from tests.conftest import ROOT
from tests.test_imports import MODULES, below, imports

PAGE = (ROOT / "docs/architecture.md").read_text()
LIBRARY = {path.parent.name for path in (ROOT / "image_compressor").glob("*/__init__.py")}


def test_the_table_has_every_package_and_what_it_imports():
    arrows = re.findall(r"^\| (\w+) \| .+ \| ([\w, ]*)\|$", PAGE.split("## Packages")[1], re.M)
    told = {package: {*imported.replace(",", " ").split()} for package, imported in arrows[1:]}
    assert told == {package: imported(package) for package in LIBRARY}


def imported(package):
    names = {name for path in below(f"image_compressor.{package}.") for name in imports(path)}
    return {name.split(".")[1] for name in names if "." in name} & LIBRARY - {package}


def test_the_tree_is_there():
    tree = re.findall(r"^\| (\w+/|\w+\.yaml) \|", PAGE, re.MULTILINE)
    assert len(tree) > 5
    assert [name for name in tree if not (ROOT / name).exists()] == []


def test_the_modules_it_names_are_there():
    named = re.findall(r"`((?:codec|sets)\.\w+)", PAGE)
    assert named
    assert {f"image_compressor.{name}" for name in named} <= MODULES.keys()
