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


def test_a_directory_of_images_reaches_the_program_as_it_was_typed(tmp_path):
    checkout = tmp_path / AWKWARD
    (checkout / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", checkout)
    for program in ("python", "dvc"):
        path = checkout / ".venv/bin" / program
        path.write_text('#!/bin/sh\nfor each; do printf "[%s]" "$each"; done\n')
        path.chmod(0o755)
    command = ["make", "-s", "-o", "install", "codec", f"DIR={AWKWARD}", "TIME=5m"]
    made = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    assert f"[-m][tasks.propose][{AWKWARD}][--time][5m]" in made.stdout


@pytest.mark.parametrize("target", ["reproduce", "flow"])
def test_the_pipeline_ends_with_a_summary(target):
    command = ["make", "-n", "--no-print-directory", "-o", "install", target]
    recipe = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert recipe.splitlines()[-1].endswith("python -m tasks.summary")
