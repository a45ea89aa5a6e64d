"""What people see of a stage."""

import json
import subprocess
import time

import pytest
from prefect import flow
from prefect.artifacts import Artifact

from flows import artifacts
from tests.conftest import ROOT


@pytest.fixture
def shown(server, tmp_path, monkeypatch):
    """A function that calls `show` in a flow, in a directory of its own, with these files."""
    monkeypatch.chdir(tmp_path)

    def run(show, **files):
        for path, text in files.items():
            path = getattr(artifacts, path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        flow(show, name="show")()

    return run


def test_an_evaluation_is_a_table_of_the_rivals(shown):
    metrics = (ROOT / "reports/evaluation/metrics.json").read_text()
    shown(lambda: artifacts.results("evaluate"), EVALUATION=metrics)
    artifact = Artifact.get("evaluation")
    rates = json.loads(metrics)["bd_rate_ssim"]
    rows = {row["rival"]: row["BD-rate by SSIM, %"] for row in json.loads(artifact.data)}
    assert rows == rates
    assert f"{json.loads(metrics)['bytes_per_image']} bytes an image" in artifact.description


def test_an_export_is_its_card_and_its_commit(shown):
    card = (ROOT / "models/released/digits/card.json").read_text()
    git = ("git", "-c", "user.name=test", "-c", "user.email=test@example.org")
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "start"], check=True)
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], text=True).strip()
    shown(lambda: artifacts.results("export"), CARD=card)
    text = Artifact.get("codec").data
    assert f"Commit {commit}" in text
    assert json.loads(text.split("```json")[1].split("```")[0]) == json.loads(card)


def test_training_shows_how_far_it_is_and_not_how_far_an_earlier_one_was(
    shown, tmp_path, monkeypatch
):
    monkeypatch.setattr(artifacts, "SECONDS", 0.2)
    (tmp_path / "params.yaml").write_text("train: {epochs: 8}")

    def train():
        with artifacts.progress("train"):
            time.sleep(1)
            assert Artifact.get("training") is None
            artifacts.TRAINING.write_text('{"step": 1}')
            time.sleep(1)
            artifacts.TRAINING.write_text('{"step": 5}')
            time.sleep(1)

    shown(train, TRAINING='{"step": 7}')
    artifact = Artifact.get("training")
    assert artifact.data == 75
    assert artifact.description.startswith("Epoch 6 of 8, about ")


@pytest.mark.parametrize("stage", ["train", "evaluate", "export", "ingest"])
def test_no_artifact_is_no_failure(shown, stage):
    def nothing():
        with artifacts.progress(stage):
            artifacts.results(stage)

    shown(nothing)
    shown(nothing, EVALUATION="{", CARD="[]")
