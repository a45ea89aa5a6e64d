"""Refusals of the registry: one line each, and nothing changes anywhere."""

import os
import subprocess

import pytest

from flows.versions import registry, tags, versions
from flows.versions.repository import Repository
from image_compressor import InputError

# Each test makes a repository.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("dvc_here")]


@pytest.mark.parametrize("name", ["source/new", "dvc.yaml", "two words"])
def test_a_dirty_tree_is_refused(checkout, refused, name):
    checkout.train(1)
    with (checkout.path / name).open("a") as file:
        file.write("\n# changed")
    assert f"changes in {name}. Commit or remove" in refused()


def test_a_pipeline_that_is_not_up_to_date_is_refused(checkout, refused):
    checkout.train(1)
    checkout.git("commit", "--quiet", "--all", "--allow-empty", "--message", "changed")
    (checkout.path / "models/exported/card.json").unlink()
    assert "not up to date: export changed. Run `dvc repro`" in refused()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["git", "remote", "remove", "origin"], "No such remote 'origin'. Add it"),
        (["git", "remote", "set-url", "origin", "/nowhere"], "'/nowhere' does not appear to be"),
        (["git", "remote", "set-url", "origin", "http://127.0.0.1:9/x"], "127.0.0.1:9"),
        (["dvc", "remote", "remove", "storage"], "DVC has no default remote"),
        (["dvc", "remote", "modify", "storage", "url", "/proc/no"], "`dvc push` failed"),
    ],
)
def test_a_remote_that_is_missing_or_gone_is_a_line_in_seconds(checkout, refused, change, message):
    checkout.train(1)
    getattr(checkout, change[0])(*change[1:])
    checkout.git("commit", "--quiet", "--all", "--allow-empty", "--message", "configuration")
    assert message in refused()


def test_a_branch_that_is_there_with_something_else_is_refused(checkout, refused):
    checkout.promote(1)
    checkout.train(2)
    checkout.dvc("push", "--run-cache")
    checkout.git("push", "--quiet", "origin", "HEAD~1:refs/heads/retrain/9")
    other = checkout.git("commit-tree", "HEAD^{tree}", "-m", "other")
    checkout.git("push", "--quiet", "--force", "origin", f"{other}:refs/heads/retrain/9")
    assert "[rejected]" in refused(9)
    assert registry.publish(checkout.repository, "retrain/2", "why", better=True) == "v0.0.2"


def test_what_the_server_declines_is_not_half_there_and_a_second_try_finishes(checkout, refused):
    checkout.train(1)
    checkout.dvc("push", "--run-cache")
    hook = checkout.origin / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert "declined" in refused()
    hook.unlink()
    assert registry.publish(checkout.repository, "retrain/1", "why", better=True) == "v0.0.1"


def test_a_promotion_by_a_clock_far_ahead_is_refused(checkout):
    checkout.promote(1), checkout.promote(2)
    ahead = {**os.environ, "GIT_COMMITTER_DATE": "2090-01-01T00:00:00"}
    tag = ["git", "tag", "-a", "-m", "ahead", "codec#prod#3", "HEAD"]
    subprocess.run(tag, cwd=checkout.path, env=ahead, check=True)
    with pytest.raises(InputError, match="in the future by this machine's clock"):
        tags.assign(checkout.repository, "v0.0.1", "why")


def test_an_unknown_author_is_a_line(checkout, refused, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    checkout.train(1)
    checkout.git("config", "--unset", "user.email")
    assert "Git knows no name and address" in refused()
    with pytest.raises(InputError, match=r"user\.email ADDRESS"):
        registry.roll_back(checkout.repository)


def test_a_directory_that_is_no_repository_is_a_line(tmp_path):
    with pytest.raises(InputError, match="not a git repository"):
        versions.promoted(Repository(tmp_path))
