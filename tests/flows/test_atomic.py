"""DVC that is killed while it writes dvc.lock."""

import sys

import pytest
from ruamel.yaml.representer import RepresenterError

from flows import atomic, process


def test_dvc_lock_is_the_old_one_until_it_is_the_new_one(toy):
    lock = toy.directory / "dvc.lock"
    with atomic.modified("dvc.lock") as data:
        data["stages"] = {}
        assert not lock.exists()
    with pytest.raises(RepresenterError), atomic.modified("dvc.lock") as data:
        data["stages"] = {"first": 1, "second": object()}
    assert lock.read_text() == "stages: {}\n"
    assert [*lock.parent.glob(".dvc/tmp/*/dvc.lock")] == []


def test_a_kill_at_that_moment_is_no_harm_to_dvc(toy):
    def kill(line):
        if "Updating lock file" in line:
            raise KeyboardInterrupt

    command = [sys.executable, "-P", atomic.__file__, "repro"]
    for source in ("2", "3", "4"):
        (toy.directory / "source").write_text(source)
        with pytest.raises(KeyboardInterrupt):
            process.run(command, kill, 60)
    toy.dvc("repro")
    assert "up to date" in toy.dvc("status")
