"""What people see of a stage."""

import base64
import json
import time

import pytest
from prefect import flow
from prefect.artifacts import Artifact

from flows.running import artifacts
from flows.versions.repository import Repository
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
    rates, sizes = {"jpeg": -96.8, "avif": None}, {"bytes_per_image": 15.1, "images": 9}
    measured = {**sizes, "ssim": 0.95, "l1": 0.02, "bd_rate_ssim": rates, "bd_rate_psnr": rates}
    shown(lambda: artifacts.results("evaluate"), EVALUATION=json.dumps(measured))
    artifact = Artifact.get("evaluation")
    rows = {row["rival"]: row["BD-rate by SSIM, %"] for row in json.loads(artifact.data)}
    assert rows == rates
    assert "15.1 bytes an image" in artifact.description


def test_the_pictures_of_an_evaluation_are_an_image(shown):
    picture = (ROOT / "docs/digits.png").read_bytes()
    artifacts.PICTURES.parent.mkdir(parents=True)
    artifacts.PICTURES.write_bytes(picture)
    shown(lambda: artifacts.results("evaluate"), EVALUATION="{}")
    kind, encoded = Artifact.get("pictures").data.split(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(encoded) == picture


def test_an_export_is_its_card(shown):
    card = (ROOT / "models/released/digits/card.json").read_text()
    shown(lambda: artifacts.results("export"), CARD=card)
    text = Artifact.get("codec").data
    assert json.loads(text.split("```json")[1].split("```")[0]) == json.loads(card)


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("https://example.org/team/codecs.git", "https://example.org/team/codecs/commit/{}"),
        ("https://me:secret@example.org/codecs", "https://example.org/codecs/commit/{}"),
        ("git@example.org:team/codecs.git", "https://example.org/team/codecs/commit/{}"),
        ("ssh://git@example.org/codecs.git", "https://example.org/codecs/commit/{}"),
        ("/home/me/codecs.git", None),
        (None, None),
    ],
)
def test_a_commit_is_a_link_where_git_has_a_host(shown, remote, page, tmp_path):
    repository = Repository(tmp_path)
    repository.git("init", "--quiet")
    if remote:
        repository.git("remote", "add", "origin", remote)
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    repository.git(*who, "commit", "--quiet", "--allow-empty", "-m", "start")
    commit = repository.git("rev-parse", "HEAD")
    shown(lambda: artifacts.commit(repository, commit))
    link = f"[{commit}]({page.format(commit)})" if page else commit
    assert Artifact.get("commit").data == link


def test_of_the_commit_that_is_checked_out_changes_are_shown(shown, checkout):
    commit = checkout.git("rev-parse", "HEAD")
    shown(lambda: artifacts.commit(checkout.repository))
    assert Artifact.get("commit").data == commit
    (checkout.path / "params.yaml").write_text("a: 2")
    shown(lambda: artifacts.commit(checkout.repository))
    assert Artifact.get("commit").data == f"{commit}, and changes in params.yaml"


def test_a_gates_report_is_without_the_chart_that_prefect_cannot_draw(shown):
    report = "Better.\n\n| SSIM |\n|---|\n\n```mermaid\nxychart-beta\n    line [1]\n```\n\nMetrics"
    shown(lambda: artifacts.gate(report))
    assert Artifact.get("gate").data == "Better.\n\n| SSIM |\n|---|\n\nMetrics"


def test_training_shows_how_far_it_is_and_not_how_far_an_earlier_one_was(
    shown, tmp_path, monkeypatch
):
    monkeypatch.setattr(artifacts, "INTERVAL", 0.2)
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
