"""--help, and all that a stage's command does not take."""

import json
import runpy
import subprocess
import sys
import warnings

import pytest
import yaml

from tasks import usage
from tests.conftest import ROOT

PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


@pytest.fixture
def command(monkeypatch, capsys):
    """A function that runs a module in this process, and returns its exit code and output."""
    monkeypatch.chdir(ROOT)

    def run(module, *arguments):
        monkeypatch.setattr(sys, "argv", [module, *arguments])
        with pytest.raises(SystemExit) as ended, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the module is imported already
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        return ended.value.code, capsys.readouterr().out

    return run


@pytest.mark.parametrize("stage", STAGES)
def test_help_shows_every_parameter_and_output(stage, command):
    code, printed = command(f"tasks.{stage}", "--help")
    assert code == 0
    text = " ".join(printed.split())
    for name, value in PARAMS.get(stage, {}).items():
        shown = value if isinstance(value, str) else json.dumps(value)
        assert f" {name}: {shown} (" in text
    written = [*STAGES[stage].get("outs", []), *STAGES[stage].get("metrics", [])]
    assert all(path in text for one in written for path in ([one] if isinstance(one, str) else one))
    assert "image_compressor/" not in printed


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("arguments", [["--epochs", "3"], ["again"], ["--hel"]])
def test_all_other_arguments_are_refused_in_one_line(stage, arguments, command):
    code, printed = command(f"tasks.{stage}", *arguments)
    told = " ".join(arguments)
    assert code.startswith(f"{stage}: Expected no argument but --help. Received: {told}. ")
    assert "\n" not in code and not printed


def test_the_siblings_of_stages_start_no_work_either(command):
    for argument, code in (("--help", 0), ("again", 2)):
        for module in ("tasks.summary", "tasks.versions"):
            assert command(module, argument)[0] == code


@pytest.mark.parametrize("stage", STAGES)
def test_a_stages_script_hands_its_arguments_on(stage):
    assert f'exec python -m tasks.{stage} "$@"' in (ROOT / f"tasks/{stage}.sh").read_text()


def test_help_is_fast():
    """Neither TensorFlow nor NumPy loads for it."""
    code = "import sys, runpy; sys.argv = ['train', '-h']; sys.addaudithook(lambda name, found: "
    code += "sys.exit('slow') if name == 'import' and found[0] in ('tensorflow', 'keras') else 0); "
    code += "runpy.run_module('tasks.train', run_name='__main__')"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "boolean"}, "true or false"),
        ({"type": "number", "minimum": 0, "exclusiveMaximum": 1}, "number >= 0, < 1"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer or null"),
        ({"enum": [1, 3], "type": "integer"}, "1 or 3"),
        ({"type": "array", "maxItems": 2, "items": {"type": "string"}}, "list of 2: text"),
    ],
)
def test_types_are_told_in_words(schema, words):
    assert usage.described(schema) == words
