"""The five stages on 200 digits, in a DVC repository of their own."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from image_compressor import Codec
from tests.conftest import ROOT

STAGES = ["ingest", "preprocess", "train", "evaluate", "export"]
GIT = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org"]


class Project:
    """A copy of the project with a small data set and few epochs."""

    def __init__(self, directory: Path):
        self.directory = directory
        for name in ("image_compressor", "tasks", "models/digits.json", "dvc.yaml", "params.yaml"):
            source, target = ROOT / name, directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        shutil.copy(ROOT / ".dvcignore", directory)
        self.run(*GIT, "init", "--quiet")
        self.run("dvc", "init", "--quiet")
        self.run(*GIT, "commit", "--quiet", "--allow-empty", "-m", "start")
        self.change("ingest", limit=200)
        self.change("train", epochs=2)

    def run(self, *command, fails=False):
        """What the command prints; it must succeed, or fail."""
        if command[0] == "dvc":
            command = (sys.executable, "-m", *command)
        bin_first = {"PATH": f"{Path(sys.executable).parent}:{shutil.os.environ['PATH']}"}
        result = subprocess.run(
            command,
            cwd=self.directory,
            env={**shutil.os.environ, **bin_first},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert bool(result.returncode) == fails, result.stdout
        return result.stdout

    def repro(self, *arguments):
        """The stages that ran."""
        return re.findall(r"Running stage '(\w+)'", self.run("dvc", "repro", *arguments))

    def change(self, section, **values):
        path = self.directory / "params.yaml"
        params = yaml.safe_load(path.read_text())
        params[section].update(values)
        path.write_text(yaml.safe_dump(params))

    def results(self):
        files = ("models/exported/tables.json", "reports/evaluation/metrics.json")
        return {name: (self.directory / name).read_bytes() for name in files}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("project"))
    assert project.repro() == STAGES
    return project


@pytest.mark.slow
def test_the_pipeline_ends_in_a_codec_that_measures_as_reported(project):
    codec = Codec.load(project.directory / "models/exported")
    card = json.loads((project.directory / "models/exported/card.json").read_text())
    metrics = json.loads((project.directory / "reports/evaluation/metrics.json").read_text())
    assert card["metrics"] == metrics
    assert card["parameters"] == yaml.safe_load((project.directory / "params.yaml").read_text())
    images = np.zeros((3, 28, 28), np.uint8)
    assert codec.decompress(codec.compress(images)).shape == images.shape


@pytest.mark.slow
def test_dvc_shows_metrics_and_plots(project):
    metrics = json.loads(project.run("dvc", "metrics", "show", "--json"))[""]["data"]
    assert metrics.keys() == {"reports/evaluation/metrics.json", "reports/training/metrics.json"}
    project.run("dvc", "plots", "show", "--out", "plots")
    assert "ssim" in (project.directory / "plots/index.html").read_text()


@pytest.mark.slow
def test_nothing_runs_again(project):
    assert project.repro() == []


@pytest.mark.slow
def test_evaluates_parameters_run_only_evaluate_and_export(project):
    project.change("evaluate", grid_images=4)
    assert project.repro() == ["evaluate", "export"]


@pytest.mark.slow
def test_running_from_scratch_gives_the_same_metrics_and_tables(project):
    before = project.results()
    assert project.repro("--force") == STAGES
    assert project.results() == before


@pytest.mark.slow
def test_a_wrong_parameter_is_one_line(project):
    project.change("ingest", limit=-1)
    printed = project.run("dvc", "repro", "ingest", fails=True)
    assert "ingest: Expected ingest.limit" in printed
    assert "Traceback" not in printed
    project.change("ingest", limit=200)
    assert project.repro() == []
