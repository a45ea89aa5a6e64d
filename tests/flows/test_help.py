"""Commands of flows start no work for --help, nor for an argument that they do not take."""

import re
import runpy
import sys
import warnings

import pytest

from tests.conftest import ROOT

INSIDE = {"supervise", "atomic"}  # they run the command in their arguments
COMMANDS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "flows").rglob("*.py")
    if '__name__ == "__main__"' in path.read_text() and path.stem not in INSIDE
)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("argument", "code"), [("--help", 0), ("--helpless", 2)])
def test_it_ends_at_once(name, argument, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [name, argument])
    with pytest.raises(SystemExit) as ended, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the module is imported already
        runpy.run_module(name, run_name="__main__")
    assert ended.value.code == code
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "name", ["pipeline", "retrain", "sweep", "compress", "decompress", "recompress", "watch"]
)
def test_its_script_hands_them_on(name):
    assert re.search(r'"\$\{?@', (ROOT / f"flows/{name}.sh").read_text())
