"""A copy of the project with a small data set and few epochs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import yaml

from tests.conftest import ROOT
from tests.dvc_here import dvc

STAGES = ["ingest", "preprocess", "rivals", "train", "evaluate", "export", "report"]
BIN_FIRST = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
GIT = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org"]


class Project:
    """A DVC repository for tests: 200 digits, 2 epochs, 4 points a curve."""

    def __init__(self, directory: Path):
        self.directory = directory
        models = [*(ROOT / "models").glob("*.json"), *(ROOT / "models").glob("released")]
        names = [str(path.relative_to(ROOT)) for path in models]
        names += ["image_compressor", "tasks"]
        for name in (*names, "dvc.yaml", "params.yaml", "versions.yaml"):
            source, target = ROOT / name, directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        shutil.copy(ROOT / ".dvcignore", directory)
        self.run(*GIT, "init", "--quiet")
        self.run("dvc", "init", "--quiet")
        self.run(*GIT, "commit", "--quiet", "--allow-empty", "-m", "start")
        self.change("ingest", limit=200)
        self.change("train", epochs=2)
        self.change("rivals", points=4)
        self.change("evaluate", points=4)
        self.change("export", formats=["keras"])  # tests/export has the others
        self.change("report", images=3)

    def run(self, *command, fails=False):
        """The output of a command, which must succeed, or fail if `fails`."""
        if command[0] == "dvc":
            command = (sys.executable, "-m", *command)
        result = subprocess.run(
            command,
            cwd=self.directory,
            env={**os.environ, **BIN_FIRST},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert bool(result.returncode) == fails, result.stdout
        return result.stdout

    def repro(self, *arguments):
        """The stages that ran, except scan, which always runs."""
        with mock.patch.dict(os.environ, BIN_FIRST):
            code, printed = dvc(self.directory, "repro", *arguments)
        assert code == 0, printed
        ran = re.findall(r"Running stage '(\w+)'", printed)
        return [stage for stage in ran if stage != "scan"]

    def change(self, section, **values):
        path = self.directory / "params.yaml"
        params = yaml.safe_load(path.read_text())
        params[section].update(values)
        path.write_text(yaml.safe_dump(params))

    def results(self):
        """{path: bytes} of the models, the rivals, the evaluation and the report."""
        outputs = ("models/trained", "models/exported", "reports/rivals", "reports/evaluation")
        files = [path for output in outputs for path in (self.directory / output).rglob("*.*")]
        files.append(self.directory / "reports/report.html")
        return {path.relative_to(self.directory): path.read_bytes() for path in files}
