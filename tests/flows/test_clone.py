"""Clones of a checkout's remote."""

import subprocess
import sys

import pytest

from flows.clone import cloned, place, rescued
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
            with clone.opened() as dvc, checkout.repository.opened() as original:
                assert dvc.cache.local.path == original.cache.local.path
        assert not clone.path.exists()
    with pytest.raises(InputError, match=r"source.* Name a branch, tag or commit"):
        cloned("source").__enter__()  # a file, and no revision


def test_a_storage_beside_the_checkout_is_the_clones_too(checkout):
    checkout.dvc("remote", "modify", "storage", "url", "../../storage")
    checkout.commit("relative")
    checkout.git("push", "--quiet", "origin", "main")
    with cloned("main") as clone, clone.opened() as dvc, checkout.repository.opened() as original:
        assert dvc.config["remote"]["storage"]["url"] == original.config["remote"]["storage"]["url"]


@pytest.mark.parametrize("checkout", ["Café été"], indirect=True)
def test_a_path_may_have_accents_and_spaces(checkout):
    checkout.dvc("remote", "modify", "storage", "url", "../../storage")
    checkout.commit("relative")
    checkout.git("push", "--quiet", "origin", "main")
    with cloned("main") as clone, clone.opened() as dvc, checkout.repository.opened() as original:
        assert dvc.cache.local.path == original.cache.local.path
        assert dvc.config["remote"]["storage"]["url"] == original.config["remote"]["storage"]["url"]


def test_a_file_that_a_failure_names_outlives_the_clone(checkout, tmp_path):
    with cloned("main") as clone:
        (clone.path / "data").mkdir()
        (clone.path / "data/raw.rejected.csv").write_text("a,b")
        said = rescued("20 of 50: data/raw.rejected.csv. See dvc.yaml.", clone, tmp_path / "failed")
    copy = tmp_path / "failed/raw.rejected.csv"
    assert (said, copy.read_text()) == (f"20 of 50: {copy}. See dvc.yaml.", "a,b")


def test_two_have_places_of_their_own_and_one_that_was_left_is_removed():
    with place() as one, place() as other:
        assert one != other
    killed = "import os, flows.clone as c; c.place().__enter__().mkdir(); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == -9
    assert one.exists()
    with place() as again:
        assert again == one and not again.exists()
