"""Retraining, with one stage that copies a codec instead of the stages that train one."""

import json
import shutil

import pytest
import yaml

from flows.pipeline import NOTHING, pipeline
from flows.retrain import retrain
from flows.versions import branches, registry, versions
from flows.versions.clone import CLONES
from image_compressor.data import records
from image_compressor.data.source import SourceImage
from tests.conftest import ROOT
from tests.flows.checkout import Checkout

pytestmark = pytest.mark.slow


@pytest.fixture
def project(server, exported, pictures, tmp_path, monkeypatch):
    """A checkout whose branch main has a codec to copy and images to measure it on."""
    return made(tmp_path, exported, pictures, monkeypatch)


def made(place, codec, stack, monkeypatch):
    """A checkout with a codec to copy and images to measure it on; the current directory."""
    checkout = Checkout(place, codec)
    images = [SourceImage(f"{number}.png", image) for number, image in enumerate(stack)]
    records.write(images, checkout.path / "images", 0.2, 0.4, shard_bytes=50 * 784)
    shutil.copy(ROOT / "params.yaml", checkout.path)
    (checkout.path / ".gitignore").write_text("/models\n/data\n/reports\n")
    change(checkout, "preprocess", "mkdir -p data && cp -r images data/prepared", "data/prepared")
    monkeypatch.chdir(checkout.path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return checkout


def change(checkout, stage, command, *outs):
    """Pushes another command for a stage, like a colleague."""
    file = checkout.path / "dvc.yaml"
    pipeline = yaml.safe_load(file.read_text())
    pipeline["stages"].setdefault(stage, {"deps": ["images"], "outs": [*outs]})["cmd"] = command
    file.write_text(yaml.safe_dump(pipeline))
    push(checkout, 1)


def allow(checkout, percent):
    """Sets how many % more bytes than the promoted codec are allowed."""
    file = checkout.path / "params.yaml"
    params = yaml.safe_load(file.read_text())
    params["retrain"]["bd_rate"] = percent
    file.write_text(yaml.safe_dump(params))


def push(checkout, number):
    """Pushes a change of the codec's source, like a colleague."""
    checkout.change(number)
    checkout.commit(f"source {number}")
    checkout.git("pull", "--quiet", "--rebase", "origin", "main")  # with promotions
    checkout.git("push", "--quiet", "origin", "main")


def test_only_a_run_of_a_deployment_can_ask(project):
    ended = retrain(ask=True, return_state=True)
    assert ended.is_failed() and "Only a run of a deployment can ask" in ended.message


def test_thresholds_that_the_gate_would_refuse_end_it_before_any_stage(project):
    allow(project, "many")
    change(project, "preprocess", "touch ran && false")
    ended = retrain(return_state=True)
    assert ended.is_failed() and "Expected a number as bd_rate" in ended.message


def test_what_changed_is_promoted_once_and_what_is_no_better_never(project):
    ended = retrain(return_state=True)
    assert (ended.name, versions.promoted(project.repository)) == ("Promoted", "v0.0.1")
    assert ended.message.endswith("main has it.")
    assert project.git("ls-remote", "--heads", "origin", "retrain/*") == ""
    assert retrain(return_state=True).name == "Unchanged"
    push(project, 2)
    ended = retrain(return_state=True)
    assert (ended.name, versions.promoted(project.repository)) == ("NotPromoted", "v0.0.1")
    assert "BD-rate by SSIM +0.00 % (+0.00 % to +0.00 %; at most -0.5 %)." in ended.message
    assert not [path for path in CLONES.iterdir() if path.is_dir()]
    assert project.git("status", "--porcelain", "--untracked-files=no") == ""


def test_a_fresh_clone_runs_what_changed_and_has_what_that_needs(project, tmp_path, monkeypatch):
    project.dvc("repro", "--quiet")
    registry.publish(project.repository, "retrain/1", "the first", better=True)
    clone = project.clone(tmp_path / "clone")
    clone.git("checkout", "--quiet", "codec@v0.0.1")
    monkeypatch.chdir(clone.path)
    assert pipeline(pull=True, return_state=True).message == NOTHING
    assert not (clone.path / ".dvc/cache").exists()
    (clone.path / "source/card.json").write_text(json.dumps({"number": 2}))
    assert pipeline(pull=True, return_state=True).message == "Ran: export."
    assert not (clone.path / "data/prepared").exists()


@pytest.mark.torture
def test_new_images_that_dvc_keeps_are_trained_on(project, tmp_path, monkeypatch):
    file = project.path / "dvc.yaml"
    pipeline_of = yaml.safe_load(file.read_text())
    pipeline_of["stages"]["export"]["deps"].append("photos")
    file.write_text(yaml.safe_dump(pipeline_of))

    def add(name):
        (project.path / "photos").mkdir(exist_ok=True)
        (project.path / "photos" / name).write_text(name)
        project.dvc("add", "--quiet", "photos")
        project.dvc("push", "--quiet")
        push(project, 1)

    add("one")
    assert retrain(return_state=True).name == "Promoted"
    assert retrain(return_state=True).name == "Unchanged"
    add("two")
    shutil.rmtree(project.path / ".dvc/cache")
    clone = project.clone(tmp_path / "clone")
    clone.git("checkout", "--quiet", "codec@v0.0.1", "--", "dvc.lock", "metrics.json")
    with monkeypatch.context() as there:
        there.chdir(clone.path)
        assert pipeline(pull=True, return_state=True).message == "Ran: export."
    assert retrain(return_state=True).name == "NotPromoted"  # retrained, with the same result


def test_a_stage_that_fails_publishes_nothing(project):
    change(project, "export", "echo no codec today; exit 3")
    before = project.published()
    ended = retrain(return_state=True)
    assert ended.is_failed() and "export" in ended.message
    assert project.published() == before


def test_main_that_has_gone_on_keeps_its_commits_and_the_branch_with_the_promotion_stays(project):
    project.dvc("repro", "--quiet")
    version = registry.publish(project.repository, "retrain/1", "why", better=True)
    other = project.clone(project.path.parent / "other")
    other.git("-c", "user.name=a", "-c", "user.email=b", "commit", "-q", "--allow-empty", "-m", "x")
    other.git("push", "--quiet", "origin", "main")
    told = branches.merge(project.repository, "retrain/1", "main")
    assert told.startswith("main does not have it yet, so merge retrain/1: ") and "\n" not in told
    heads = project.git("ls-remote", "--heads", "origin")
    assert heads.count("refs/heads/") == 2 and other.git("rev-parse", "HEAD") in heads
    assert versions.promoted(project.repository) == version
    told = branches.merge(project.repository, "retrain/1", "codec@v0.0.1")
    assert told == "codec@v0.0.1 is not a branch, so merge retrain/1 where it belongs."
    assert project.git("ls-remote", "--heads", "origin") == heads


def test_a_fresh_clone_of_main_has_the_promoted_codec(project, tmp_path):
    assert retrain(return_state=True).name == "Promoted"
    clone = project.clone(tmp_path / "clone")
    clone.dvc("pull", "models/exported")
    exported = (clone.path / "models/exported/card.json").read_bytes()
    assert exported == (project.path / "source/card.json").read_bytes()


@pytest.mark.torture
def test_more_bytes_than_the_promoted_codec_are_allowed_in_params_yaml(project):
    for number in (1, 2):
        allow(project, 1)
        push(project, number)
        assert retrain(return_state=True).name == "Promoted"
        assert versions.promoted(project.repository) == f"v0.0.{number}"


@pytest.mark.torture
def test_a_pipeline_whose_results_nobody_has_runs_before_the_first_version(project):
    project.dvc("repro", "--quiet")
    project.git("add", "dvc.lock", "metrics.json")
    push(project, 1)
    shutil.rmtree(project.path / ".dvc/cache")
    assert retrain(return_state=True).name == "Promoted"


def test_what_is_missing_is_one_line(project):
    assert "nowhere" in retrain("nowhere", return_state=True).message
    project.git("remote", "set-url", "origin", str(project.path / "absent"))
    ended = retrain(return_state=True)
    assert ended.is_failed() and "\n" not in ended.message and "absent" in ended.message
