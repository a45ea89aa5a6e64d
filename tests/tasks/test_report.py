import subprocess

import pytest

from tasks.report import commit
from tests.project import GIT


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "params.yaml").write_text("a: 1\n")
    for arguments in (["init"], ["add", "."], ["commit", "-m", "start"]):
        subprocess.run([*GIT, *arguments], check=True)
    return tmp_path


@pytest.mark.parametrize("name", ["notes.txt", "dvc.lock"])
def test_files_that_make_no_codec_leave_the_commit_as_it_is(checkout, name):
    (checkout / name).touch()
    assert commit() == subprocess.check_output(["git", "rev-parse", "HEAD"], text=True).strip()


@pytest.mark.parametrize("name", ["params.yaml", "models/mine.json"])
def test_others_that_are_not_in_it_make_it_dirty(checkout, name):
    (checkout / name).write_text("a: 2\n")
    assert commit().endswith("-dirty")


def test_without_git_there_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert commit() == "none"
