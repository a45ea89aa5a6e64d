"""Reasons for a failure of DVC, and retries."""

import shutil
import subprocess

import pytest

from flows import pipeline
from flows.running import failures, stages


@pytest.mark.parametrize(
    ("message", "again"),
    [
        ("failed to run: python -m tasks.ingest, exited with 1", False),
        ("failed to run: python -m tasks.ingest, exited with 75", True),
        ("failed to run: python -m tasks.ingest, exited with -9", True),
        ("failed to run: python -m tasks.ingest, exited with 137", True),
        ("a program exited with 75 ERROR: failed to run: sh x, exited with 2", False),
        ("train failed: not finished after 86400 seconds", True),
        ("failed to reproduce 'photos.dvc': missing data 'source': photos", False),
        ("ERROR: unexpected error - Connection reset", True),
    ],
)
def test_another_try_is_for_what_worth_retrying(message, again):
    assert failures.worth_retrying(message) is again


def test_bad_input_is_not_tried_again_and_the_log_has_no_empty_trace(
    server, toy, monkeypatch, caplog
):
    monkeypatch.setitem(stages.RETRIES, "first", {"retries": 1, "retry_delay_seconds": 0})
    toy.command("first", "echo tried >> ran; exit $(cat source)")
    assert "exited with 1" in pipeline.pipeline(return_state=True).message
    assert toy.ran() == ["tried"]
    (toy.directory / "source").write_text("75")
    pipeline.pipeline(return_state=True)
    assert toy.ran() == ["tried", "tried"]
    assert "Retries are exhausted" in caplog.text and "NoneType: None" not in caplog.text


def test_a_forgotten_push_is_named_at_once(server, toy, monkeypatch):
    monkeypatch.setitem(stages.RETRIES, "first", {"retries": 2, "retry_delay_seconds": 100})
    photos = toy.directory / "photos"
    photos.mkdir()
    for name in ("1", "2"):
        (photos / name).write_text(name)
    toy.dvc("add", "photos")
    toy.dvc("remote", "add", "--default", "storage", str(toy.directory / "storage"))
    toy.stages["first"]["deps"].append("photos")
    toy.write()
    shutil.rmtree(photos)
    shutil.rmtree(toy.directory / ".dvc/cache")
    said = pipeline.pipeline(pull=True, return_state=True).message
    assert "does not have photos (2 files). Run `dvc push` on a machine that has them." in said


def test_what_dvc_cannot_read_is_one_line(server, toy):
    toy.command("first", "mkdir -p directory")
    toy.stages["first"]["outs"].append("directory")
    toy.write()
    toy.dvc("repro")
    (listed,) = (toy.directory / ".dvc/cache").rglob("*.dir")
    subprocess.run(["rm", "-rf", listed, "directory", ".dvc/tmp"], check=True)
    (toy.directory / ".dvc/tmp").mkdir()
    listed.mkdir()
    state = pipeline.pipeline(return_state=True)
    assert state.is_failed() and f"Is a directory: {listed}" in state.message
