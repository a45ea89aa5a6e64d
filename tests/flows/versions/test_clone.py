"""Clones of a checkout's remote."""

import subprocess
import sys

import pytest

from flows.versions.clone import cloned, free_path, rescuing
from image_compressor import InputError


@pytest.fixture(autouse=True)
def here(checkout, monkeypatch):
    monkeypatch.chdir(checkout.path)


def test_a_clone_has_the_commit_the_author_and_the_cache(checkout):
    checkout.train(1)
    checkout.git("push", "--quiet", "origin", "HEAD:refs/heads/other")
    commit = checkout.git("rev-parse", "HEAD")
    for revision in ("other", commit):
        with cloned(revision) as clone:
            assert clone.git("rev-parse", "HEAD") == commit
            assert clone.git("config", "user.name") == "tester"
            with clone.dvc_repo() as dvc, checkout.repository.dvc_repo() as original:
                assert dvc.cache.local.path == original.cache.local.path
        assert not clone.path.exists()
    with pytest.raises(InputError, match=r"source.* Name a branch, tag or commit"):
        cloned("source").__enter__()  # a file, not a revision


@pytest.mark.parametrize("checkout", ["Café été"], indirect=True)
def test_a_storage_beside_the_checkout_is_the_clones_too_below_any_path(checkout):
    checkout.dvc("remote", "modify", "storage", "url", "../../storage")
    checkout.commit("relative")
    checkout.git("push", "--quiet", "origin", "main")
    with (
        cloned("main") as clone,
        clone.dvc_repo() as dvc,
        checkout.repository.dvc_repo() as original,
    ):
        assert dvc.cache.local.path == original.cache.local.path
        assert dvc.config["remote"]["storage"]["url"] == original.config["remote"]["storage"]["url"]


def test_a_file_that_a_failure_names_outlives_the_clone(checkout, tmp_path):
    failed = tmp_path / "failed"
    said = "20 of 50: data/raw.rejected.csv, not rejected.csv. See dvc.yaml."
    with pytest.raises(InputError) as error, cloned("main") as clone:
        (clone.path / "data").mkdir()
        (clone.path / "data/raw.rejected.csv").write_text("a,b")
        (clone.path / "rejected.csv").write_text("c")
        with rescuing(clone, failed):
            raise InputError(f"{said} {300 * 'x'}")
    copies = failed / "raw.rejected.csv", failed / "rejected.csv"
    now = "20 of 50: {}, not {}. See dvc.yaml.".format(*copies)
    assert str(error.value) == f"{now} {300 * 'x'}"
    assert [copy.read_text() for copy in copies] == ["a,b", "c"]


def test_two_have_places_of_their_own_and_one_that_was_left_is_removed():
    with free_path() as one, free_path() as other:
        assert one != other
    killed = (
        "import os; from flows.versions.clone import free_path; "
        "free_path().__enter__().mkdir(); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == -9
    assert one.exists()
    with free_path() as again:
        assert again == one and not again.exists()
