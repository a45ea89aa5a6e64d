"""Makefile recipes with any checkout path and any characters in their arguments."""

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
    checkout = tmp_path / AWKWARD
    (checkout / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", checkout)
    (checkout / ".venv/bin/python").write_text('#!/bin/sh\nfor last; do :; done\necho "[$last]"\n')
    (checkout / ".venv/bin/python").chmod(0o755)
    if there:
        (checkout / AWKWARD).mkdir()
    command = ["make", "-s", "-o", "install", "photo", f"DIR={AWKWARD}"]
    made = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert (made.returncode == 0) == there
    expected = f"[{AWKWARD}]" if there else f"Received: {AWKWARD}. Set DIR"
    assert expected in made.stdout


@pytest.mark.parametrize("target", ["reproduce", "flow"])
def test_the_pipeline_ends_with_a_summary(target):
    command = ["make", "-n", "--no-print-directory", "-o", "install", target]
    recipe = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert recipe.splitlines()[-1].endswith("python -m tasks.summary")
