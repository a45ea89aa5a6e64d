"""What the README shows is run, as it stands there, after its pipeline."""

import json
import re
import sys

import numpy as np
import pytest
import yaml

from image_compressor.model import architecture
from image_compressor.model.generator import Generator
from tasks.together import check_together
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()


def blocks(language):
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found
    return found


@pytest.fixture(scope="module")
def environment(project):
    """The environment the README activates is the one the tests run in."""
    (project.directory / ".venv").symlink_to(sys.prefix)


@pytest.mark.slow
@pytest.mark.parametrize("commands", blocks("bash"))
def test_commands(project, environment, commands):
    # Without pipefail, as at a prompt: `head` may stop listening.
    project.run("bash", "-eu", "-c", commands)


@pytest.mark.slow
@pytest.mark.parametrize("code", blocks("python"))
def test_python(project, digits, code):
    np.save(project.directory / "digits.npy", digits)
    project.run(sys.executable, "-c", code)


def test_model_json():
    (text,) = blocks("json")
    config = json.loads(text)["model"]
    architecture.check(config)
    assert Generator(config, 50).latent_shape == (50,)


def test_the_parameters_it_shows_are_there_and_fit_each_other(monkeypatch):
    monkeypatch.chdir(ROOT)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    for shown in map(yaml.safe_load, blocks("yaml")):
        for section, values in shown.items():
            assert values.keys() <= params[section].keys()
        check_together({section: one | shown.get(section, {}) for section, one in params.items()})


def test_make_has_the_commands_it_names():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|    )make ([\w-]+)", README)) <= targets
    assert "make test" in (ROOT / ".ci/run").read_text()


def test_the_lock_names_no_index_and_checks_hashes():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    pins = re.findall(r"^[a-z0-9-]+==", lock, re.MULTILINE)
    assert len(pins) > 50
    assert all("--hash=sha256:" in part for part in re.split(r"\n(?=[a-z0-9-]+==)", lock)[1:])
