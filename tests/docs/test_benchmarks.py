"""Each benchmark is a command that explains itself."""

import re

import pytest

from tests.conftest import ROOT

OWN_ENVIRONMENT = "compressai_prior.py"  # compare.py runs it where this project is not installed
COMMANDS = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in sorted((ROOT / "benchmarks").rglob("*.py"))
    if "__main__" in path.read_text() and path.name != OWN_ENVIRONMENT
}


@pytest.mark.parametrize("path", COMMANDS)
def test_it_takes_help_and_says_how_it_is_run(path):
    text = COMMANDS[path]
    assert re.search(r"ArgumentParser\(|arguments\(__doc__", text)
    module = path.removesuffix(".py").replace("/", ".")
    assert f"python -m {module}" in text
