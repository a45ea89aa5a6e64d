"""Recipes in a checkout whatever its path, and with arguments whatever their characters."""

import re
import shutil
import subprocess

import pytest

from tests.conftest import ROOT

AWKWARD = "a  b $x 'c' \"d\" é"


def test_no_recipe_has_a_path_in_its_text():
    recipes = [line for line in (ROOT / "Makefile").read_text().splitlines() if line[:1] == "\t"]
    assert not re.search(r"\$[({](CURDIR|PWD|HOME|PATH|VIRTUAL_ENV)", "\n".join(recipes))


@pytest.mark.parametrize("there", [True, False])
def test_a_directory_of_photographs_reaches_the_program_as_it_was_typed(tmp_path, there):
    place = tmp_path / AWKWARD
    (place / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", place)
    (place / ".venv/bin/python").write_text('#!/bin/sh\nfor last; do :; done\necho "[$last]"\n')
    (place / ".venv/bin/python").chmod(0o755)
    if there:
        (place / AWKWARD).mkdir()
    command = ["make", "-s", "-o", "install", "photo", f"DIR={AWKWARD}"]
    made = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert (made.returncode == 0) == there
    told = f"[{AWKWARD}]" if there else f"Received: {AWKWARD}. Set DIR"
    assert told in made.stdout


@pytest.mark.parametrize("target", ["reproduce", "flow"])
def test_the_pipeline_ends_with_what_a_person_wants_to_know(target):
    command = ["make", "-n", "-o", "install", target]
    recipe = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert recipe.splitlines()[-1].endswith("python -m tasks.summary")
