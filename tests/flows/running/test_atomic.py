"""DVC that is killed while it writes its files."""

import sys

import pytest

from flows.running import atomic, process


def test_a_file_is_the_old_one_until_it_is_the_new_one(toy):
    file = toy.directory / "dvc.lock"
    file.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic.opened(None, "dvc.lock", "w", "utf-8") as lock:
        lock.write("ne")
        raise KeyboardInterrupt
    assert file.read_text() == "old"
    with atomic.opened(None, "dvc.lock", "w", "utf-8") as lock:
        lock.write("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"


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
