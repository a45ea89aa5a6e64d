"""flows/retrain.sh on the project itself, with few images, from fresh clones, its data in S3."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.project import GIT

pytestmark = pytest.mark.slow

SMALL = {"ingest": {"limit": 1000}, "rivals": {"points": 4}, "evaluate": {"points": 4}}


class Origin:
    """A bare git repository with the project, changed by colleagues, used from fresh clones."""

    def __init__(self, place: Path, storage: dict[str, str], server: str):
        self.place, self.url, self.server = place, place / "origin.git", server
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self.url], check=True)
        self.desk = place / "desk"
        names = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
        for path in (Path(name) for name in names):
            if path.parts[:2] != ("models", "released") and (ROOT / path).is_file():
                (self.desk / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / path, self.desk / path)
        (self.desk / "dvc.lock").unlink()
        remote = "".join(f"    {key} = {value}\n" for key, value in storage.items())
        (self.desk / ".dvc/config").write_text(
            f"[core]\n    remote = s3\n['remote \"s3\"']\n{remote}"
        )
        self.git("init", "-q", "-b", "main")
        self.git("remote", "add", "origin", str(self.url))

    def git(self, *arguments):
        subprocess.run([*GIT, *arguments], cwd=self.desk, check=True)

    def push(self, **sections):
        """New parameters."""
        file = self.desk / "params.yaml"
        params = yaml.safe_load(file.read_text())
        for section, values in sections.items():
            params[section].update(values)
        file.write_text(yaml.safe_dump(params))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", str(sections))
        self.git("push", "--quiet", "origin", "main")

    def retrain(self, *arguments):
        """What flows/retrain.sh prints in a fresh clone, and the clone."""
        clone = self.place / f"clone{len(list(self.place.iterdir()))}"
        subprocess.run(["git", "clone", "--quiet", self.url, clone], check=True)
        return self.run(clone, clone / "flows/retrain.sh", *arguments), clone

    def run(self, clone, *command):
        environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        for role in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{role}_NAME": "tester", f"GIT_{role}_EMAIL": "tester"}
        result = subprocess.run(
            command,
            cwd=clone,
            env={**os.environ, **environment, "PREFECT_API_URL": self.server},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout
        return result.stdout
