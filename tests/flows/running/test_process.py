"""A command under supervision."""

import sys
from pathlib import Path

import pytest

from flows.running import process


def run(script, log=lambda line: None, seconds=60):
    return process.run(["sh", "-c", script], log, seconds)


def test_lines_are_logged_while_the_command_runs(tmp_path):
    seen = tmp_path / "seen"
    waits = f"echo ready; while [ ! -e {seen} ]; do sleep 0.05; done; echo done"
    assert run(waits, lambda line: seen.touch()) == (0, ["ready", "done"])


def test_a_carriage_return_ends_a_line_and_blank_lines_are_left_out():
    assert run(r"printf 'one\rtwo\n\n\377\n'; echo three >&2; exit 3") == (
        3,
        ["one", "two", "\ufffd", "three"],
    )


def test_the_command_finds_this_python():
    assert run("which python") == (0, [str(Path(sys.executable).with_name("python"))])


def test_what_a_command_leaves_behind_ends_with_it(toy):
    assert run("sleep 1000 & echo done") == (0, ["done"])
    assert toy.is_quiet()


def test_a_command_is_over_in_time_with_all_that_it_started(toy):
    with pytest.raises(TimeoutError, match="not finished after 1 seconds"):
        run("sleep 1000 & sleep 1000", seconds=1)
    assert toy.processes() == []


def test_an_interrupted_command_is_over_with_all_that_it_started(toy):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("echo ready; sleep 1000 & sleep 1000", interrupt)
    assert toy.processes() == []


def test_a_command_whose_supervisor_is_killed_is_over_too(toy):
    def kill(_):
        (supervisor,) = [
            p for p in toy.processes() if "flows/running/supervise.py" in str(p.cmdline())
        ]
        supervisor.kill()

    code, _ = run("echo ready; sleep 1000; true", kill)
    assert code == -9
    assert toy.is_quiet()
