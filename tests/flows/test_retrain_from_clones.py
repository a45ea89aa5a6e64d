"""flows/retrain.sh on the project itself, with few images, from fresh clones, with data in S3."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from image_compressor import cli
from image_compressor.codec import finding, store
from tests.conftest import ROOT
from tests.project import GIT

pytestmark = pytest.mark.torture

IMAGES = 1000
SMALL = {
    "ingest": {"limit": IMAGES},
    "rivals": {"points": 4},
    "evaluate": {"points": 4},
    "export": {"formats": []},
}


class Origin:
    """A bare git repository with the project, which colleagues change and clone.

    Args:
        bucket: settings of its DVC remote.
        server: URL of a Prefect server.
    """

    def __init__(self, place: Path, bucket: dict[str, str], server: str):
        self.place, self.url, self.server = place, place / "origin.git", server
        self.desk = place / "desk"
        tracked = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True)
        for name in tracked.splitlines():
            (self.desk / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.desk / name)
        (self.desk / "dvc.lock").unlink()
        settings = "".join(f"    {key} = {value}\n" for key, value in bucket.items())
        remote = f"[core]\n    remote = s3\n['remote \"s3\"']\n{settings}"
        (self.desk / ".dvc/config").write_text(remote)
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self.url], check=True)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("remote", "add", "origin", str(self.url))

    def git(self, *arguments):
        subprocess.run([*GIT, *arguments], cwd=self.desk, check=True)

    def push(self, **sections):
        """Pushes new parameters to the branch main."""
        file = self.desk / "params.yaml"
        params = yaml.safe_load(file.read_text())
        for section, values in sections.items():
            params[section].update(values)
        file.write_text(yaml.safe_dump(params))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", str(sections))
        remote = ["git", "ls-remote", "--heads", "origin", "main"]
        if subprocess.check_output(remote, cwd=self.desk):
            self.git("pull", "--quiet", "--rebase", "origin", "main")  # with promotions
        self.git("push", "--quiet", "origin", "main")

    def clone(self):
        path = self.place / f"clone-{len(list(self.place.iterdir()))}"
        subprocess.run(["git", "clone", "--quiet", self.url, path], check=True)
        return path

    def retrain(self, clone, *arguments):
        """Runs the script; returns the stages that ran, except scan, and the output."""
        result = subprocess.run(
            [clone / "flows/retrain.sh", *arguments],
            cwd=clone,
            env=os.environ
            | {f"GIT_{role}_NAME": "tester" for role in ("AUTHOR", "COMMITTER")}
            | {f"GIT_{role}_EMAIL": "tester@example.org" for role in ("AUTHOR", "COMMITTER")}
            | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
            | {"PYTHONPATH": str(clone), "PREFECT_API_URL": self.server},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout
        return re.findall(r"Running stage '(?!scan)(\w+)'", result.stdout), result.stdout


def pulled(clone):
    """Counts the files that were pulled from the storage."""
    return sum(path.is_file() for path in (clone / ".dvc/cache/files").rglob("*"))


def test_from_a_push_to_the_promoted_codec(bucket, server, tmp_path):
    origin = Origin(tmp_path, bucket, server)
    origin.push(**SMALL, train={"epochs": 24})
    ran, printed = origin.retrain(origin.clone())
    assert ran == ["ingest", "preprocess", "rivals", "train", "evaluate", "export", "report"]
    assert "retrain: Promoted. v0.0.1: No codec is promoted yet." in printed

    clone = origin.clone()
    ran, printed = origin.retrain(clone)
    assert ran == [] and "retrain: Unchanged. main is already v0.0.1." in printed
    assert pulled(clone) == 1  # the listing, which scan wrote

    origin.push(train={"epochs": 6})  # worse
    clone = origin.clone()
    ran, printed = origin.retrain(clone)
    assert ran == ["train", "evaluate", "export", "report"]
    assert pulled(clone) < IMAGES  # train's inputs, not the images
    assert "retrain: NotPromoted. v0.0.2: " in printed and printed.endswith("\nv0.0.1\n")
    report = (clone / "reports/gate/verdict.md").read_text()
    assert report.startswith("Not better: ") and "| ssim " in report

    origin.push(train={"epochs": 72})  # better
    clone = origin.clone()
    ran, printed = origin.retrain(clone, "main", "--no-publish")
    assert ran == ["train", "evaluate", "export", "report"]
    assert "retrain: Better. " in printed and printed.endswith("\nv0.0.1\n")
    ran, printed = origin.retrain(clone)
    assert ran == [] and "retrain: Promoted. v0.0.3: " in printed
    cli.main(["fetch", "codec", "--from", str(origin.url), "-o", str(tmp_path / "codec")])
    card = json.loads((tmp_path / "codec/card.json").read_text())
    assert card["parameters"]["train"]["epochs"] == 72


def test_files_of_three_retrainings_are_read_after_the_last(
    bucket, server, tmp_path, digits, monkeypatch
):
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "store"))
    origin, changes = (
        Origin(tmp_path, bucket, server),
        {
            "first": {**SMALL, "train": {"epochs": 12}},
            "data": {"ingest": {"limit": IMAGES + 200}},
            "parameters": {"train": {"latent_dims": 40}},
            "architecture": {"train": {"architecture": "models/digits-fast.json"}},
        },
    )
    np.save(tmp_path / "digits.npy", digits)
    for number, (name, change) in enumerate(changes.items(), 1):
        origin.push(**change)
        origin.retrain(origin.clone())
        codec = str(tmp_path / "codec")
        project = ["codec", "--from", str(origin.url), "--rev", f"v0.0.{number}"]
        cli.main(["fetch", *project, "-o", codec, "--force"])
        for more in ([], ["--embed"]):
            output = str(tmp_path / f"{name}{'-embed' * len(more)}.imgc")
            given = [str(tmp_path / "digits.npy"), "-o", output, *more]
            cli.main(["compress", *given, "--codec", codec])
    shutil.rmtree(codec)

    def all_are_read(where, ending="", *more):
        (tmp_path / where).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / where)
        finding.find.cache_clear()
        for name in changes:
            back = str(tmp_path / f"{where}-{name}.npy")
            cli.main(["decompress", str(tmp_path / f"{name}{ending}.imgc"), "-o", back, *more])
            assert np.load(back).shape == digits.shape

    all_are_read("here")
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "other-store"))
    subprocess.run(["git", "clone", "--quiet", origin.url, tmp_path / "fresh"], check=True)
    all_are_read("fresh", "", "--fetch")
    monkeypatch.setenv(store.VARIABLE, "")
    all_are_read("elsewhere", "-embed")
